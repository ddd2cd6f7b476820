import { CouldNotTell, type Ledger, shown } from './ledger.js';
import type { ContractRow } from './row.js';
import { nameOf, OVERLAYS, type Scene } from './scene.js';
import { type Branch, type CaseBlock, caseBlocks, otherwise, takes } from './shell.js';
import { textsAt } from './value.js';
import { at, lineOf, textOf } from './yaml.js';

const BOOTSTRAP = 'scripts/bootstrap.sh';
const SCHEMA = 'schemas/cluster.schema.json';
const ENUM = ['properties', 'gitops', 'properties', 'env', 'enum'];

/** C01 and C13: whether both repositories know the environment, and make one Application of it. */
export const ENVIRONMENT_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.cluster-definition',
    description: 'the clusters repository defines the cluster, for this environment',
    severity: 'error',
    code: 'C01',
    needs: 'clusters',
    evaluate: clusterDefinition,
  },
  {
    id: 'contract.cluster-schema',
    description: 'the schema of cluster.yaml allows the environment',
    severity: 'error',
    code: 'C01',
    needs: 'clusters',
    evaluate: clusterSchema,
  },
  {
    id: 'contract.environment',
    description: 'the GitOps repository has one overlay of the environment, and its bootstrap script finds it',
    severity: 'error',
    code: 'C01',
    needs: 'gitops',
    evaluate(scene, ledger) {
      ledger.look(() => overlayIsOne(scene, ledger));
      ledger.look(() => bootstrapTakes(scene, ledger));
      ledger.look(() => bootstrapIndexes(scene, ledger));
    },
  },
  {
    id: 'contract.application',
    description:
      'the ApplicationSet makes one Application of the environment, in the namespace that the bootstrap prepares',
    severity: 'error',
    code: 'C13',
    needs: 'gitops',
    evaluate(scene, ledger) {
      ledger.look(() => appNamespace(scene, ledger));
      ledger.look(() => preparedNamespace(scene, ledger));
      ledger.look(() => envFilter(scene, ledger));
      ledger.look(() => oneElement(scene, ledger));
    },
  },
];

function clusterDefinition({ clusters, wanted }: Scene, ledger: Ledger): void {
  const file = `clusters/${wanted.cluster}/cluster.yaml`;
  const template = `clusters/${wanted.cluster}/install-config.yaml.tmpl`;
  for (const [path, what] of [
    [file, `the definition of cluster ${wanted.cluster}, with gitops.env: ${wanted.env}`],
    [template, 'the template of install-config.yaml'],
  ] as const)
    if (!clusters.has(path)) ledger.found(clusters.at(path, 1), 'no such file', what, `Add ${path}.`);
  if (!clusters.has(file)) return;
  const root = clusters.yaml(file);
  const expect = (value: string, ...path: readonly string[]): void => {
    const seen = textOf(at(root, ...path));
    if (seen === value) return;
    const key = path.join('.');
    ledger.found(
      clusters.place(file, root, ...path),
      `${key}: ${shown(seen)}`,
      `${key}: ${value}`,
      `Set ${key} to ${value}.`,
    );
  };
  expect(wanted.env, 'gitops', 'env');
  expect(wanted.cluster, 'name');
}

function clusterSchema({ clusters, wanted }: Scene, ledger: Ledger): void {
  const root = clusters.yaml(SCHEMA);
  const known = textsAt(root, ...ENUM);
  if (known.length === 0) throw new CouldNotTell(`${SCHEMA} has no list ${ENUM.join('.')}`);
  if (known.includes(wanted.env)) return;
  const seen = `gitops.env may be ${known.map(shown).join(', ')}`;
  ledger.found(
    clusters.place(SCHEMA, root, ...ENUM),
    seen,
    `${wanted.env} among them`,
    `Add "${wanted.env}" to the enum.`,
  );
}

function overlayIsOne(scene: Scene, ledger: Ledger): void {
  const { gitops, wanted, overlays } = scene;
  const mine = overlays.filter((overlay) => nameOf(overlay) === wanted.env);
  const root = gitops.yaml(OVERLAYS);
  if (mine.length === 0) {
    const edit = `Append an element with name: ${wanted.env} and all twelve vault keys; do not copy one of an in-cluster Vault.`;
    const known = scene.environments.map(shown).join(', ');
    ledger.found(
      gitops.place(OVERLAYS, root, 'envs'),
      `envs[] has ${known}`,
      `an element with name: ${wanted.env}`,
      edit,
    );
  }
  for (const overlay of mine.slice(1)) {
    const place = gitops.at(OVERLAYS, lineOf(overlay, 'name'));
    const seen = `a second element with name: ${wanted.env}`;
    ledger.found(place, seen, 'one element of each name', 'Keep one of the two: both would make the same Application.');
  }
}

const isAboutEnv = ({ subject }: CaseBlock): boolean => /^"?\$\{?ENV(IRONMENT)?\b/.test(subject);

function bootstrapTakes({ gitops, wanted }: Scene, ledger: Ledger): void {
  const blocks = caseBlocks(gitops.lines(BOOTSTRAP)).filter(isAboutEnv);
  const guards = blocks.filter((block) => /\bexit\s+[1-9]/.test(otherwise(block)?.body ?? ''));
  if (guards.length === 0)
    throw new CouldNotTell(`${BOOTSTRAP}: no \`case "$ENV"\` was found that refuses unknown environments`);
  for (const guard of guards) {
    const own = guard.branches.find((branch) => takes(branch, wanted.env));
    const refusal = otherwise(guard);
    if (own || !refusal) continue;
    const edit = `Add ${wanted.env} to a label of the \`case\` in line ${guard.line}.`;
    ledger.found(gitops.at(BOOTSTRAP, refusal.line), `ENV=${wanted.env} is refused`, `a label ${wanted.env}`, edit);
  }
}

function bootstrapIndexes(scene: Scene, ledger: Ledger): void {
  const { gitops, wanted, overlays } = scene;
  const indexOf = ({ body }: Branch): string | undefined => /\benv_index=(\d+)/.exec(body)?.[1];
  const blocks = caseBlocks(gitops.lines(BOOTSTRAP)).filter(isAboutEnv);
  const block = blocks.find(({ branches }) => branches.some((branch) => indexOf(branch) !== undefined));
  if (!block) throw new CouldNotTell(`${BOOTSTRAP}: no \`case "$ENV"\` was found that sets env_index`);
  const place = overlays.findIndex((overlay) => nameOf(overlay) === wanted.env);
  const expected = String(place === -1 ? overlays.length : place);
  const own = block.branches.find((branch) => takes(branch, wanted.env));
  const branch = own ?? otherwise(block);
  const seen = branch ? indexOf(branch) : undefined;
  if (own && seen === expected) return;
  const line = gitops.at(BOOTSTRAP, branch?.line ?? block.line);
  const what = own
    ? `env_index=${shown(seen)}`
    : `${wanted.env} gets env_index=${shown(seen)}, the overlay of another environment`;
  ledger.found(
    line,
    what,
    `env_index=${expected}, its place in envs[]`,
    `Write \`${wanted.env}) env_index=${expected} ;;\`.`,
  );
}

function appNamespace(scene: Scene, ledger: Ledger): void {
  const { wanted } = scene;
  const seen = scene.setting('appNamespace');
  if (seen === wanted.appNamespace) return;
  const said = scene.overlay ? `appNamespace: ${shown(seen)}` : `no overlay of ${wanted.env}`;
  const expected = `appNamespace: ${wanted.appNamespace}`;
  ledger.found(scene.settingPlace('appNamespace'), said, expected, `Set ${expected}.`);
}

/** The bootstrap makes and labels the namespace before Argo CD needs it, by a name of its own making. */
function preparedNamespace({ gitops, wanted }: Scene, ledger: Ledger): void {
  const lines = gitops.lines(BOOTSTRAP);
  const line = lines.findIndex((text) => /^\s*app_ns=/.test(text));
  const raw = /^\s*app_ns="?([^"\s]+)"?/.exec(lines[line] ?? '')?.[1];
  if (raw === undefined) throw new CouldNotTell(`${BOOTSTRAP}: no line was found that sets app_ns`);
  const made = raw.replace(/\$\{ENV\}|\$ENV\b/g, wanted.env);
  if (made.includes('$')) throw new CouldNotTell(`${BOOTSTRAP} line ${line + 1}: app_ns is made of more than ENV`);
  if (made === wanted.appNamespace) return;
  const edit = `Make app_ns ${wanted.appNamespace}, or set app-namespace: ${shown(made)}.`;
  ledger.found(gitops.at(BOOTSTRAP, line + 1), `prepares namespace ${shown(made)}`, wanted.appNamespace, edit);
}

function envFilter(scene: Scene, ledger: Ledger): void {
  const { gitops } = scene;
  const root = gitops.yaml(OVERLAYS);
  const seen = textOf(at(root, 'envFilter'));
  if (seen !== undefined && seen !== '' && !scene.environments.includes(seen)) {
    const expected = `one of ${scene.environments.map(shown).join(', ')}`;
    const edit = 'Name an environment of envs[]: an unknown one makes no Application, and no error either.';
    ledger.found(gitops.place(OVERLAYS, root, 'envFilter'), `envFilter: ${shown(seen)}`, expected, edit);
  }
  const lines = gitops.lines(BOOTSTRAP);
  if (!lines.some((line) => /envFilter="?\$\{?ENV\b/.test(line)))
    throw new CouldNotTell(`${BOOTSTRAP}: no \`--set-string envFilter="\${ENV}"\` was found`);
}

function oneElement(scene: Scene, ledger: Ledger): void {
  const { wanted, elements, applicationSet, gitops, overlays } = scene;
  const expected = Math.max(1, overlays.filter((overlay) => nameOf(overlay) === wanted.env).length);
  if (elements.length === expected) return;
  const place = gitops.at(applicationSet.file, lineOf(applicationSet.node, 'spec', 'generators'));
  const seen = `${elements.length} elements of ${wanted.env}`;
  ledger.found(
    place,
    seen,
    'one for each element of envs[]',
    'Render the element whose name is envFilter, and no other.',
  );
}
