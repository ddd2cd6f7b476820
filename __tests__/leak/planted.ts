import { ensureNamespace, makeGitopsHealthy } from '../../sandbox/gitops.js';
import { condition, type GitopsObject, gitopsSecrets, healthyObjects } from '../../sandbox/gitops-objects.js';
import { ENV } from '../../sandbox/scene.js';
import type { Cluster } from '../../sandbox/types.js';

const ARGO = 'openshift-gitops';

/** Messages as the programs write them, with `secret` wherever theirs may carry one; each is classified differently. */
export function messages(secret: string, password: string): readonly string[] {
  const vault = `https://robot:${password}@vault.example:8200/v1`;
  return [
    secret,
    `Error making API request.\n\nURL: PUT ${vault}/auth/kubernetes-${ENV}/login?token=${password}\nCode: 403. Errors:\n\n* permission denied ${secret}`,
    `Error making API request.\n\nURL: PUT ${vault}/auth/kubernetes-${ENV}/login\nCode: 400. Errors:\n\n* invalid role name "gitops-${ENV}" ${secret}`,
    `Code: 400. Errors:\n\n* path is already in use at kubernetes-${ENV}/ ${secret}`,
    `failed to list refs: authentication required: Repository not found. https://x:${password}@github.com/bitiq-io/gitops.git ${secret}`,
    `Get "${vault}/sys/health": x509: certificate signed by unknown authority (Authorization: Basic ${secret})`,
    `Get "${vault}/sys/health": dial tcp: lookup ${password}: no such host`,
    `empty response from Vault, path="gitops/data/${ENV}/quay-auth", response={"password":${JSON.stringify(secret)}}`,
    `Secret "quay-auth" not found: ${secret}`,
    `not the owner of the destination Secret: data=${Buffer.from(secret).toString('base64')}`,
    `Code: 500. Errors:\n\n* ${Buffer.from(secret).toString('hex')}`,
    `failed to decode: {"quoted":${JSON.stringify(JSON.stringify(secret))},"url":"?p=${encodeURIComponent(secret)}"}`,
    `spec.path: Required value: ${secret}`,
    `target namespace "bitiq-${ENV}" is not allowed, ${secret}`,
  ];
}

/** Names that take over a log, a summary or a terminal when they are printed as they are. */
export const HOSTILE = [
  '::set-output name=verdict::green',
  '\n::add-mask::green',
  '##[add-mask]bitiq',
  '\u001b[2J\u001b]0;title\u0007gone',
  'abc\u202e\u2066def\u200b',
  '</td></details><img src=https://evil.example/x.png>|`x`[link](https://evil.example)',
  '%0A::stop-commands::forever',
  '@everyone **bold** # heading',
] as const;

type Text = (index: number) => string;

const FAILED: Readonly<Record<string, (message: string, word: string) => Record<string, unknown>>> = {
  ArgoCD: (message, word) => ({ phase: word, applicationSetController: word, server: message && word, message }),
  ApplicationSet: (message, word) => ({
    conditions: [condition('ErrorOccurred', 'True', word, message), condition(word, 'False', word, message)],
  }),
  Application: (message, word) => ({
    sync: { status: word },
    health: { status: word, message },
    operationState: { phase: 'Failed', message, syncResult: { resources: [{ message }] } },
    conditions: [{ type: 'ComparisonError', message }],
  }),
  VaultConnection: (message) => ({ valid: false, conditions: [condition('Ready', 'False', 'Ready', message)] }),
  VaultAuth: (message) => ({ valid: false, error: message }),
};

function failed(kind: string, message: string, word: string): Record<string, unknown> {
  const other = {
    lastGeneration: 1,
    conditions: [
      condition('ReconcileFailed', 'False', word, message),
      // Both at once: then Events are read.
      condition('ReconcileSuccessful', 'True', 'LastReconcileCycleSucceded', message),
      condition('Healthy', 'False', word, message),
      condition('SecretSynced', 'False', 'ClientConfigError', message),
    ],
  };
  return FAILED[kind]?.(message, word) ?? other;
}

/** Spoils every GitOps object: `message` in every free text, `word` where the API has one of few words. */
export async function spoil(cluster: Cluster, message: Text, word: Text, annotation: string): Promise<void> {
  await Promise.all(
    healthyObjects(ENV).map((object, index) => spoilOne(cluster, object, message(index), word(index), annotation)),
  );
}

async function spoilOne(
  cluster: Cluster,
  { group, version, plural, kind, namespace, name }: GitopsObject,
  message: string,
  word: string,
  annotation: string,
): Promise<void> {
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}/${name}`;
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': annotation,
    'example.com/note': annotation,
  };
  const { body } = await cluster.request('GET', path);
  const source = { repoURL: `https://robot:${annotation}@github.com/bitiq-io/gitops.git?token=${annotation}` };
  const spec = kind === 'Application' ? { ...body.spec, source, sources: [source] } : body.spec;
  const changed = { ...body, metadata: { ...body.metadata, annotations }, spec };
  const put = await cluster.request('PUT', path, changed);
  const told = await cluster.request('PUT', `${path}/status`, { ...put.body, status: failed(kind, message, word) });
  const event = await cluster.request('POST', `/api/v1/namespaces/${namespace}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: 'planted-', namespace },
    involvedObject: { apiVersion: `${group}/${version}`, kind, namespace, name },
    reason: 'ProcessingError',
    message: message.slice(0, 1000),
    type: 'Warning',
    lastTimestamp: new Date().toISOString(),
  });
  for (const { status } of [put, told, event]) if (status >= 300) throw new Error(`${kind} ${name}: HTTP ${status}`);
}

/** A finished bootstrap whose Secrets hold `data`, also in the annotation that kubectl leaves. */
export async function bootstrap(cluster: Cluster, data: string, free: string): Promise<void> {
  await makeGitopsHealthy(cluster, ENV, data);
  for (const { namespace, name } of gitopsSecrets(ENV)) {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const { body } = await cluster.request('GET', path);
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData: { value: data } }),
    };
    await cluster.request('PUT', path, { ...body, metadata: { ...body.metadata, annotations } });
  }
  await legacyToken(cluster, data);
  await ensureNamespace(cluster, ARGO);
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm' }, data: { 'dex.config': free } };
  await cluster.request('POST', `/api/v1/namespaces/${ARGO}/configmaps`, config);
}

/** What the old script left: a token Secret of the reviewer, which is there already. The real cluster fills in a token beside what is planted. */
async function legacyToken(cluster: Cluster, data: string): Promise<void> {
  const reviewer = 'vault-token-reviewer';
  await cluster.request('POST', `/api/v1/namespaces/${ARGO}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: { name: reviewer, annotations: { 'kubernetes.io/service-account.name': reviewer } },
    data: { planted: Buffer.from(data).toString('base64') },
  });
}
