import { anchorName, bindingHash, canaryMount, provenKey, readProven } from './binding/anchor.js';
import { DELEGATOR } from './binding/cluster-plan.js';
import { problemOf } from './binding/errors.js';
import type {
  ClusterFacts,
  DialFact,
  Facts,
  LoginOutcome,
  MountConfigFact,
  PolicyFact,
  ProvenConfig,
  RoleFact,
  VaultFacts,
} from './binding/facts.js';
import { healthProblem } from './binding/health.js';
import type { Intent } from './binding/intent.js';
import { absent, type Observed, present, unreadable, valueOf } from './binding/observed.js';
import { bindPaths } from './binding/path-permission.js';
import { legacySecret } from './binding/permission.js';
import { connectionNeeds, mountPolicyName } from './binding/policy.js';
import { PROBE } from './binding/role.js';
import { bindingKey, type Materials } from './binding/survey.js';
import { clusterNow } from './cluster-clock.js';
import { MODES } from './modes.js';
import type { ClusterPort, Ports, VaultPort } from './ports.js';
import { until } from './retry.js';
import { rootCa } from './root-ca.js';

/** Shortest lifetime Kubernetes gives a token. */
export const PROBE_TTL_SECONDS = 600;

/**
 * Looks at cluster and Vault through ports only; nothing is written, and what cannot be read says so. A login that
 * was just proved need not be tried again and is given as `proved`.
 */
export async function observe(
  intent: Intent,
  materials: Materials,
  ports: Ports,
  proved: Observed<LoginOutcome> = absent,
): Promise<Facts> {
  const health = ports.vault.health();
  const hash = health.then((seen) => bindingHash(bindingKey(intent, valueOf(seen)?.clusterId ?? '')));
  const looked = observeCluster(intent, ports.cluster, hash, rootCa(intent, materials, ports));
  const proven = async (): Promise<ProvenConfig | undefined> => {
    const annotations = valueOf((await looked).reviewer)?.annotations ?? {};
    return readProven(annotations[provenKey(await hash)]);
  };
  const [cluster, vault, openshift] = await Promise.all([
    looked,
    observeVault(intent, ports.vault, health, proven),
    ports.cluster.openshift(),
  ]);
  const config = valueOf(vault.config);
  const host = intent.kubernetesHost ?? cluster.server;
  const ca = materials.kubernetesCaPem ?? valueOf(cluster.rootCa);
  const [storedDial, desiredDial, liveLogin, users] = await Promise.all([
    dialStored(ports, config),
    ca === undefined || host === '' ? absent : ports.replay.dial(host, ca).then(present),
    proved.state === 'absent' && MODES[intent.mode].plan !== 'unbind'
      ? tryLogin(intent, ports, cluster, vault)
      : proved,
    MODES[intent.mode].plan === 'unbind' ? dependants(intent, ports.cluster) : absent,
  ]);
  const seen = { cluster: { ...cluster, openshift, ...skew(ports) }, vault };
  return { at: clusterNow(ports), ...seen, storedDial, desiredDial, liveLogin, dependants: users };
}

/** What would hang in Terminating, were the mount gone that its operator logs in through. */
async function dependants(intent: Intent, cluster: ClusterPort): Promise<Facts['dependants']> {
  const seen = await cluster.vcoResources();
  if (seen.state !== 'present') return seen;
  const held = seen.value.filter(({ authPath, finalized }) => finalized && authPath === intent.mount);
  return present(held.map(({ kind, ref }) => `${kind} ${ref.namespace}/${ref.name}`));
}

function skew(ports: Ports): { skewSeconds?: number } {
  const seconds = ports.cluster.skewSeconds();
  return seconds === undefined ? {} : { skewSeconds: seconds };
}

async function observeCluster(
  intent: Intent,
  cluster: ClusterPort,
  hash: Promise<string>,
  bundle: Promise<Observed<string>>,
): Promise<Omit<ClusterFacts, 'skewSeconds'>> {
  const { namespace, name } = intent.reviewer;
  const anchor = (slot: 'a' | 'b' | 'proof') =>
    hash.then((found) => cluster.secretRow(namespace, anchorName(name, found, slot)));
  const [identity, space, published, reviewer, probe, connection, delegator, a, b, proof, legacyToken, secondWriters] =
    await Promise.all([
      cluster.identity(),
      cluster.namespace(namespace),
      bundle,
      cluster.serviceAccount(namespace, name),
      cluster.serviceAccount(namespace, PROBE),
      cluster.serviceAccount(intent.connection.namespace, intent.connection.name),
      cluster.delegator(DELEGATOR, namespace, name),
      anchor('a'),
      anchor('b'),
      anchor('proof'),
      cluster.secretRow(namespace, legacySecret(intent)),
      cluster.secondWriters(intent.mount),
    ]);
  return {
    server: cluster.server,
    skipsTlsVerify: cluster.skipsTlsVerify,
    identity,
    namespace: space,
    rootCa: published,
    reviewer,
    probe,
    connection,
    delegator: delegator.given,
    delegatorName: delegator.free,
    anchors: { a, b, proof },
    legacyToken,
    secondWriters,
  };
}

async function observeVault(
  intent: Intent,
  vault: VaultPort,
  healthy: Promise<VaultFacts['health']>,
  proven: () => Promise<ProvenConfig | undefined>,
): Promise<VaultFacts> {
  const health = await healthy;
  if (health.state !== 'present') return closedVault(health, health);
  const shut = healthProblem(intent.vault, health.value);
  if (shut) return closedVault(health, unreadable(shut));
  const login = await vault.login();
  if (login.state !== 'present') return closedVault(health, login);
  const [mounts, config, connectionRole, probeRole, basePolicy, mountPolicy, capabilities, runtime] = await Promise.all(
    [
      vault.mounts(),
      vault.mountConfig(intent.mount, proven),
      vault.role(intent.mount, intent.connectionRole),
      vault.role(intent.mount, PROBE),
      vault.policy(intent.connectionPolicy),
      intent.connectionPolicyScope === 'mount' ? vault.policy(mountPolicyName(intent)) : absent,
      vault.capabilities(capabilityPaths(intent)),
      observeRuntime(intent, vault),
    ],
  );
  const found = valueOf(mounts)?.[intent.mount];
  const mount = mounts.state === 'present' ? (found ? present(found) : absent) : mounts;
  return {
    health,
    login,
    mounts,
    mount,
    config: ofMount(mount, config),
    connectionRole: ofMount(mount, connectionRole),
    probeRole: ofMount(mount, probeRole),
    basePolicy,
    mountPolicy,
    capabilities,
    ...(runtime ? { gitopsRole: ofMount(mount, runtime.role), gitopsPolicy: runtime.policy } : {}),
  };
}

/** What vault-secrets-operator needs of Vault; undefined where nobody asks for the checklist. */
async function observeRuntime(
  intent: Intent,
  vault: VaultPort,
): Promise<{ role: Observed<RoleFact>; policy: Observed<PolicyFact> } | undefined> {
  if (!intent.checks.includes('gitops') || !(MODES[intent.mode].checks === 'all' || intent.waitSeconds > 0))
    return undefined;
  const [role, policy] = await Promise.all([
    vault.role(intent.mount, intent.gitopsRole),
    vault.policy(intent.gitopsPolicy),
  ]);
  return { role, policy };
}

/** What lies below a mount that is known to be absent is absent, whatever 403 or 404 Vault words it as. */
function ofMount<T>(mount: Observed<unknown>, below: Observed<T>): Observed<T> {
  return mount.state === 'absent' ? absent : below;
}

function capabilityPaths(intent: Intent): readonly string[] {
  const paths = [...bindPaths(intent), ...connectionNeeds(intent)].map((grant) => grant.path);
  return [...new Set([...paths, `sys/auth/${canaryMount(intent.mount)}`])];
}

/** Nothing below a Vault that is shut or does not let us in can be read, for that one reason. */
function closedVault(health: VaultFacts['health'], closed: Observed<never>): VaultFacts {
  return {
    health,
    login: closed,
    mounts: closed,
    mount: closed,
    config: closed,
    connectionRole: closed,
    probeRole: closed,
    basePolicy: closed,
    mountPolicy: closed,
    capabilities: closed,
  };
}

async function dialStored(ports: Ports, config: MountConfigFact | undefined): Promise<Observed<DialFact>> {
  if (!config?.kubernetesHost || config.kubernetesCaCert.trim() === '') return absent;
  return present(await ports.replay.dial(config.kubernetesHost, config.kubernetesCaCert));
}

/**
 * A login as the probe on what is there. It tells what reading never does: whether the reviewer token that Vault
 * holds still works.
 */
async function tryLogin(
  intent: Intent,
  ports: Ports,
  cluster: Pick<ClusterFacts, 'probe'>,
  vault: VaultFacts,
): Promise<Observed<LoginOutcome>> {
  if (cluster.probe.state !== 'present' || vault.config.state !== 'present' || vault.probeRole.state !== 'present')
    return absent;
  try {
    const { token } = await ports.cluster.mintToken({
      namespace: intent.reviewer.namespace,
      name: PROBE,
      ttlSeconds: PROBE_TTL_SECONDS,
    });
    // A gate is not red because it asked a standby that has not taken in the new CA yet; what writes proves it later.
    const waits = !MODES[intent.mode].writes && valueOf(vault.health)?.standby === true;
    const proof = await until(
      ports,
      waits ? 35 : 0,
      () => ports.vault.proveLogin({ mount: intent.mount, role: PROBE, jwt: token, capabilitiesOf: [] }),
      ({ login }) => login.outcome === 'accepted',
    );
    return present(proof.login);
  } catch (thrown) {
    return unreadable(problemOf(thrown));
  }
}
