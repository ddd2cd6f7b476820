import { condition } from './gitops-objects.ts';
import type { Scene } from './scene.ts';
import type { Answer } from './types.ts';

const GROUP = '/apis/secrets.hashicorp.com/v1beta1';

/** The message of vault-secrets-operator over Vault's own answer. */
function told(what: string, scene: Scene, method: string, path: string, { status, body }: Answer): string {
  const errors = ((body?.errors ?? []) as string[]).map((error) => `* ${error}`).join('\n');
  return `${what}, err=Error making API request.\n\nURL: ${method} ${scene.vault.address}/v1/${path}\nCode: ${status}. Errors:\n\n${errors}`;
}

/**
 * One reconcile of a VaultStaticSecret as vault-secrets-operator does it: a login as the ServiceAccount of its namespace,
 * a read, the Secret, and the status that tells how it went, in its own and Vault's words.
 */
export async function reconcileStaticSecret(scene: Scene, namespace: string, name: string): Promise<void> {
  const { cluster } = scene;
  const path = `${GROUP}/namespaces/${namespace}/vaultstaticsecrets/${name}`;
  const { status, body } = await cluster.request('GET', path);
  if (status !== 200) return;
  const failure = await sync(scene, namespace, body.spec);
  const isHealthy = failure === '';
  const state = isHealthy ? 'True' : 'False';
  const observedGeneration = body.metadata.generation;
  const conditions = [
    condition('SecretSynced', state, 'Synced', failure, { observedGeneration }),
    condition('Healthy', state, isHealthy ? 'Healthy' : 'Unhealthy', '', { observedGeneration }),
    condition('Ready', state, 'Ready', '', { observedGeneration }),
  ];
  await cluster.request('PUT', `${path}/status`, {
    ...body,
    status: { lastGeneration: observedGeneration, secretMAC: 'c2VjcmV0LW1hYw==', conditions },
  });
}

interface StaticSpec {
  readonly destination: { readonly name: string; readonly create?: boolean };
  readonly mount: string;
  readonly path: string;
  readonly vaultAuthRef: string;
}

/** Empty when it went well. */
async function sync(scene: Scene, namespace: string, spec: StaticSpec): Promise<string> {
  const { cluster, vault } = scene;
  const core = `/api/v1/namespaces/${namespace}`;
  const auth = await cluster.request('GET', `${GROUP}/namespaces/${namespace}/vaultauths/${spec.vaultAuthRef}`);
  if (auth.status !== 200)
    return `Failed to get Vault client: VaultAuth.secrets.hashicorp.com "${spec.vaultAuthRef}" not found`;
  const { mount, kubernetes } = auth.body.spec;
  const account = `${core}/serviceaccounts/${kubernetes.serviceAccount}/token`;
  const minted = await cluster.request('POST', account, { spec: { expirationSeconds: 600 } });
  const login = `auth/${mount}/login`;
  const credentials = { role: kubernetes.role, jwt: minted.body.status.token };
  const accepted = await vault.request('PUT', login, credentials, '');
  if (accepted.status !== 200) return told('Failed to sync the secret, horizon=10s', scene, 'PUT', login, accepted);
  const source = `${spec.mount}/data/${spec.path}`;
  const read = await vault.request('GET', source, undefined, accepted.body.auth.client_token);
  if (read.status === 404)
    return `Failed to sync the secret, horizon=10s, err=empty response from Vault, path="${source}"`;
  if (read.status !== 200) return told('Failed to sync the secret, horizon=10s', scene, 'GET', source, read);
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: spec.destination.name },
    stringData: read.body.data.data,
  };
  if (spec.destination.create === true) await cluster.request('POST', `${core}/secrets`, secret);
  return '';
}
