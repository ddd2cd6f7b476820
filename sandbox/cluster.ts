import type { Cluster, ClusterOptions } from './types.ts';

/** Starts the real control plane, or the emulated API server (at once, node alone). Default: emulated. */
export async function startCluster(options: ClusterOptions & { real?: boolean } = {}): Promise<Cluster> {
  const { real = false, ...rest } = options;
  if (real) {
    const { startRealCluster } = await import('./real/cluster.ts');
    return startRealCluster(rest);
  }
  const { startEmulatedCluster } = await import('./emulated/server.ts');
  return startEmulatedCluster(rest);
}
