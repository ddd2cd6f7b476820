import type { Intent, PolicyScope } from '../binding/intent.js';
import { originOf } from './cluster.js';
import { readMount, readNamespace, readObjectName, readVaultName } from './name.js';
import type { Reader } from './reader.js';

const LEAST_TOKEN_SECONDS = 600;
/** What the API server takes at most. */
const MOST_TOKEN_SECONDS = 2 ** 32;
const SCOPES: readonly PolicyScope[] = ['mount', 'shared'];

type Names = Pick<
  Intent,
  | 'mount'
  | 'reviewer'
  | 'reviewerTokenTtlSeconds'
  | 'rotationIntervalSeconds'
  | 'connectionRole'
  | 'connectionPolicy'
  | 'connectionPolicyScope'
  | 'connection'
  | 'appNamespace'
  | 'gitopsRole'
  | 'gitopsPolicy'
  | 'gitopsPolicyText'
>;

/** What things are called on both sides; `ttlSeconds` is the mode's own lifetime of a reviewer token. */
export function readNames(reader: Reader, ttlSeconds: number): Names {
  const mount = readMount(reader);
  const appNamespace = readNamespace(reader, 'app-namespace');
  reader.define('app-namespace', appNamespace || 'app-namespace');
  const ttl = reader.seconds('reviewer-token-ttl', LEAST_TOKEN_SECONDS, MOST_TOKEN_SECONDS, 'from 10m to 2^32 s');
  const interval = reader.seconds('rotation-interval', 60, MOST_TOKEN_SECONDS, 'from 1m to 2^32 s');
  const policyFile = reader.text('gitops-policy-file') === '' ? undefined : reader.path('gitops-policy-file');
  return {
    mount,
    appNamespace,
    reviewer: {
      namespace: readNamespace(reader, 'reviewer-namespace'),
      name: readObjectName(reader, 'reviewer-service-account'),
    },
    reviewerTokenTtlSeconds: ttl ?? ttlSeconds,
    rotationIntervalSeconds: interval ?? 0,
    connectionRole: readVaultName(reader, 'connection-role'),
    connectionPolicy: readVaultName(reader, 'connection-policy'),
    connectionPolicyScope: reader.oneOf('connection-policy-scope', SCOPES) ?? 'mount',
    connection: {
      namespace: readNamespace(reader, 'connection-namespace'),
      name: readObjectName(reader, 'connection-service-account'),
    },
    gitopsRole: readVaultName(reader, 'gitops-role'),
    gitopsPolicy: readVaultName(reader, 'gitops-policy'),
    ...(policyFile ? { gitopsPolicyText: policyFile } : {}),
  };
}

/** What Vault is told of the API server, where it is not what the credentials say. */
export function readHost(reader: Reader): Pick<Intent, 'kubernetesHost' | 'kubernetesCa'> {
  const host = originOf(reader, 'kubernetes-host');
  const ca = reader.material('kubernetes-ca-certificate');
  if (host !== undefined && !host.startsWith('https:')) {
    reader.fail(
      'HOST_INSECURE',
      'kubernetes-host is not an https URL',
      'Set kubernetes-host to the https URL under which Vault reaches the API server.',
    );
  }
  return { ...(host === undefined ? {} : { kubernetesHost: host }), ...(ca ? { kubernetesCa: ca } : {}) };
}
