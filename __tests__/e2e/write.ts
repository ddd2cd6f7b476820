import type { AuditEvent, Cluster, VaultAuditEvent, VaultServer } from '../../sandbox/types.ts';

const READS = ['get', 'list', 'watch'];
/** What asks something in the form of a create. */
const QUESTIONS = [
  'tokenreviews',
  'subjectaccessreviews',
  'selfsubjectaccessreviews',
  'selfsubjectreviews',
  'selfsubjectrulesreviews',
];

/** Requests of the action that changed the cluster: TokenRequests, reviews and dry runs do not. */
export async function clusterWrites(cluster: Cluster): Promise<readonly AuditEvent[]> {
  return (await cluster.audit()).filter(
    ({ verb, resource, subresource, dryRun, status, userAgent }) =>
      userAgent.startsWith('vault-cluster-bind/') &&
      !READS.includes(verb) &&
      !QUESTIONS.includes(resource) &&
      subresource !== 'token' &&
      !dryRun &&
      status < 300,
  );
}

const LOOKS = /^(auth\/token\/(revoke|lookup|renew)-self|sys\/capabilities-self|auth\/[^/]+(\/[^/]+)*\/login)$/;

/** Requests of the action that changed Vault: logins, look-ups and revocations of its own tokens do not. */
export async function vaultWrites(vault: VaultServer): Promise<readonly VaultAuditEvent[]> {
  return (await vault.audit()).filter(
    ({ type, operation, path, error, userAgent }) =>
      type === 'response' &&
      error === '' &&
      userAgent.startsWith('vault-cluster-bind/') &&
      ['create', 'update', 'delete', 'patch'].includes(operation) &&
      !LOOKS.test(path),
  );
}
