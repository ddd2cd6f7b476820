import type { Code, Problem } from '../binding/errors.js';

const UNREAD: readonly Code[] = [
  'CLUSTER_UNREACHABLE',
  'CLUSTER_TLS',
  'CLUSTER_ERROR',
  'VAULT_UNREACHABLE',
  'VAULT_TLS',
  'VAULT_SEALED',
  'VAULT_NO_LEADER',
  'VAULT_ERROR',
  'OIDC_UNAVAILABLE',
  'TIMEOUT',
  'CANCELLED',
];

/** Whether a problem says that something could not be looked at, rather than that it is wrong. */
export function isUnread(found: Problem): boolean {
  return UNREAD.includes(found.code);
}
