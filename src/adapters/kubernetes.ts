import type { SecretFactory } from '../binding/secret.js';
import type { ClusterPort } from '../ports.js';
import { gitopsReads } from './gitops.js';
import { KubeApi } from './kube-api.js';
import type { ClusterCredentials } from './kubeconfig.js';
import { kubernetesReads } from './kubernetes-read.js';
import { kubernetesWrites } from './kubernetes-write.js';

/** The cluster over its API. */
export function createCluster(
  { endpoint, token }: ClusterCredentials,
  secret: SecretFactory,
  signal: AbortSignal,
): ClusterPort {
  const api = new KubeApi(endpoint, token, signal);
  return {
    server: api.server,
    skipsTlsVerify: api.skipsTlsVerify,
    skewSeconds: () => api.skewSeconds(),
    ...kubernetesReads(api),
    ...kubernetesWrites(api, secret),
    ...gitopsReads(api),
    close: () => api.close(),
  };
}
