import type { SecretFactory } from '../binding/secret.js';
import type { ClusterPort } from '../ports.js';
import { gitopsReads } from './gitops.js';
import { KubeApi, type Renewal } from './kube-api.js';
import type { ClusterCredentials } from './kubeconfig.js';
import { kubernetesLeases } from './kubernetes-lease.js';
import { kubernetesReads } from './kubernetes-read.js';
import { kubernetesSecrets } from './kubernetes-secret.js';
import { kubernetesWrites } from './kubernetes-write.js';

/** The cluster over its API. @throws BindError when the credentials cannot be used */
export function createCluster(
  credentials: ClusterCredentials,
  secret: SecretFactory,
  signal: AbortSignal,
  renew?: Renewal,
): ClusterPort {
  const api = new KubeApi(credentials, signal, renew);
  return {
    server: api.server,
    skipsTlsVerify: api.skipsTlsVerify,
    skewSeconds: () => api.skewSeconds(),
    ...kubernetesReads(api),
    ...kubernetesWrites(api, secret),
    ...kubernetesSecrets(api),
    ...kubernetesLeases(api),
    ...gitopsReads(api),
    close: () => api.close(),
  };
}
