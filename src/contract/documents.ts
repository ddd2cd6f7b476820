import { type Ledger, shown } from './ledger.js';
import { casesWithout, type Omission, omissions, refusals } from './listing.js';
import type { Repo } from './repo.js';
import type { ContractRow } from './row.js';
import { OVERLAY_KEYS, type Scene } from './scene.js';
import { textsAt } from './value.js';
import { itemsOf, type Yaml } from './yaml.js';

const HANDOFF = 'docs/CLUSTERS-HANDOFF-CONTRACT.md';
const SEEDING = 'docs/PROD-SECRETS.md';
const PIPELINES = 'charts/ci-pipelines';
const VALIDATE = 'scripts/validate.sh';

/** C22: documents, loops and guardrails that have to know the environment too. */
export const DOCUMENT_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.handoff',
    description:
      'the clusters repository tells its readers all twelve vault keys, and every list of environments has this one',
    severity: 'warning',
    code: 'C22',
    needs: 'clusters',
    evaluate({ clusters, wanted }, ledger) {
      ledger.look(() => allKeys(clusters, ledger, HANDOFF));
      const others = schemaOthers(clusters, wanted.env);
      for (const file of ['AGENTS.md', 'PLAN.md', 'README.md', 'Makefile'].filter((one) => clusters.has(one)))
        ledger.look(() =>
          tell(clusters, ledger, file, omissions(clusters.lines(file), others, wanted.env), wanted.env),
        );
    },
  },
  {
    id: 'contract.secret-docs',
    description: 'the GitOps repository tells its readers all twelve vault keys, and KV paths that exist',
    severity: 'warning',
    code: 'C22',
    needs: 'gitops',
    evaluate({ gitops }, ledger) {
      ledger.look(() => allKeys(gitops, ledger, SEEDING));
      for (const name of gitops.list('docs').filter((one) => one.endsWith('.md')))
        ledger.look(() => seeding(gitops, ledger, `docs/${name}`));
    },
  },
  {
    id: 'contract.environment-lists',
    description: 'every list of environments in scripts, Makefile, workflows and pipelines has this one',
    severity: 'warning',
    code: 'C22',
    needs: 'gitops',
    evaluate: environmentLists,
  },
  {
    id: 'contract.guardrails',
    description: 'the policy tests of the GitOps repository run, and read what is there',
    severity: 'warning',
    code: 'C22',
    needs: 'gitops',
    evaluate({ gitops }, ledger) {
      ledger.look(() => guardrails(gitops, ledger));
    },
  },
];

function allKeys(repo: Repo, ledger: Ledger, file: string): void {
  const lines = repo.lines(file);
  const missing = OVERLAY_KEYS.filter((key) => !lines.some((line) => line.includes(key)));
  if (missing.length === 0) return;
  const heading = lines.findIndex((line) => /vault/i.test(line) && !line.startsWith('# '));
  const isBlank = missing.length === OVERLAY_KEYS.length;
  const seen = isBlank ? 'tells none of the twelve vault keys' : `does not tell ${missing.join(', ')}`;
  const edit = 'Tell what each of them is for an environment with an external Vault.';
  ledger.found(repo.at(file, Math.max(1, heading + 1)), seen, 'all twelve vault keys of the overlay', edit);
}

/** Environments that the schema knows besides this one. */
function schemaOthers(clusters: Repo, env: string): readonly string[] {
  const file = 'schemas/cluster.schema.json';
  if (!clusters.has(file)) return [];
  const known = textsAt(clusters.yaml(file), 'properties', 'gitops', 'properties', 'env', 'enum');
  return known.filter((name) => name !== env);
}

function tell(repo: Repo, ledger: Ledger, file: string, found: readonly Omission[], env: string): void {
  for (const { line, names } of found) {
    const seen = `names ${names.map(shown).join(', ')} alone`;
    ledger.found(repo.at(file, line), seen, `${env} among them`, `Add ${env}.`);
  }
}

/** `kv put` adds `data/` by itself: what is written so, nobody reads. */
function seeding(gitops: Repo, ledger: Ledger, file: string): void {
  for (const [index, line] of gitops.lines(file).entries()) {
    const path = /\b(?:vault|bao) kv put\s+(?:-\S+\s+)*([\w-]+\/data\/\S*)/.exec(line)?.[1];
    if (path === undefined) continue;
    const right = path.replace('/data/', '/').replace(/[`'"]+$/, '');
    const seen = `vault kv put ${shown(path)}, which writes below data/data/`;
    ledger.found(gitops.at(file, index + 1), seen, `vault kv put ${shown(right)}`, 'Leave data/ out: kv put adds it.');
  }
}

function environmentLists(scene: Scene, ledger: Ledger): void {
  const { gitops, wanted } = scene;
  const { env } = wanted;
  let others: readonly string[] = [];
  ledger.look(() => {
    others = scene.environments.filter((name) => name !== env);
  });
  const below = (folder: string, ending: RegExp): readonly string[] =>
    gitops
      .list(folder)
      .filter((name) => ending.test(name))
      .map((name) => `${folder}/${name}`);
  const scripts = below('scripts', /\.sh$/);
  const texts = [
    'Makefile',
    'charts/argocd-apps/values.yaml',
    ...below('.github/workflows', /\.ya?ml$/),
    ...below(`${PIPELINES}/templates`, /\.ya?ml$/),
  ];
  for (const file of [...texts.filter((one) => gitops.has(one)), ...scripts])
    ledger.look(() => tell(gitops, ledger, file, omissions(gitops.lines(file), others, env), env));
  for (const file of scripts.filter((one) => one !== 'scripts/bootstrap.sh')) {
    ledger.look(() => tell(gitops, ledger, file, casesWithout(gitops.lines(file), others, env), env));
    ledger.look(() => tell(gitops, ledger, file, refusals(gitops.lines(file), others), env));
  }
  ledger.look(() => pipelineLists(gitops, ledger, others, env));
}

/** Lists of a values file whose items are environments, wherever they stand. */
function pipelineLists(gitops: Repo, ledger: Ledger, others: readonly string[], env: string): void {
  const file = `${PIPELINES}/values.yaml`;
  if (!gitops.has(file)) return;
  const visit = (node: Yaml): void => {
    const names = itemsOf(node).flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
    const known = names.filter((name) => others.includes(name));
    if (known.length >= 2 && !names.includes(env)) tell(gitops, ledger, file, [{ line: node.line, names: known }], env);
    for (const item of itemsOf(node)) visit(item);
    if (node.kind === 'map') for (const { value } of node.entries.values()) visit(value);
  };
  visit(gitops.yaml(file));
}

/** conftest tests the package `main` alone unless it is told others. */
function guardrails(gitops: Repo, ledger: Ledger): void {
  const rules = gitops
    .list('policy')
    .flatMap((folder) => gitops.list(`policy/${folder}`).map((name) => `policy/${folder}/${name}`));
  const files = rules.filter((file) => file.endsWith('.rego'));
  const named = files.filter((file) => gitops.lines(file).some((line) => /^package\s+(?!main\s*$)\S/.test(line)));
  for (const [index, line] of (files.length > 0 ? gitops.lines(VALIDATE) : []).entries()) {
    if (!/\bconftest\s+test\b/.test(line) || /--all-namespaces|--namespace|-n\s/.test(line) || named.length === 0)
      continue;
    const seen = `conftest tests package main alone, and ${named.length} of ${files.length} policies are in others`;
    ledger.found(gitops.at(VALIDATE, index + 1), seen, 'conftest test --all-namespaces', 'Add --all-namespaces.');
  }
  for (const file of files)
    for (const [index, line] of gitops.lines(file).entries()) {
      if (!/\bspec\.template\.source\b/.test(line)) continue;
      const edit = 'Read spec.template.spec.source: an ApplicationSet has no spec.template.source.';
      ledger.found(gitops.at(file, index + 1), 'reads spec.template.source', 'spec.template.spec.source', edit);
    }
}
