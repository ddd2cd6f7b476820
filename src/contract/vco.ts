import { placeOf, type Resource } from './chart.js';
import { type Ledger, shown } from './ledger.js';
import { CONFIG, expectField, isVco, ofKind, RUNTIME, rendered } from './operator.js';
import type { ContractRow } from './row.js';
import type { Scene } from './scene.js';
import { isBefore, isPinned, subscription } from './subscription.js';
import { textsAt } from './value.js';
import { at, textOf } from './yaml.js';

const ENGINE = 'KubernetesAuthEngineConfig';
const ROLE = 'KubernetesAuthEngineRole';
/** From this version on the CRD refuses a KubernetesAuthEngineConfig without spec.path. */
const PATH_REQUIRED = [0, 8, 52] as const;

/** C05 to C08 and C10: what vault-config-operator does with the resources that its chart renders. */
export const VCO_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.reviewer',
    description: 'no rendered KubernetesAuthEngineConfig blanks the reviewer token',
    severity: 'error',
    code: 'C05',
    needs: 'gitops',
    evaluate(scene, ledger) {
      for (const engine of ofKind(rendered(scene, ledger, CONFIG), ENGINE)) reviewer(scene, ledger, engine);
    },
  },
  {
    id: 'contract.resource-paths',
    description: 'the rendered resources address the mount itself, and not a path below it',
    severity: 'error',
    code: 'C06',
    needs: 'gitops',
    evaluate(scene, ledger) {
      for (const resource of rendered(scene, ledger, CONFIG)) ledger.look(() => resourcePath(scene, ledger, resource));
    },
  },
  {
    id: 'contract.config-path',
    description: "a rendered KubernetesAuthEngineConfig has the spec.path that the operator's CRD requires",
    severity: 'error',
    code: 'C07',
    needs: 'gitops',
    evaluate(scene, ledger) {
      for (const engine of ofKind(rendered(scene, ledger, CONFIG), ENGINE))
        ledger.look(() => configPath(scene, ledger, engine));
    },
  },
  {
    id: 'contract.connection-role',
    description: 'vault-config-operator logs in by the role that is bound, as the ServiceAccount that the role knows',
    severity: 'error',
    code: 'C08',
    needs: 'gitops',
    evaluate: connectionRole,
  },
  {
    id: 'contract.audience',
    description: 'no rendered role asks for an audience that its tokens do not have',
    severity: 'error',
    code: 'C10',
    needs: 'gitops',
    evaluate(scene, ledger) {
      for (const role of ofKind(rendered(scene, ledger, CONFIG), ROLE)) audience(scene, ledger, role);
    },
  },
];

/** Whether the operator writes an empty reviewer token at each of its reconciles. */
export function blanksReviewer({ node }: Resource): boolean {
  return (textOf(at(node, 'spec', 'tokenReviewerServiceAccount', 'name')) ?? '') === '';
}

function reviewer(scene: Scene, ledger: Ledger, engine: Resource): void {
  if (!blanksReviewer(engine)) return;
  const place = placeOf(scene.gitops, engine, 'spec', 'tokenReviewerServiceAccount');
  const seen = `${ENGINE} ${shown(engine.name)} without tokenReviewerServiceAccount: each reconcile blanks the token`;
  const edit = 'Do not render AuthEngineMount and KubernetesAuthEngineConfig where the mount is bound from outside.';
  ledger.found(place, seen, `no ${ENGINE}, or one with tokenReviewerServiceAccount.name`, edit);
}

function resourcePath(scene: Scene, ledger: Ledger, resource: Resource): void {
  const { kind, node, file } = resource;
  const name = textOf(at(node, 'spec', 'name')) ?? resource.name;
  const path = textOf(at(node, 'spec', 'path'));
  const mount = scene.setting('vaultConfigMountPath') ?? scene.wanted.mount;
  const forms: Readonly<Record<string, readonly [seen: string, expected: string]>> = {
    AuthEngineMount: [`sys/auth/${path ?? ''}/${name}`, `sys/auth/${mount}`],
    [ENGINE]: [`auth/${path ?? ''}/${name}/config`, `auth/${mount}/config`],
    [ROLE]: [`auth/${path ?? ''}/role/${name}`, `auth/${mount}/role/${name}`],
  };
  const form = Object.hasOwn(forms, kind) ? forms[kind] : undefined;
  if (!form || !isVco(resource)) return;
  const [seen, expected] = form.map((one) => one.replace(/\/{2,}/g, '/'));
  const place = placeOf(scene.gitops, resource, 'spec', 'path');
  const edit =
    kind === 'AuthEngineMount'
      ? 'Do not render it where the mount is bound from outside: it can never succeed.'
      : `Set spec.path in ${file} so that the path is ${expected}.`;
  if (seen !== expected) ledger.found(place, `${kind} addresses ${shown(seen)}`, shown(expected), edit);
  else if (kind === 'AuthEngineMount' && (path ?? '') === '')
    ledger.found(
      place,
      'AuthEngineMount with an empty spec.path, which the operator drops',
      'no AuthEngineMount',
      edit,
    );
}

function configPath(scene: Scene, ledger: Ledger, engine: Resource): void {
  if (at(engine.node, 'spec', 'path') !== undefined) return;
  const operator = subscription(scene, 'vault-config-operator');
  if (operator && isPinned(operator) && isBefore(operator.version, PATH_REQUIRED)) return;
  const place = placeOf(scene.gitops, engine, 'spec', 'path');
  const seen = `${ENGINE} ${shown(engine.name)} without spec.path, which the CRD requires since 0.8.52`;
  const edit = 'Do not render it where the mount is bound from outside; else set spec.path: "".';
  ledger.found(place, seen, `no ${ENGINE}, or one with spec.path`, edit);
}

function connectionRole(scene: Scene, ledger: Ledger): void {
  const { wanted } = scene;
  const key = 'vaultConfigConnectionRole';
  ledger.look(() => {
    const seen = scene.setting(key);
    // The ApplicationSet gives this name to an overlay that has none.
    const effective = seen ?? (scene.overlay ? 'kube-auth' : undefined);
    if (effective === wanted.connectionRole) return;
    const what = seen === undefined ? `${key} is not set` : `${key}: ${shown(seen)}`;
    const expected = `${key}: ${wanted.connectionRole}`;
    ledger.found(scene.settingPlace(key), what, expected, `Set ${expected}.`);
  });
  const role = scene.setting(key) ?? wanted.connectionRole;
  const mount = scene.setting('vaultConfigMountPath') ?? wanted.mount;
  for (const resource of rendered(scene, ledger, CONFIG).filter(isVco)) {
    const { connection } = wanted;
    const account = ['spec', 'authentication', 'serviceAccount', 'name'];
    expectField(scene, ledger, resource, ['spec', 'authentication', 'role'], role, 'Render the connection role.');
    expectField(scene, ledger, resource, ['spec', 'authentication', 'path'], mount, 'Render the mount path.');
    expectField(
      scene,
      ledger,
      resource,
      ['metadata', 'namespace'],
      connection.namespace,
      `Set namespace: ${connection.namespace}.`,
    );
    // The operator takes `default` where nothing is said.
    if (at(resource.node, ...account) !== undefined || connection.name !== 'default')
      expectField(scene, ledger, resource, account, connection.name, `Render ServiceAccount ${connection.name}.`);
  }
}

function audience(scene: Scene, ledger: Ledger, role: Resource): void {
  const wants = textOf(at(role.node, 'spec', 'audience')) ?? '';
  if (wants === '') return;
  const place = placeOf(scene.gitops, role, 'spec', 'audience');
  const seen = `role ${shown(role.name)} wants audience ${shown(wants)}`;
  const edit = 'Leave spec.audience out, or list it in every VaultAuth.';
  for (const login of ofKind(rendered(scene, ledger, RUNTIME), 'VaultAuth'))
    if (!textsAt(login.node, 'spec', 'kubernetes', 'audiences').includes(wants))
      ledger.found(
        place,
        seen,
        `none: VaultAuth ${shown(login.namespace)}/${shown(login.name)} does not ask for it`,
        edit,
      );
}
