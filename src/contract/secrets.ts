import { placeOf, type Resource } from './chart.js';
import { type Ledger, shown } from './ledger.js';
import { CONFIG, expectField, ofKind, RUNTIME, rendered } from './operator.js';
import { covers, isScoped, type KvPath, kvPaths } from './policy-path.js';
import type { ContractRow } from './row.js';
import type { OverlayKey, Scene } from './scene.js';
import { textsAt } from './value.js';
import { at, textOf } from './yaml.js';

/** C09, C12 and C17: role and policy on the one hand, what vault-secrets-operator asks of them on the other. */
export const SECRET_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.gitops-role',
    description: 'the role vault-config-operator writes is the one vault-secrets-operator logs in by, and binds it',
    severity: 'error',
    code: 'C09',
    needs: 'gitops',
    evaluate(scene, ledger) {
      ledger.look(() => names(scene, ledger));
      ledger.look(() => roleBinds(scene, ledger));
    },
  },
  {
    id: 'contract.secret-auth',
    description:
      'every VaultStaticSecret has a VaultAuth in its namespace, which the role binds, and a policy that lets it read',
    severity: 'error',
    code: 'C12',
    needs: 'gitops',
    evaluate(scene, ledger) {
      const runtime = rendered(scene, ledger, RUNTIME);
      const config = rendered(scene, ledger, CONFIG);
      for (const secret of ofKind(runtime, 'VaultStaticSecret')) secretAuth(scene, ledger, secret, runtime, config);
    },
  },
  {
    id: 'contract.env-scope',
    description: 'policy and KV paths are those of this environment alone',
    severity: 'warning',
    code: 'C17',
    needs: 'gitops',
    evaluate: envScope,
  },
];

/** Role and policy as the overlay, or else the umbrella chart, names them. */
function named(scene: Scene, key: OverlayKey): string {
  return scene.setting(key) ?? scene.expected(key);
}

function names(scene: Scene, ledger: Ledger): void {
  for (const key of ['vaultConfigRoleName', 'vaultRuntimeRoleName', 'vaultConfigPolicyName'] as const) {
    const seen = scene.setting(key);
    if (seen === scene.expected(key)) continue;
    const expected = `${key}: ${scene.expected(key)}`;
    const what = seen === undefined ? `${key} is not set` : `${key}: ${shown(seen)}`;
    ledger.found(scene.settingPlace(key), what, expected, `Set ${expected}.`);
  }
}

function roleBinds(scene: Scene, ledger: Ledger): void {
  const config = rendered(scene, ledger, CONFIG);
  const runtime = rendered(scene, ledger, RUNTIME);
  const roles = ofKind(config, 'KubernetesAuthEngineRole');
  const policy = named(scene, 'vaultConfigPolicyName');
  const role = roles.find(({ name }) => name === named(scene, 'vaultConfigRoleName'));
  if (!role) {
    missing(scene, ledger, `KubernetesAuthEngineRole ${named(scene, 'vaultConfigRoleName')}`, roles[0]);
    return;
  }
  if (!ofKind(config, 'Policy').some(({ name }) => name === policy))
    missing(scene, ledger, `Policy ${policy}`, ofKind(config, 'Policy')[0]);
  lists(scene, ledger, role, ['spec', 'policies'], policy, 'the policy');
  for (const login of ofKind(runtime, 'VaultAuth')) {
    const account = textOf(at(login.node, 'spec', 'kubernetes', 'serviceAccount')) ?? 'default';
    const wanted = named(scene, 'vaultRuntimeRoleName');
    expectField(scene, ledger, login, ['spec', 'kubernetes', 'role'], wanted, 'Render the runtime role.');
    const mount = scene.setting('vaultRuntimeKubernetesMount') ?? scene.wanted.mount;
    expectField(scene, ledger, login, ['spec', 'mount'], mount, 'Render the runtime mount.');
    lists(scene, ledger, role, ['spec', 'targetServiceAccounts'], account, 'the ServiceAccount of VaultAuth');
    if (at(role.node, 'spec', 'targetNamespaces', 'targetNamespaceSelector') === undefined)
      lists(scene, ledger, role, NAMESPACES, login.namespace, 'the namespace of VaultAuth');
  }
}

const NAMESPACES = ['spec', 'targetNamespaces', 'targetNamespaces'];

function lists(
  scene: Scene,
  ledger: Ledger,
  role: Resource,
  path: readonly string[],
  value: string,
  what: string,
): void {
  const seen = textsAt(role.node, ...path);
  if (seen.includes(value) || seen.includes('*')) return;
  const field = path.slice(1).join('.');
  const said = seen.length === 0 ? 'nothing' : seen.map(shown).join(', ');
  const edit = `Add ${shown(value)} to ${field} of role ${shown(role.name)}.`;
  ledger.found(placeOf(scene.gitops, role, ...path), `${field} lists ${said}`, `${what}: ${shown(value)}`, edit);
}

function missing(scene: Scene, ledger: Ledger, what: string, other: Resource | undefined): void {
  // What could not be followed may hold it.
  if (ledger.unclear.length > 0) return;
  const place = other ? placeOf(scene.gitops, other, 'metadata', 'name') : scene.gitops.at(`${CONFIG}/values.yaml`, 1);
  const seen = other ? `${other.kind} ${shown(other.name)}` : 'nothing of its kind is rendered';
  ledger.found(place, seen, shown(what), `Render ${shown(what)}.`);
}

function secretAuth(
  scene: Scene,
  ledger: Ledger,
  secret: Resource,
  runtime: readonly Resource[],
  config: readonly Resource[],
): void {
  const ref = textOf(at(secret.node, 'spec', 'vaultAuthRef')) ?? 'default';
  const [own, other] = ref.split('/');
  const namespace = other === undefined ? secret.namespace : own;
  const name = other ?? ref;
  const label = `VaultStaticSecret ${shown(secret.namespace)}/${shown(secret.name)}`;
  const isThere = ofKind(runtime, 'VaultAuth').some((auth) => auth.name === name && auth.namespace === namespace);
  if (!isThere) {
    const edit = `Render VaultConnection and VaultAuth ${shown(name)} in ${shown(namespace)}, and bind that namespace in the role.`;
    const place = placeOf(scene.gitops, secret, 'metadata', 'namespace');
    ledger.found(
      place,
      `${label} without VaultAuth ${shown(name)}`,
      `VaultAuth ${shown(namespace)}/${shown(name)}`,
      edit,
    );
  }
  const roles = ofKind(config, 'KubernetesAuthEngineRole');
  const bound = roles.flatMap((role) => textsAt(role.node, ...NAMESPACES));
  const isSelected = roles.some((role) => at(role.node, 'spec', 'targetNamespaces', 'targetNamespaceSelector'));
  if (roles.length > 0 && !isSelected && !bound.includes(secret.namespace) && !bound.includes('*')) {
    const place = placeOf(scene.gitops, secret, 'metadata', 'namespace');
    const edit = `Add ${shown(secret.namespace)} to targetNamespaces of the role.`;
    ledger.found(place, `${label}: its namespace is in no role`, 'a namespace that the role binds', edit);
  }
  secretPolicy(scene, ledger, secret, kvPaths(ofKind(config, 'Policy')));
}

/** A policy that does not cover the path is a 403 an hour later. */
function secretPolicy(scene: Scene, ledger: Ledger, secret: Resource, policies: readonly KvPath[]): void {
  const mount = textOf(at(secret.node, 'spec', 'mount')) ?? '';
  const path = `${mount}/data/${textOf(at(secret.node, 'spec', 'path')) ?? ''}`;
  if (policies.length === 0 || policies.some((policy) => covers(policy.path, path))) return;
  const seen = `${shown(path)} is in no policy`;
  const expected = `a path below ${policies.map((policy) => shown(policy.path)).join(', ')}`;
  const edit = 'Let the policy and the paths of VaultStaticSecrets name the same place.';
  ledger.found(placeOf(scene.gitops, secret, 'spec', 'path'), seen, expected, edit);
}

function envScope(scene: Scene, ledger: Ledger): void {
  const { env } = scene.wanted;
  for (const { resource, path, line } of kvPaths(ofKind(rendered(scene, ledger, CONFIG), 'Policy'))) {
    if (isScoped(path, env)) continue;
    const edit = `Begin the path with ${env}, or give ${env} a KV mount of its own.`;
    ledger.found(scene.gitops.at(resource.file, line), `policy on ${shown(path)}`, `a path of ${env} alone`, edit);
  }
  for (const secret of ofKind(rendered(scene, ledger, RUNTIME), 'VaultStaticSecret')) {
    const path = `${textOf(at(secret.node, 'spec', 'mount')) ?? ''}/${textOf(at(secret.node, 'spec', 'path')) ?? ''}`;
    if (isScoped(path, env)) continue;
    const seen = `${shown(secret.name)} is read from ${shown(path)}`;
    const edit = `Begin the path with ${env}, or give ${env} a KV mount of its own.`;
    ledger.found(placeOf(scene.gitops, secret, 'spec', 'path'), seen, `a path of ${env} alone`, edit);
  }
}
