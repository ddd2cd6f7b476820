import { installCrd, looseCrd } from './crd.ts';
import {
  GITOPS_KINDS,
  type GitopsObject,
  gitopsObject,
  gitopsSecrets,
  healthyObjects,
  vcoFailed,
  vsoHealth,
} from './gitops-objects.ts';
import type { Answer, Cluster } from './types.ts';

/** Installs the CRDs of Argo CD, vault-config-operator and vault-secrets-operator, as far as the checklist reads them. */
export async function installGitopsCrds(cluster: Cluster, groups?: readonly string[]): Promise<void> {
  const kinds = GITOPS_KINDS.filter(([group]) => groups === undefined || groups.includes(group));
  await Promise.all(
    kinds.map(([group, version, kind, plural]) => installCrd(cluster, looseCrd(group, version, kind, plural))),
  );
}

/** Makes the namespace unless it is there. */
export async function ensureNamespace(cluster: Cluster, name: string): Promise<void> {
  accept(
    await cluster.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    name,
    409,
  );
}

/** Makes the object unless it is there, then replaces its status. */
export async function putGitopsObject(cluster: Cluster, object: GitopsObject): Promise<void> {
  const { group, version, plural, kind, namespace, name, spec, owner, status } = object;
  const path = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`;
  const apiVersion = `${group}/${version}`;
  const references =
    owner === undefined
      ? {}
      : {
          ownerReferences: [
            { apiVersion, kind: owner.kind, name: owner.name, uid: '00000000-0000-4000-8000-000000000000' },
          ],
        };
  const made = await cluster.request('POST', path, {
    apiVersion,
    kind,
    metadata: { name, namespace, ...references },
    spec,
  });
  accept(made, `${kind} ${name}`, 409);
  if (status === undefined) return;
  const { body } = await cluster.request('GET', `${path}/${name}`);
  const put = await cluster.request('PUT', `${path}/${name}/status`, { ...body, status });
  accept(put, `${kind} ${name} status`);
}

/** A cluster on which every GitOps row is green: CRDs, namespaces, objects and Secrets with `planted` as data. */
export async function makeGitopsHealthy(cluster: Cluster, env: string, planted = 'planted-secret-data'): Promise<void> {
  await installGitopsCrds(cluster);
  for (const namespace of ['openshift-gitops', 'openshift-pipelines', `bitiq-${env}`]) {
    await ensureNamespace(cluster, namespace);
  }
  await Promise.all(healthyObjects(env).map((object) => putGitopsObject(cluster, object)));
  await Promise.all(
    gitopsSecrets(env).map(async ({ namespace, name }) => {
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        stringData: { value: planted },
      };
      accept(await cluster.request('POST', `/api/v1/namespaces/${namespace}/secrets`, secret), `Secret ${name}`, 409);
    }),
  );
}

/** Ways to spoil a healthy cluster; each turns the row named before the colon red. */
export const BREAKAGES: Readonly<Record<string, (cluster: Cluster, env: string) => Promise<void>>> = {
  'argocd.instance: controller not deployed': (cluster) =>
    putGitopsObject(
      cluster,
      gitopsObject('ArgoCD', 'openshift-gitops', 'openshift-gitops', { status: { phase: 'Available' } }),
    ),
  'argocd.repo-access: no credentials': (cluster, env) =>
    putGitopsObject(cluster, {
      ...gitopsObject('Application', 'openshift-gitops', `bitiq-umbrella-${env}`, {}),
      status: {
        sync: { status: 'Unknown' },
        health: { status: 'Healthy' },
        conditions: [{ type: 'ComparisonError', message: REPO_REFUSED }],
      },
    }),
  'vco.resources: login refused': (cluster, env) =>
    putGitopsObject(
      cluster,
      gitopsObject('Policy', 'openshift-gitops', `gitops-${env}`, {
        status: { conditions: [vcoFailed(loginRefused(env))] },
      }),
    ),
  'vso.resources: role missing': (cluster, env) =>
    putGitopsObject(
      cluster,
      gitopsObject('VaultStaticSecret', 'openshift-pipelines', 'quay-auth', {
        status: { lastGeneration: 1, conditions: vsoHealth(false, roleMissing(env)) },
      }),
    ),
};

/** Messages as the real programs write them, with credentials where theirs may carry some. */
export const REPO_REFUSED =
  'Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown desc = failed to list refs: authentication required: Repository not found. https://robot:planted-repo-password@github.com/bitiq-io/gitops.git';

export function loginRefused(env: string): string {
  return `Error making API request.\n\nURL: PUT https://vault.example:8200/v1/auth/kubernetes-${env}/login\nCode: 403. Errors:\n\n* permission denied`;
}

export function roleMissing(env: string): string {
  return `Failed to sync the secret, horizon=10s, err=Error making API request.\n\nURL: PUT https://vault.example:8200/v1/auth/kubernetes-${env}/login\nCode: 400. Errors:\n\n* invalid role name "gitops-${env}"`;
}

function accept(answer: Answer, what: string, alsoFine = 200): void {
  if (answer.status >= 300 && answer.status !== alsoFine) {
    throw new Error(`${what}: ${answer.status} ${answer.body?.message ?? ''}`);
  }
}
