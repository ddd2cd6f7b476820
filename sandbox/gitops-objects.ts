/** A custom resource and the status its controller would have written. */
export interface GitopsObject {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: Record<string, unknown>;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly status?: Record<string, unknown>;
}

/** Kinds of the checklist, with the names that the real CRDs give them. */
export const GITOPS_KINDS = [
  ['argoproj.io', 'v1beta1', 'ArgoCD', 'argocds'],
  ['argoproj.io', 'v1alpha1', 'ApplicationSet', 'applicationsets'],
  ['argoproj.io', 'v1alpha1', 'Application', 'applications'],
  ['redhatcop.redhat.io', 'v1alpha1', 'AuthEngineMount', 'authenginemounts'],
  ['redhatcop.redhat.io', 'v1alpha1', 'KubernetesAuthEngineConfig', 'kubernetesauthengineconfigs'],
  ['redhatcop.redhat.io', 'v1alpha1', 'KubernetesAuthEngineRole', 'kubernetesauthengineroles'],
  ['redhatcop.redhat.io', 'v1alpha1', 'Policy', 'policies'],
  ['secrets.hashicorp.com', 'v1beta1', 'VaultConnection', 'vaultconnections'],
  ['secrets.hashicorp.com', 'v1beta1', 'VaultAuth', 'vaultauths'],
  ['secrets.hashicorp.com', 'v1beta1', 'VaultStaticSecret', 'vaultstaticsecrets'],
] as const;

type Kind = (typeof GITOPS_KINDS)[number][2];

const ARGO = 'openshift-gitops';

export function gitopsObject(
  kind: Kind,
  namespace: string,
  name: string,
  rest: Pick<GitopsObject, 'owner' | 'status'> & { spec?: Record<string, unknown> },
): GitopsObject {
  const row = GITOPS_KINDS.find((candidate) => candidate[2] === kind);
  if (row === undefined) throw new Error(`no kind ${kind}`);
  const [group, version, , plural] = row;
  return { group, version, plural, kind, namespace, name, spec: {}, ...rest };
}

/** A condition as the controllers write it; the generation of a new object is 1. */
export function condition(
  type: string,
  status: string,
  reason: string,
  message = '',
  more = {},
): Record<string, unknown> {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z', observedGeneration: 1, ...more };
}

export const VCO_SUCCEEDED = condition('ReconcileSuccessful', 'True', 'LastReconcileCycleSucceded');

/** ReconcileFailed as vault-config-operator writes it: its status is False. */
export function vcoFailed(message: string, more = {}): Record<string, unknown> {
  return condition('ReconcileFailed', 'False', 'LastReconcileCycleFailed', message, more);
}

export function vsoHealth(isHealthy: boolean, message = ''): Record<string, unknown>[] {
  return [
    condition('SecretSynced', isHealthy ? 'True' : 'False', 'Synced', message),
    condition('Healthy', isHealthy ? 'True' : 'False', isHealthy ? 'Healthy' : 'Unhealthy'),
    condition('Ready', isHealthy ? 'True' : 'False', 'Ready'),
  ];
}

/** The Secrets that the checklist looks for by default. */
export function gitopsSecrets(env: string): { namespace: string; name: string }[] {
  const named = (namespace: string, ...names: string[]) => names.map((name) => ({ namespace, name }));
  return [
    ...named(ARGO, 'argocd-image-updater-secret'),
    ...named('openshift-pipelines', 'quay-auth', 'github-webhook-secret', 'gitops-repo-creds'),
    ...named(`bitiq-${env}`, 'toy-service-config', 'toy-web-config'),
  ];
}

/** Everything a finished bootstrap of `env` leaves behind, healthy. */
export function healthyObjects(env: string): GitopsObject[] {
  return [...argoObjects(env), ...vcoObjects(env), ...vsoObjects(env)];
}

function argoObjects(env: string): GitopsObject[] {
  const applications = [`bitiq-umbrella-${env}`, `vault-config-${env}`, `vault-runtime-${env}`];
  const sets = ['bitiq-umbrella-by-env', 'vault-config-by-env', 'vault-runtime-by-env'];
  return [
    gitopsObject('ArgoCD', ARGO, ARGO, {
      status: { phase: 'Available', applicationSetController: 'Running', server: 'Running', repo: 'Running' },
    }),
    ...sets.map((name) =>
      gitopsObject('ApplicationSet', ARGO, name, {
        status: {
          conditions: [
            condition('ErrorOccurred', 'False', 'ApplicationSetUpToDate'),
            condition('ParametersGenerated', 'True', 'ParametersGenerated'),
            condition('ResourcesUpToDate', 'True', 'ApplicationSetUpToDate'),
          ],
        },
      }),
    ),
    ...applications.map((name, index) =>
      gitopsObject('Application', ARGO, name, {
        owner: { kind: 'ApplicationSet', name: sets[index] ?? '' },
        spec: { source: { repoURL: 'https://github.com/bitiq-io/gitops.git' } },
        status: {
          sync: { status: 'Synced' },
          health: { status: 'Healthy' },
          operationState: { phase: 'Succeeded' },
          reconciledAt: new Date().toISOString(),
        },
      }),
    ),
  ];
}

function vcoObjects(env: string): GitopsObject[] {
  const status = { conditions: [VCO_SUCCEEDED] };
  const spec = { path: `kubernetes-${env}`, authentication: { path: `kubernetes-${env}`, role: 'kube-auth' } };
  const policy = { authentication: spec.authentication, type: 'acl', policy: gitopsPolicyText() };
  return [
    gitopsObject('KubernetesAuthEngineRole', ARGO, `gitops-${env}`, { spec, status }),
    gitopsObject('Policy', ARGO, `gitops-${env}`, { spec: policy, status }),
  ];
}

/** The policy that the charts render: everything below the KV mount. */
export function gitopsPolicyText(): string {
  return 'path "gitops/data/*" {\n  capabilities = ["read", "list"]\n}\npath "gitops/metadata/*" {\n  capabilities = ["read", "list"]\n}\n';
}

/** What the charts render of a VaultAuth. */
export function authSpec(env: string): Record<string, unknown> {
  return {
    method: 'kubernetes',
    mount: `kubernetes-${env}`,
    kubernetes: { role: `gitops-${env}`, serviceAccount: 'default' },
    vaultConnectionRef: 'vault',
  };
}

/** What the charts render of a VaultStaticSecret. */
export function staticSpec(env: string, name: string): Record<string, unknown> {
  return {
    destination: { name, create: true, overwrite: true },
    mount: 'gitops',
    type: 'kv-v2',
    path: `${env}/${name}`,
    vaultAuthRef: 'k8s',
  };
}

function vsoObjects(env: string): GitopsObject[] {
  const valid = { valid: true, conditions: vsoHealth(true).slice(1) };
  const namespaces = [ARGO, 'openshift-pipelines', `bitiq-${env}`];
  return [
    ...namespaces.map((namespace) => gitopsObject('VaultConnection', namespace, 'vault', { status: valid })),
    ...namespaces.map((namespace) =>
      gitopsObject('VaultAuth', namespace, 'k8s', { spec: authSpec(env), status: valid }),
    ),
    ...gitopsSecrets(env).map(({ namespace, name }) =>
      gitopsObject('VaultStaticSecret', namespace, name, {
        spec: staticSpec(env, name),
        status: { lastGeneration: 1, secretMAC: 'c2VjcmV0LW1hYw==', conditions: vsoHealth(true) },
      }),
    ),
  ];
}
