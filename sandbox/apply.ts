import { loadAll } from 'js-yaml';
import type { Cluster } from './types.ts';

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
};

function collection({ apiVersion, kind, metadata }: Manifest): string {
  const plural = PLURALS[kind];
  if (plural === undefined) throw new Error(`no plural known for ${kind}`);
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return metadata.namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${metadata.namespace}/${plural}`;
}

/** What `kubectl apply -f` does for the few kinds of a permission file: create, or replace what is there. */
export async function applyYaml(cluster: Cluster, text: string): Promise<void> {
  for (const manifest of loadAll(text) as Manifest[]) {
    const path = collection(manifest);
    const made = await cluster.request('POST', path, manifest);
    if (made.status === 201) continue;
    const replaced =
      made.status === 409 ? await cluster.request('PUT', `${path}/${manifest.metadata.name}`, manifest) : made;
    const harmless = manifest.kind === 'Namespace' && made.status === 409;
    if (replaced.status >= 300 && !harmless)
      throw new Error(`${manifest.kind} ${manifest.metadata.name}: HTTP ${replaced.status}`);
  }
}
