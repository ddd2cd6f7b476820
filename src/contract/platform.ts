import { placeOf } from './chart.js';
import { CouldNotTell, type Ledger, shown } from './ledger.js';
import { CONFIG, isVco, ofKind, RUNTIME, rendered } from './operator.js';
import type { ContractRow } from './row.js';
import type { Scene } from './scene.js';
import { isBefore, isPinned, OPERATORS, subscription, subscriptionPlace } from './subscription.js';
import { blanksReviewer } from './vco.js';
import { at, itemsOf, textOf } from './yaml.js';

const VSO_CONDITIONS = [1, 3, 0] as const;
const CAPACITY = 'charts/cluster-capacity';

/** C14, C15, C18, C19 and C20: the operators and Argo CD as the charts ask for them. */
export const PLATFORM_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.operator-versions',
    description: 'both Vault operators are pinned to a version, and upgraded by approval',
    severity: 'warning',
    code: 'C14',
    needs: 'gitops',
    evaluate(scene, ledger) {
      for (const name of ['vault-config-operator', 'vault-secrets-operator'])
        ledger.look(() => pinned(scene, ledger, name));
    },
  },
  {
    id: 'contract.drift-detection',
    description: 'no drift detection of vault-config-operator repeats a write that blanks the reviewer token',
    severity: 'warning',
    code: 'C15',
    needs: 'gitops',
    evaluate: driftDetection,
  },
  {
    id: 'contract.values-files',
    description:
      "every chart that Argo CD Image Updater writes to has a values file of the environment, and no machines are another cluster's",
    severity: 'warning',
    code: 'C18',
    needs: 'gitops',
    evaluate(scene, ledger) {
      ledger.look(() => writeBack(scene, ledger));
      ledger.look(() => capacity(scene, ledger));
    },
  },
  {
    id: 'contract.argocd-health',
    description: "Argo CD is told how to judge the health of both operators' resources",
    severity: 'warning',
    code: 'C19',
    needs: 'gitops',
    evaluate: healthChecks,
  },
  {
    id: 'contract.applicationset-controller',
    description: 'the ArgoCD instance of the chart runs the ApplicationSet controller',
    severity: 'error',
    code: 'C20',
    needs: 'gitops',
    evaluate: applicationSetController,
  },
];

function pinned(scene: Scene, ledger: Ledger, name: string): void {
  const found = subscription(scene, name);
  if (!found) throw new CouldNotTell(`${OPERATORS} renders no Subscription of ${name}`);
  if (!isPinned(found)) {
    const place = subscriptionPlace(scene, found, name, found.approval === 'Manual' ? 'startingCSV' : 'approval');
    const seen = `${name}: approval ${shown(found.approval)}, startingCSV ${shown(found.startingCsv)}`;
    ledger.found(
      place,
      seen,
      'approval: Manual and a startingCSV',
      `Pin ${name}: OLM upgrades it by itself otherwise.`,
    );
  }
  if (name === 'vault-secrets-operator' && isBefore(found.version, VSO_CONDITIONS)) {
    const place = subscriptionPlace(scene, found, name, 'startingCSV');
    const edit = `Pin ${name} 1.3.0 or newer.`;
    ledger.found(place, `${name}: ${shown(found.startingCsv)}, which tells no Ready condition`, '1.3.0 or newer', edit);
  }
}

function driftDetection(scene: Scene, ledger: Ledger): void {
  const engines = ofKind(rendered(scene, ledger, CONFIG), 'KubernetesAuthEngineConfig').filter(blanksReviewer);
  if (engines.length === 0) return;
  ledger.look(() => {
    const found = subscription(scene, 'vault-config-operator');
    const variables = itemsOf(at(found?.resource.node, 'spec', 'config', 'env'));
    const index = variables.findIndex(
      (one) => textOf(at(one, 'name')) === 'ENABLE_DRIFT_DETECTION' && textOf(at(one, 'value')) === 'true',
    );
    if (!found || index === -1) return;
    const place = placeOf(scene.gitops, found.resource, 'spec', 'config', 'env', index);
    const seen = 'ENABLE_DRIFT_DETECTION=true beside a KubernetesAuthEngineConfig that blanks the reviewer token';
    ledger.found(place, seen, 'one of the two at most', 'Take the KubernetesAuthEngineConfig away first.');
  });
}

/** Argo CD hides missing values files, and Image Updater fails where its target is not there. */
function writeBack(scene: Scene, ledger: Ledger): void {
  const { gitops } = scene;
  const folder = `${scene.umbrella.path}/templates`;
  for (const name of gitops.list(folder).filter((one) => /\.ya?ml$/.test(one))) {
    const file = `${folder}/${name}`;
    ledger.look(() => {
      for (const [index, line] of gitops.lines(file).entries())
        if (/write-back-target:/.test(line)) ledger.look(() => target(scene, ledger, file, line, index + 1));
    });
  }
}

function target({ gitops, wanted }: Scene, ledger: Ledger, file: string, line: string, number: number): void {
  const raw = /helmvalues:\/?([\w./-]+(?:\{\{-?\s*\.Values\.env\s*-?\}\}[\w./-]*)*)\s*["']?\s*$/.exec(line)?.[1];
  if (raw === undefined)
    throw new CouldNotTell(`${file} line ${number}: no write-back-target of the form helmvalues:/charts/…`);
  const path = raw.replace(/\{\{[^}]*\}\}/g, wanted.env);
  if (gitops.has(path)) return;
  const edit = `Add ${path}: Image Updater writes the image tag there.`;
  ledger.found(gitops.at(path, 1), 'no such file', `the target of ${file}, line ${number}`, edit);
}

function capacity(scene: Scene, ledger: Ledger): void {
  const { gitops, wanted } = scene;
  if (scene.setting('capacityEnabled') !== 'true') return;
  const file = `${CAPACITY}/values-${wanted.env}.yaml`;
  if (!gitops.has(file)) {
    const edit = `Set capacityEnabled: false, or add ${file} with the infraID of ${wanted.cluster}.`;
    ledger.found(scene.settingPlace('capacityEnabled'), `capacityEnabled: true without ${file}`, 'both or none', edit);
    return;
  }
  const root = gitops.yaml(file);
  const seen = textOf(at(root, 'infraID')) ?? '';
  const isOwn = seen.startsWith(`${wanted.cluster}-`) && /^[a-z0-9]{5}$/.test(seen.slice(wanted.cluster.length + 1));
  if (isOwn) return;
  const edit = `Write the infraID of ${wanted.cluster}, or set capacityEnabled: false.`;
  ledger.found(
    gitops.place(file, root, 'infraID'),
    `infraID: ${shown(seen)}`,
    `one of cluster ${wanted.cluster}`,
    edit,
  );
}

function healthChecks(scene: Scene, ledger: Ledger): void {
  const { gitops } = scene;
  const file = `${OPERATORS}/values.yaml`;
  const root = gitops.yaml(file);
  const path = ['argoInstance', 'spec', 'resourceHealthChecks'];
  const rules = itemsOf(at(root, ...path)).map((rule) => [textOf(at(rule, 'group')), textOf(at(rule, 'kind'))]);
  const config = at(root, 'argoInstance', 'spec', 'extraConfig');
  const told = config?.kind === 'map' ? [...config.entries.keys()] : [];
  const isJudged = (group: string, kind: string): boolean =>
    rules.some(([one, other]) => (one === group || one === '*') && (other === kind || other === '*')) ||
    told.includes(`resource.customizations.health.${group}_${kind}`);
  const resources = [...rendered(scene, ledger, CONFIG).filter(isVco), ...rendered(scene, ledger, RUNTIME)];
  const kinds = new Map(
    resources.map(({ node, kind }) => [kind, (textOf(at(node, 'apiVersion')) ?? '').split('/')[0] ?? '']),
  );
  for (const group of new Set(kinds.values())) {
    const missing = [...kinds].filter(([kind, own]) => own === group && !isJudged(group, kind)).map(([kind]) => kind);
    if (missing.length === 0) continue;
    const seen = `no health check of ${shown(group)}: ${missing.map(shown).join(', ')}`;
    const edit = `Add them to argoInstance.spec.resourceHealthChecks: Argo CD shows Healthy while each of them fails.`;
    ledger.found(gitops.place(file, root, ...path), seen, 'one for each kind that is rendered', edit);
  }
}

function applicationSetController({ gitops }: Scene, ledger: Ledger): void {
  const file = `${OPERATORS}/values.yaml`;
  const root = gitops.yaml(file);
  const path = ['argoInstance', 'spec', 'applicationSet'];
  const set = at(root, ...path);
  if (!at(root, 'argoInstance', 'spec')) throw new CouldNotTell(`${file} has no argoInstance.spec`);
  if (set?.kind === 'map' && textOf(at(set, 'enabled')) !== 'false') return;
  const seen = set ? 'applicationSet is switched off' : 'applicationSet is not set, so the controller is not deployed';
  const edit = 'Set argoInstance.spec.applicationSet.enabled: true.';
  ledger.found(gitops.place(file, root, ...path), seen, 'applicationSet: { enabled: true }', edit);
}
