import { describe, expect, test } from '@jest/globals';
import { CONTRACT_ROWS } from '../../src/contract/check.js';
import { checksOf, findingsOf, mended, type Repos } from './checkout.js';

interface Mutation {
  readonly what: string;
  readonly file: string;
  /** `undefined`: the file is taken away. */
  readonly change: ((text: string) => string) | undefined;
  readonly row: string;
  /** What the line of the finding has in it, in `at` or else in the file. */
  readonly line: string | number;
  /** Where the look for it begins. */
  readonly below?: string;
  readonly at?: string;
  readonly env?: string;
  readonly repo?: keyof Repos;
}

const VALUES = 'charts/argocd-apps/values.yaml';
const SET = 'charts/argocd-apps/templates/applicationset-umbrella.yaml';
const UMBRELLA = 'charts/bitiq-umbrella/templates/app-vault-operators.yaml';
const CONFIG = 'charts/vault-config/templates';
const RUNTIME = 'charts/vault-runtime/templates';
const OPERATORS = 'charts/bootstrap-operators/values.yaml';
const BOOTSTRAP = 'scripts/bootstrap.sh';

const replace = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);

/** Changes one key in the overlay of prodtest alone. */
const overlay = (key: string, to: string) => (text: string) =>
  text.replace(
    new RegExp(`(- name: prodtest\\n(?:    .*\\n)*?)    ${key}: .*\\n`),
    `$1${to === '' ? '' : `    ${key}: ${to}\n`}`,
  );

/** Line of a key in the overlay of prodtest, as it is after the change. */
const keyLine = (key: string, value: string) => `    ${key}: ${value}`;

/** The engines are rendered, as in a chart that takes no mount from outside. */
const unguarded = replace('and .Values.enabled .Values.vault.ownsMount', '.Values.enabled');

const OVERLAY: readonly Mutation[] = [
  ['vaultRuntimeKubernetesMount', 'kubernetes-other', 'contract.mount'],
  ['vaultConfigMountPath', 'kubernetes-other', 'contract.mount'],
  ['vaultRuntimeAddress', 'https://other.example.com:8200', 'contract.vault-address'],
  ['vaultConfigAddress', 'http://vault.example.com:8200', 'contract.vault-address'],
  ['vaultConfigKubernetesHost', 'https://kubernetes.default.svc', 'contract.kubernetes-host'],
  ['vaultConfigKubernetesHost', 'https://api.other.ocp.example.com:6443', 'contract.kubernetes-host'],
  ['vaultConfigKubernetesHost', 'api.prodtest.ocp.example.com:6443', 'contract.kubernetes-host'],
  ['vaultServerEnabled', 'true # copied', 'contract.vault-server'],
  ['vaultConfigConnectionRole', 'kube-admin', 'contract.connection-role'],
  ['vaultRuntimeRoleName', 'gitops-local2', 'contract.gitops-role'],
  ['vaultConfigRoleName', 'gitops-local2', 'contract.gitops-role'],
  ['vaultConfigPolicyName', 'gitops-local2', 'contract.gitops-role'],
  ['vaultRuntimeEnabled', 'false # later', 'contract.overlay-keys'],
  ['appNamespace', 'bitiq-test', 'contract.application'],
].map(([key = '', value = '', row = '']) => ({
  what: `${key}: ${value}`,
  file: VALUES,
  change: overlay(key, value),
  row,
  line: keyLine(key, value),
}));

const MISSING: readonly Mutation[] = ['vaultConfigKubernetesHost', 'vaultServerEnabled', 'vaultRuntimeAddress'].map(
  (key) => ({
    what: `${key} is missing`,
    file: VALUES,
    change: overlay(key, ''),
    row: 'contract.overlay-keys',
    line: '- name: prodtest',
  }),
);

const ENVIRONMENT: readonly Mutation[] = [
  {
    what: 'the schema leaves it out',
    repo: 'clusters',
    file: 'schemas/cluster.schema.json',
    change: replace(/\s*"prodtest",/, ''),
    row: 'contract.cluster-schema',
    line: '"enum": [',
  },
  {
    what: 'cluster.yaml is of another environment',
    repo: 'clusters',
    file: 'clusters/prodtest/cluster.yaml',
    change: replace('  env: prodtest', '  env: prod'),
    row: 'contract.cluster-definition',
    line: '  env: prod',
  },
  {
    what: 'no cluster.yaml',
    repo: 'clusters',
    file: 'clusters/prodtest/cluster.yaml',
    change: undefined,
    row: 'contract.cluster-definition',
    line: 1,
  },
  {
    what: 'no install-config template',
    repo: 'clusters',
    file: 'clusters/prodtest/install-config.yaml.tmpl',
    change: undefined,
    row: 'contract.cluster-definition',
    line: 1,
  },
  {
    what: 'the bootstrap refuses it',
    file: BOOTSTRAP,
    change: replace('prodtest|prod|', 'prod|'),
    row: 'contract.environment',
    line: 'unknown environment',
  },
  {
    what: 'another index',
    file: BOOTSTRAP,
    change: replace('prodtest) env_index=1', 'prodtest) env_index=2'),
    row: 'contract.environment',
    line: 'prodtest) env_index=2',
  },
  {
    what: 'no index',
    file: BOOTSTRAP,
    change: replace(/ {2}prodtest\) env_index=1 ;;\n/, ''),
    row: 'contract.environment',
    line: '*) env_index=0',
  },
  {
    what: 'no overlay',
    file: VALUES,
    change: replace('- name: prodtest', '- name: prodtset'),
    row: 'contract.environment',
    line: 'envs:',
  },
  {
    what: 'two overlays',
    file: VALUES,
    change: replace('- name: staging7', '- name: prodtest # again'),
    row: 'contract.environment',
    line: 'prodtest # again',
  },
  {
    what: 'the order of overlays',
    file: VALUES,
    change: (text) => text.replace(/( {2}- name: local\n(?: {4}.*\n)*)( {2}- name: prodtest\n(?: {4}.*\n)*)/, '$2$1'),
    at: BOOTSTRAP,
    row: 'contract.environment',
    line: 'prodtest) env_index=1',
  },
  {
    what: 'an envFilter of nothing',
    file: VALUES,
    change: replace('envFilter: "local"', 'envFilter: "lokal"'),
    row: 'contract.application',
    line: 'envFilter:',
  },
  {
    what: 'another namespace is prepared',
    file: BOOTSTRAP,
    change: replace('app_ns="bitiq-', 'app_ns="apps-'),
    row: 'contract.application',
    line: 'app_ns=',
  },
  {
    what: 'the generator renders every environment',
    file: SET,
    change: replace('(eq $.Values.envFilter $e.name)', '(eq $e.name "prod")'),
    row: 'contract.application',
    line: '  generators:',
  },
  {
    what: 'another environment at the same mount',
    file: VALUES,
    change: (text) => text.replaceAll('kubernetes-staging7', 'kubernetes-prodtest'),
    row: 'contract.mount',
    line: 'vaultConfigMountPath: kubernetes-prodtest',
    below: '- name: staging7',
  },
  {
    what: 'a mount below this one',
    file: VALUES,
    change: (text) => text.replaceAll('kubernetes-staging7', 'kubernetes-prodtest/blue'),
    row: 'contract.mount',
    line: 'vaultConfigMountPath: kubernetes-prodtest/blue',
  },
];

const CHARTS: readonly Mutation[] = [
  {
    what: 'a config without reviewer',
    file: `${CONFIG}/10-k8s-auth-config.yaml`,
    change: unguarded,
    row: 'contract.reviewer',
    line: 'spec:',
  },
  {
    what: 'a config without path',
    file: `${CONFIG}/10-k8s-auth-config.yaml`,
    change: unguarded,
    row: 'contract.config-path',
    line: 'spec:',
  },
  {
    what: 'a config below the mount',
    file: `${CONFIG}/10-k8s-auth-config.yaml`,
    change: (text) =>
      unguarded(text).replace('  kubernetesHost:', '  path: {{ .Values.vault.mountPath }}\n  kubernetesHost:'),
    row: 'contract.resource-paths',
    line: '  path: {{ .Values.vault.mountPath }}',
  },
  {
    what: 'a mount within the mount',
    file: `${CONFIG}/00-auth-mount.yaml`,
    change: unguarded,
    row: 'contract.resource-paths',
    line: '  path: {{ .Values.vault.mountPath }}',
  },
  {
    what: 'a guard that this environment opens',
    file: VALUES,
    change: overlay('vaultConfigOwnsMount', 'true'),
    at: `${CONFIG}/10-k8s-auth-config.yaml`,
    row: 'contract.reviewer',
    line: 'spec:',
  },
  {
    what: 'a role of another mount',
    file: `${CONFIG}/20-k8s-auth-role.yaml`,
    change: replace('  path: {{ $mount }}\n  policies', '  path: kubernetes\n  policies'),
    row: 'contract.resource-paths',
    line: '  path: kubernetes',
  },
  {
    what: 'a role with an audience',
    file: `${CONFIG}/20-k8s-auth-role.yaml`,
    change: replace('  policies:', '  audience: vault\n  policies:'),
    row: 'contract.audience',
    line: 'audience: vault',
  },
  {
    what: 'another namespace logs in',
    file: `${CONFIG}/05-policy.yaml`,
    change: replace('namespace: openshift-gitops', 'namespace: vault'),
    row: 'contract.connection-role',
    line: 'namespace: vault',
  },
  {
    what: 'another ServiceAccount logs in',
    file: 'charts/vault-config/values.yaml',
    change: replace('serviceAccountName: default', 'serviceAccountName: vco'),
    at: `${CONFIG}/05-policy.yaml`,
    row: 'contract.connection-role',
    line: 'serviceAccountName',
  },
  {
    what: 'a login at a fixed mount',
    file: `${CONFIG}/20-k8s-auth-role.yaml`,
    change: replace('    path: {{ $mount }}', '    path: kubernetes'),
    row: 'contract.connection-role',
    line: '    path: kubernetes',
  },
  {
    what: 'a namespace that the role lacks',
    file: UMBRELLA,
    change: replace('              - {{ .Values.appNamespace }}\n', ''),
    at: `${CONFIG}/20-k8s-auth-role.yaml`,
    row: 'contract.gitops-role',
    line: '    targetNamespaces:',
  },
  {
    what: 'a ServiceAccount that the role lacks',
    file: `${RUNTIME}/00-connection-auth.yaml`,
    change: replace('serviceAccount: default', 'serviceAccount: vso'),
    at: `${CONFIG}/20-k8s-auth-role.yaml`,
    row: 'contract.gitops-role',
    line: 'targetServiceAccounts:',
  },
  {
    what: 'a role without the policy',
    file: UMBRELLA,
    change: replace(
      '            policies:\n              - {{ .Values.vault.config.policyName | quote }}',
      '            policies:\n              - default',
    ),
    at: `${CONFIG}/20-k8s-auth-role.yaml`,
    row: 'contract.gitops-role',
    line: '  policies:',
  },
  {
    what: 'a VaultAuth of a fixed role',
    file: `${RUNTIME}/00-connection-auth.yaml`,
    change: replace('role: {{ $.Values.vault.roleName | quote }}', 'role: gitops-local'),
    row: 'contract.gitops-role',
    line: 'role: gitops-local',
  },
  {
    what: 'a secret where no VaultAuth is',
    file: 'charts/vault-runtime/values.yaml',
    change: replace('certificates:\n    enabled: false', 'certificates:\n    enabled: true'),
    at: `${RUNTIME}/10-secrets.yaml`,
    row: 'contract.secret-auth',
    line: 'namespace: cert-manager',
  },
  {
    what: 'a secret of another VaultAuth',
    file: `${RUNTIME}/10-secrets.yaml`,
    change: replace('vaultAuthRef: k8s', 'vaultAuthRef: other'),
    row: 'contract.secret-auth',
    line: 'namespace: {{ .Values.namespaces.app }}',
  },
  {
    what: 'a secret that the policy leaves out',
    file: `${RUNTIME}/10-secrets.yaml`,
    change: replace('path: {{ .Values.env }}/{{ $config.path }}', 'path: shared/{{ .Values.env }}'),
    row: 'contract.secret-auth',
    line: 'path: shared/',
  },
  {
    what: 'a policy on every environment',
    file: `${CONFIG}/05-policy.yaml`,
    change: replace('/data/{{ $.Values.env }}/*', '/data/*'),
    row: 'contract.env-scope',
    line: '/data/*',
  },
  {
    what: 'a secret of every environment',
    file: `${RUNTIME}/10-secrets.yaml`,
    change: replace('path: {{ .Values.env }}/{{ $config.path }}', 'path: {{ $config.path }}'),
    row: 'contract.env-scope',
    line: '  path: {{ $config.path }}',
  },
  {
    what: 'a parameter of a key that no element has',
    file: SET,
    change: replace(/ {12}vaultRuntimeRoleName: .*\n/, ''),
    row: 'contract.plumbing',
    line: '.vaultRuntimeRoleName |',
  },
  {
    what: 'a key that nobody reads',
    file: VALUES,
    change: replace('    appNamespace: bitiq-prodtest', '    vaultKvMount: prodtest\n    appNamespace: bitiq-prodtest'),
    row: 'contract.plumbing',
    line: 'vaultKvMount',
  },
];

const ADDRESSES: readonly Mutation[] = [
  {
    what: 'a connection of a fixed address',
    file: `${RUNTIME}/00-connection-auth.yaml`,
    change: replace('address: {{ $.Values.vault.address | quote }}', 'address: https://old.example.com'),
    row: 'contract.vault-address',
    line: 'address: https://old',
  },
  {
    what: 'a config of a fixed API server',
    file: `${CONFIG}/10-k8s-auth-config.yaml`,
    change: (text) =>
      unguarded(text).replace('{{ .Values.vault.kubernetesHost | quote }}', 'https://kubernetes.default.svc'),
    row: 'contract.kubernetes-host',
    line: 'kubernetesHost: https://kubernetes',
  },
];

const PLATFORM: readonly Mutation[] = [
  {
    what: 'automatic upgrades',
    file: OPERATORS,
    change: replace(/approval: Manual(?=\n {4}env)/, 'approval: Automatic'),
    row: 'contract.operator-versions',
    line: 'approval: Automatic',
  },
  {
    what: 'no version',
    file: OPERATORS,
    change: replace('startingCSV: vault-secrets-operator.v1.4.1', 'startingCSV: ""'),
    row: 'contract.operator-versions',
    line: 'startingCSV: ""',
  },
  {
    what: 'an old vault-secrets-operator',
    file: OPERATORS,
    change: replace('v1.4.1', 'v1.2.0'),
    row: 'contract.operator-versions',
    line: 'v1.2.0',
  },
  {
    what: 'a policy file of the Vault in the cluster',
    file: VALUES,
    change: overlay('vaultServerEnabled', 'true'),
    at: 'charts/vault-dev/templates/job-bootstrap.yaml',
    row: 'contract.connection-policy',
    line: 'sys/policies/acl/*',
  },
  {
    what: 'advice to let it write every auth method',
    file: 'docs/OPERATIONS.md',
    change: (text) => `${text}\n- path "sys/auth/*" { capabilities = ["create", "update"] }\n`,
    row: 'contract.connection-policy',
    line: 'sys/auth/*',
  },
  {
    what: 'no values file of an updated chart',
    file: 'charts/web/values-prodtest.yaml',
    change: undefined,
    row: 'contract.values-files',
    line: 1,
  },
  {
    what: 'machines of another cluster',
    env: 'prod',
    file: 'charts/cluster-capacity/values-prod.yaml',
    change: replace('prod-x7k2p', 'stage-x7k2p'),
    row: 'contract.values-files',
    line: 'infraID',
  },
  {
    what: 'capacity without machines of its own',
    file: VALUES,
    change: overlay('capacityEnabled', 'true'),
    row: 'contract.values-files',
    line: keyLine('capacityEnabled', 'true'),
  },
  {
    what: 'a kind without health check',
    file: OPERATORS,
    change: replace('kind: "Policy"', 'kind: "Secret"'),
    row: 'contract.argocd-health',
    line: 'resourceHealthChecks',
  },
  {
    what: 'no ApplicationSet controller',
    file: OPERATORS,
    change: replace('    applicationSet:\n      enabled: true\n', ''),
    row: 'contract.applicationset-controller',
    line: '  spec:',
  },
  {
    what: 'the ApplicationSet controller switched off',
    file: OPERATORS,
    change: replace('      enabled: true', '      enabled: false'),
    row: 'contract.applicationset-controller',
    line: '    applicationSet:',
  },
];

const DOCUMENTS: readonly Mutation[] = [
  {
    what: 'the handoff leaves a key out',
    repo: 'clusters',
    file: 'docs/CLUSTERS-HANDOFF-CONTRACT.md',
    change: replace('vaultConfigKubernetesHost, ', ''),
    row: 'contract.handoff',
    line: '## External Vault',
  },
  {
    what: 'a list for agents',
    repo: 'clusters',
    file: 'AGENTS.md',
    change: replace('`prodtest`, ', ''),
    row: 'contract.handoff',
    line: 'Environments:',
  },
  {
    what: 'the documents leave a key out',
    file: 'docs/PROD-SECRETS.md',
    change: replace('vaultConfigKubernetesHost', 'host'),
    row: 'contract.secret-docs',
    line: '## Vault keys',
  },
  {
    what: 'kv put with data/',
    file: 'docs/PROD-SECRETS.md',
    change: replace('kv put gitops/prod', 'kv put gitops/data/prod'),
    row: 'contract.secret-docs',
    line: 'kv put gitops/data',
  },
  {
    what: 'a loop of make',
    file: 'Makefile',
    change: replace('local prodtest prod', 'local prod'),
    row: 'contract.environment-lists',
    line: 'for env in',
  },
  {
    what: 'a workflow',
    file: '.github/workflows/validate.yaml',
    change: replace('prodtest ', ''),
    row: 'contract.environment-lists',
    line: 'ENVIRONMENTS',
  },
  {
    what: 'a case of a script',
    file: 'scripts/prune.sh',
    change: replace('|prodtest|', '|'),
    row: 'contract.environment-lists',
    line: '|prod|',
  },
  {
    what: 'a list of a pipeline',
    file: 'charts/ci-pipelines/values.yaml',
    change: replace('    - prodtest\n', ''),
    row: 'contract.environment-lists',
    line: '- local',
  },
  {
    what: 'a script for one other alone',
    file: 'scripts/validate.sh',
    change: (text) => `if [[ "$ENV" != "prod" ]]; then\n  exit 1\nfi\n${text}`,
    row: 'contract.environment-lists',
    line: '!= "prod"',
  },
  {
    what: 'policies that nobody tests',
    file: 'scripts/validate.sh',
    change: replace('--all-namespaces ', ''),
    row: 'contract.guardrails',
    line: 'conftest test',
  },
  {
    what: 'a policy that reads nothing',
    file: 'policy/gitops/guardrails.rego',
    change: replace('spec.template.spec.source', 'spec.template.source'),
    row: 'contract.guardrails',
    line: 'spec.template.source',
  },
];

const MUTATIONS = [...OVERLAY, ...MISSING, ...ENVIRONMENT, ...CHARTS, ...ADDRESSES, ...PLATFORM, ...DOCUMENTS];

describe.each(MUTATIONS)(
  '$row: $what',
  ({ repo = 'gitops', file, change, row, line, below, at = file, env = 'prodtest' }) => {
    test(`is found in ${at}`, () => {
      const repos = mended();
      const files = repos[repo];
      const text = files.get(file) ?? '';
      const changed = change?.(text);
      expect(changed).not.toBe(text);
      if (changed === undefined) files.delete(file);
      else files.set(file, changed);
      const expected = typeof line === 'number' ? line : lineWith(files.get(at) ?? '', line, below);
      const found = findingsOf(checksOf(repos, env), row).map((one) => `${one.repo}:${one.file}:${one.line}`);
      expect(found).toContain(`${repo}:${at}:${expected}`);
    });
  },
);

/** The first line that begins with the text or, where that begins with no blank, has it. */
function lineWith(text: string, part: string, below = ''): number {
  const all = text.split('\n');
  const isOverlay = /^ {4}(vault|app|capacity)[A-Z]/.test(part);
  const from = all.findIndex((one) => one.includes(isOverlay ? '- name: prodtest' : below));
  const has = (one: string): boolean => (part.startsWith(' ') ? one.startsWith(part) : one.includes(part));
  const index = all.findIndex((one, position) => position >= from && has(one));
  expect(index).toBeGreaterThanOrEqual(0);
  return index + 1;
}

test('every row is found wrong by one of them, or has a test of its own', () => {
  const seeded = new Set(MUTATIONS.map(({ row }) => row));
  expect(CONTRACT_ROWS.map(({ id }) => id).filter((id) => !seeded.has(id))).toEqual([
    'contract.vault-namespace',
    'contract.drift-detection',
  ]);
});

test('a Vault namespace that the charts do not carry is found at each login', () => {
  const checks = checksOf(mended(), 'prodtest', { vaultNamespace: 'team/a' });
  const found = findingsOf(checks, 'contract.vault-namespace');
  expect(found.map(({ file, seen }) => `${file}: ${seen}`)).toEqual([
    `${CONFIG}/05-policy.yaml: Policy gitops-prodtest: spec.authentication.namespace is not set`,
    `${CONFIG}/20-k8s-auth-role.yaml: KubernetesAuthEngineRole gitops-prodtest: spec.authentication.namespace is not set`,
    `${RUNTIME}/00-connection-auth.yaml: VaultAuth k8s: spec.namespace is not set`,
  ]);
});

test('drift detection beside a config that blanks the token is found where it is rendered', () => {
  const repos = mended();
  const { gitops } = repos;
  gitops.set(
    OPERATORS,
    (gitops.get(OPERATORS) ?? '').replace('env: []', 'env: [{ name: ENABLE_DRIFT_DETECTION, value: "true" }]'),
  );
  expect(findingsOf(checksOf(repos, 'prodtest'), 'contract.drift-detection')).toEqual([]);
  const config = `${CONFIG}/10-k8s-auth-config.yaml`;
  gitops.set(config, unguarded(gitops.get(config) ?? ''));
  const [found] = findingsOf(checksOf(repos, 'prodtest'), 'contract.drift-detection');
  expect(found?.file).toBe('charts/bootstrap-operators/templates/subscription-vco.yaml');
});

test('one change, one row: an address that is wrong leaves the others green', () => {
  const repos = mended();
  repos.gitops.set(VALUES, overlay('vaultRuntimeAddress', 'https://other.example.com')(repos.gitops.get(VALUES) ?? ''));
  const red = checksOf(repos, 'prodtest').filter(({ state }) => state !== 'green');
  expect(red.map(({ id }) => id)).toEqual(['contract.vault-address']);
});
