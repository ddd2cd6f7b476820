import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyYaml } from '../../sandbox/apply.js';
import { type FaultProxy, startFaultProxy } from '../../sandbox/fault-proxy.js';
import { type ActionResult, type Interruption, runAction } from '../../sandbox/github.js';
import { identityName } from '../../sandbox/identity.js';
import { kubeconfig } from '../../sandbox/kubeconfig.js';
import { createAuthority } from '../../sandbox/pki.js';
import { openScene, type Scene } from '../../sandbox/scene.js';
import { Harvester } from './harvest.js';
import { type Finding, type Known, Scanner } from './scanner.js';
import { intrusions, surfaces } from './surface.js';

const NAMESPACE = 'leak';

/** A scene whose API server and Vault stand behind proxies that keep every byte. */
export interface Stage {
  readonly scene: Scene;
  readonly cluster: FaultProxy;
  readonly vault: FaultProxy;
  /** Secrets that were planted or handed over, beside those that are learnt from the wire. */
  readonly known: Known[];
  /** Inputs through the proxies, as the documented identity with a ServiceAccount token. */
  inputs(identity: string, more?: Record<string, string>): Promise<Record<string, string>>;
  /** Main, then post, with one RUNNER_TEMP for both. */
  run(inputs: Record<string, string>, options?: RunOptions): Promise<StageRun>;
  /** Every secret there is so far. */
  secrets(): readonly Known[];
  /** Accessors of the tokens that live in Vault now. */
  accessors(): Promise<readonly string[]>;
  /** Whether Vault still knows the token. */
  isAlive(token: string): Promise<boolean>;
  stop(): Promise<void>;
}

export interface RunOptions {
  env?: Record<string, string>;
  interruptions?: Interruption[];
  /** Called when main has ended and post has not begun. */
  between?: () => void;
}

export interface StageRun {
  readonly main: ActionResult;
  readonly post: ActionResult;
  /** Vault tokens that main left to post. */
  readonly kept: readonly string[];
  /** Everywhere a secret known by now is seen; read before `remove()`. */
  leaks(): readonly Finding[];
  /** What the runner would have acted on beyond masks, groups and annotations, and control characters on stdout. */
  intrusions(): readonly string[];
  remove(): void;
}

/** A random value that every kind of escaping changes. */
export function plantable(name: string): Known {
  return { name, value: `${randomBytes(18).toString('base64url')}"<&>'\\/%+ü ${randomBytes(18).toString('hex')}` };
}

/** A random value as a token or password has it. */
export function password(name: string): Known {
  return { name, value: randomBytes(24).toString('base64url') };
}

export async function openStage(options: { real?: boolean } = {}): Promise<Stage> {
  const scene = await openScene({ real: options.real ?? false });
  const [cluster, vault] = await Promise.all([
    startFaultProxy(scene.cluster.server, {
      targetCaPem: scene.cluster.caPem,
      authority: createAuthority('leak-proxy-ca'),
    }),
    startFaultProxy(scene.vault.address),
  ]);
  await grantAccounts(scene);
  const known: Known[] = [
    { name: 'OIDC request token', value: scene.issuer.requestToken },
    { name: 'root token', value: scene.vault.rootToken },
  ];
  const harvester = new Harvester();
  const scanner = new Scanner();
  const stage: Stage = {
    scene,
    cluster,
    vault,
    known,
    secrets() {
      harvester.read(scene.issuer.minted, [cluster.exchanges, vault.exchanges]);
      return [...known, ...harvester.found];
    },
    inputs: (identity, more) => proxied(stage, identity, more),
    run: (inputs, runOptions) => runBoth(stage, scanner, inputs, runOptions),
    async accessors() {
      return (await scene.vault.request('LIST', 'auth/token/accessors')).body.data.keys;
    },
    async isAlive(token) {
      return (await scene.vault.request('POST', 'auth/token/lookup', { token })).status === 200;
    },
    async stop() {
      await Promise.allSettled([cluster.stop(), vault.stop(), scene.stop()]);
    },
  };
  return stage;
}

/** What `plan` prints for each identity, for a ServiceAccount beside the user: a client certificate ends at a proxy. */
async function grantAccounts(scene: Scene): Promise<void> {
  const { cluster } = scene;
  await cluster.request('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  for (const { identity, rbac } of await scene.grantAll()) {
    const name = identityName(identity);
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } };
    await cluster.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, account);
    const subject = `  - {kind: ServiceAccount, namespace: ${NAMESPACE}, name: ${name}}`;
    await applyYaml(cluster, rbac.replace(/^ {2}- \{apiGroup: \S+ kind: User, .*\}$/gm, `$&\n${subject}`));
  }
}

async function proxied(
  { scene, cluster, vault, known }: Stage,
  identity: string,
  more: Record<string, string> = {},
): Promise<Record<string, string>> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${identityName(identity)}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { token } = (await scene.cluster.request('POST', path, request)).body.status;
  known.push({ name: 'kubeconfig token', value: token });
  return {
    ...(await scene.inputs(identity)),
    kubeconfig: kubeconfig(cluster.address, cluster.caPem ?? '', { token }),
    // Vault asks the proxy too, so that what passes there is seen.
    'kubernetes-host': cluster.address,
    'kubernetes-ca-certificate': cluster.caPem ?? '',
    'vault-url': vault.address,
    ...more,
  };
}

async function runBoth(
  stage: Stage,
  scanner: Scanner,
  inputs: Record<string, string>,
  options: RunOptions = {},
): Promise<StageRun> {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-leak-'));
  const env = { ...stage.scene.oidc, TMPDIR: join(dir, 'temp'), ...options.env };
  const { interruptions = [], between } = options;
  const main = await runAction({ bundle: 'main', inputs, env, dir, interruptions });
  between?.();
  const post = await runAction({ bundle: 'post', inputs, env, dir, state: main.state });
  return {
    main,
    post,
    kept: (main.state['vault-tokens'] ?? '').split(' ').filter((token) => token !== ''),
    leaks() {
      scanner.learn(stage.secrets());
      return scanner.scan({ ...surfaces(main, 'main'), ...surfaces(post, 'post') });
    },
    intrusions: () => [...intrusions(main), ...intrusions(post)],
    remove: main.remove,
  };
}
