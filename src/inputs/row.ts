export type InputGroup = 'what' | 'cluster' | 'vault' | 'names' | 'checklist' | 'safety' | 'bootstrap' | 'reporting';

/** One input of action.yml. Its id is also the heading in docs/inputs.md. */
export interface InputRow {
  readonly id: string;
  readonly group: InputGroup;
  /** As in action.yml. */
  readonly description: string;
  /** Used when neither input nor variable is set; `{env}` and `{cluster}` are filled in. Empty: none. */
  readonly preset: string;
  /** Variables it falls back to, first set wins. */
  readonly variables: readonly string[];
}

type Extra = Partial<Pick<InputRow, 'preset' | 'variables'>>;

function rows(group: InputGroup, given: Readonly<Record<string, readonly [string, Extra?]>>): InputRow[] {
  return Object.entries(given).map(([id, [description, extra = {}]]) => {
    return { id, group, description, preset: '', variables: [], ...extra };
  });
}

const WHAT = rows('what', {
  mode: ['bind, plan, rotate, unbind, verify or fleet', { preset: 'bind' }],
  env: ['GitOps environment of the cluster, e.g. prodtest; required but for fleet'],
  cluster: [
    'Name of the cluster, as the mark on the mount has it; for fleet names and globs, default all; else default the one of clusters-path that has env, or env itself',
  ],
  'clusters-path': ['Folder of a checkout of the clusters repository'],
  'gitops-path': ['Folder of a checkout of the GitOps repository; turns the contract checks on, as clusters-path does'],
});

const CLUSTER = rows('cluster', {
  kubeconfig: ['Cluster credentials: kubeconfig as YAML, base64 or path', { variables: ['KUBECONFIG'] }],
  'kubeconfig-vault-path': [
    'Path of a KV secret of Vault that holds the kubeconfig, with #field unless that is kubeconfig; {env} and {cluster} are filled in',
  ],
  'kube-context': ['Context of the kubeconfig; default its current-context'],
  'kube-server': ['API server URL, in place of a kubeconfig; with kube-token'],
  'kube-token': ['Bearer token for kube-server'],
  'kube-ca-certificate': ['CA of kube-server as PEM, base64 or path; default the system CAs'],
  'cluster-uid': ['UID of kube-system of a cluster that is gone; mode unbind does without its credentials then'],
  'kubernetes-host': ['API server URL that Vault is given; default the one of the cluster credentials'],
  'kubernetes-ca-certificate': [
    'CA that Vault is given, as PEM, base64 or path; default kube-root-ca.crt of the cluster',
  ],
});

const VAULT = rows('vault', {
  'vault-url': ['Origin of Vault, e.g. https://vault.example.com:8200; required', { variables: ['VAULT_ADDR'] }],
  'vault-namespace': ['Namespace of the mount; root and empty are the same', { variables: ['VAULT_NAMESPACE'] }],
  'vault-auth-namespace': ['Namespace of the login; default vault-namespace'],
  'vault-method': ['jwt, approle or token; default by what is given, and jwt when the job can mint an OIDC token'],
  'vault-auth-path': ['Auth mount of the login without auth/; default the name of the method'],
  'vault-role': ['Role of a jwt login; default the default role of the auth mount'],
  'vault-jwt-audience': ['Audience of the OIDC token; default the one of the OIDC provider'],
  'vault-token': ['Vault token for vault-method token; it is never revoked', { variables: ['VAULT_TOKEN'] }],
  'vault-role-id': ['RoleID for vault-method approle'],
  'vault-secret-id': ['SecretID for vault-method approle'],
  'vault-ca-certificate': [
    'CA of Vault as PEM, base64 or path; default the system CAs',
    { variables: ['VAULT_CACERT_BYTES', 'VAULT_CACERT'] },
  ],
  'vault-client-certificate': [
    'Client certificate for Vault as PEM, base64 or path',
    { variables: ['VAULT_CLIENT_CERT'] },
  ],
  'vault-client-key': ['Key of vault-client-certificate as PEM, base64 or path', { variables: ['VAULT_CLIENT_KEY'] }],
  'vault-tls-skip-verify': [
    'true does not verify the certificate of Vault',
    { preset: 'false', variables: ['VAULT_SKIP_VERIFY'] },
  ],
});

const NAMES = rows('names', {
  mount: ['Kubernetes auth mount of this cluster, without auth/', { preset: 'kubernetes-{env}' }],
  'reviewer-namespace': ['Namespace of the reviewer ServiceAccount', { preset: 'openshift-gitops' }],
  'reviewer-service-account': ['Name of the reviewer ServiceAccount', { preset: 'vault-token-reviewer' }],
  'reviewer-token-ttl': ['Lifetime asked for the reviewer token, at least 10m; default 24h'],
  'rotation-interval': ['How often the reviewer token is rotated', { preset: '24h' }],
  'connection-role': ['Role that vault-config-operator logs in with', { preset: 'kube-auth' }],
  'connection-policy': ['Base policy of the connection role', { preset: 'kube-auth' }],
  'connection-policy-scope': [
    'mount adds a policy for this mount; shared uses the base policy alone',
    { preset: 'mount' },
  ],
  'connection-namespace': ['Namespace of the ServiceAccount of vault-config-operator', { preset: 'openshift-gitops' }],
  'connection-service-account': ['ServiceAccount of vault-config-operator', { preset: 'default' }],
  'app-namespace': ['Namespace of the applications', { preset: 'bitiq-{env}' }],
  'gitops-role': ['Role that vault-config-operator writes on this mount', { preset: 'gitops-{env}' }],
  'gitops-policy': ['Policy that vault-config-operator writes', { preset: 'gitops-{env}' }],
  'gitops-policy-file': ['Path of the text that gitops-policy is pinned to; default not pinned'],
});

const CHECKLIST = rows('checklist', {
  checks: ['Categories to look at: contract, binding, gitops or all', { preset: 'all' }],
  wait: ['How long the checklist is polled until it is green, e.g. 15m', { preset: '0s' }],
  applications: [
    'Applications that must be green by name, as lines of namespace/name; none for none',
    { preset: 'openshift-gitops/vault-config-{env}\nopenshift-gitops/vault-runtime-{env}' },
  ],
  secrets: [
    'Secrets that must exist, as lines of namespace/name; none for none; default the six of the GitOps repo',
    {
      preset: [
        'openshift-gitops/argocd-image-updater-secret',
        'openshift-pipelines/quay-auth',
        'openshift-pipelines/github-webhook-secret',
        'openshift-pipelines/gitops-repo-creds',
        '{app-namespace}/toy-service-config',
        '{app-namespace}/toy-web-config',
      ].join('\n'),
    },
  ],
  'skip-checks': ['Ids of checks that are shown as skipped, as lines or with commas'],
  timeout: ['Limit of the whole run; default 10m and wait, and 30m more with bootstrap-command'],
});

const SAFETY = rows('safety', {
  'allow-rebind': ['true takes over a mount of another cluster', { preset: 'false' }],
  'allow-prod': ['true lets a writing mode touch env prod', { preset: 'false' }],
  'prove-on-canary': [
    'auto proves a changed host or CA on a throw-away mount, always proves each write, never none',
    { preset: 'auto' },
  ],
});

const BOOTSTRAP = rows('bootstrap', {
  'bootstrap-command': [
    'Command run between bind and the checks, as a run step has it, e.g. make bootstrap-gitops CLUSTER=prodtest; mode bind only',
  ],
});

const REPORTING = rows('reporting', {
  'github-token': [
    'Token of the job, for comment and failure-issue; default nothing is told on GitHub but the run itself',
  ],
  comment: ['true keeps one comment on the pull request; default true with github-token'],
  'failure-issue': ['true keeps one issue while a scheduled run fails; default true with github-token'],
  'hide-names': ['true hides hosts and Secret names, for public repositories', { preset: 'false' }],
  'reports-path': ['Folder of the JSON reports of the jobs of a fleet; mode fleet makes one table of them'],
  'report-path': ['File the JSON report is written to; default one in the temp folder of the runner'],
});

/** Every input, in the order of the documents. */
export const INPUTS: readonly InputRow[] = [
  ...WHAT,
  ...CLUSTER,
  ...VAULT,
  ...NAMES,
  ...CHECKLIST,
  ...SAFETY,
  ...BOOTSTRAP,
  ...REPORTING,
];
