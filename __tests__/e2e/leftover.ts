import type { Scene } from '../../sandbox/scene.ts';

const HOME = 'openshift-gitops';

/** What is in the cluster and in Vault beside the binding itself. */
export interface Left {
  readonly anchors: readonly string[];
  /** Anchors of a proof, which end with their run. */
  readonly proofs: readonly string[];
  readonly leases: readonly string[];
  readonly canaries: readonly string[];
}

export const leasesPath = `/apis/coordination.k8s.io/v1/namespaces/${HOME}/leases`;

async function names(scene: Scene, path: string): Promise<string[]> {
  const { body } = await scene.cluster.request('GET', path);
  return (body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
}

/** Anchors and Leases of every binding, and the canary of this mount. */
export async function left(scene: Scene, mount: string): Promise<Left> {
  const [secrets, leases, mounts] = await Promise.all([
    names(scene, `/api/v1/namespaces/${HOME}/secrets`),
    names(scene, leasesPath),
    scene.vault.request('GET', 'sys/auth'),
  ]);
  return {
    anchors: secrets.filter((name) => /-[0-9a-f]{10}-[ab]$/.test(name)),
    proofs: secrets.filter((name) => /-[0-9a-f]{10}-proof$/.test(name)),
    leases: leases.filter((name) => name.startsWith('vault-cluster-bind-')),
    canaries: Object.keys(mounts.body.data).filter((name) => name === `${mount}-canary/`),
  };
}

/** Makes every Lease one of a run that died long ago. */
export async function expireLeases(scene: Scene): Promise<void> {
  const renewTime = new Date(Date.now() - 600_000).toISOString().replace('Z', '000Z');
  const type = { 'content-type': 'application/merge-patch+json' };
  for (const name of (await left(scene, '')).leases)
    await scene.cluster.request('PATCH', `${leasesPath}/${name}`, { spec: { renewTime } }, type);
}
