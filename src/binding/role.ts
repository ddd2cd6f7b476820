import type { RoleWrite } from '../ports.js';
import type { RoleFact } from './facts.js';
import type { Intent } from './intent.js';
import { anyAdmits } from './name-pattern.js';
import { mountPolicyName } from './policy.js';
import type { FieldChange } from './step.js';

/** Name of the role, and of the ServiceAccount beside the reviewer, that proves logins without VCO's account. */
export const PROBE = 'vault-cluster-bind-probe';

/** What bind makes true of a role; existing bindings are kept and added to. */
export interface DesiredRole {
  readonly role: string;
  readonly serviceAccount: string;
  readonly namespace: string;
  readonly policies: readonly string[];
  readonly tokenTtlSeconds: number;
  readonly tokenMaxTtlSeconds: number;
}

/** `kube-auth`: VCO logs in once per reconcile and never revokes, so its tokens live ten minutes. */
export function connectionRole(intent: Intent): DesiredRole {
  const shared = intent.connectionPolicyScope === 'shared';
  return {
    role: intent.connectionRole,
    serviceAccount: intent.connection.name,
    namespace: intent.connection.namespace,
    policies: shared ? [intent.connectionPolicy] : [intent.connectionPolicy, mountPolicyName(intent)],
    tokenTtlSeconds: 600,
    tokenMaxTtlSeconds: 1200,
  };
}

export function probeRole(intent: Intent): DesiredRole {
  return {
    role: PROBE,
    serviceAccount: PROBE,
    namespace: intent.reviewer.namespace,
    policies: [],
    tokenTtlSeconds: 300,
    tokenMaxTtlSeconds: 300,
  };
}

/** The write that makes `found` admit what is desired, and the fields it changes; no fields = nothing to do. */
export function planRole(
  desired: DesiredRole,
  found: RoleFact | undefined,
): { fields: RoleWrite; changes: readonly FieldChange[] } {
  const names = withBinding(found?.serviceAccountNames ?? [], desired.serviceAccount);
  // A selector is matched besides the list, and only by a reviewer that may read namespaces: ours may not.
  const namespaces = withBinding(found?.serviceAccountNamespaces ?? [], desired.namespace);
  const policies = [
    ...(found?.tokenPolicies ?? []),
    ...desired.policies.filter((policy) => !found?.tokenPolicies.includes(policy)),
  ];
  // A role without TTL gets Vault's default lease of 32 days; a TTL someone chose stays.
  const ttl = found && found.tokenTtlSeconds > 0 ? found.tokenTtlSeconds : desired.tokenTtlSeconds;
  const maxTtl =
    found && found.tokenMaxTtlSeconds > 0 ? found.tokenMaxTtlSeconds : Math.max(desired.tokenMaxTtlSeconds, ttl);
  const fields = {
    serviceAccountNames: names,
    serviceAccountNamespaces: namespaces,
    tokenPolicies: policies,
    tokenTtlSeconds: Math.min(ttl, maxTtl),
    tokenMaxTtlSeconds: maxTtl,
    namespaceSelector: found?.namespaceSelector ?? '',
  };
  const changes = [
    change('bound_service_account_names', found?.serviceAccountNames, names),
    change('bound_service_account_namespaces', found?.serviceAccountNamespaces, namespaces),
    change('token_policies', found?.tokenPolicies, policies),
    change('token_ttl', found && [`${found.tokenTtlSeconds}s`], [`${fields.tokenTtlSeconds}s`]),
    change('token_max_ttl', found && [`${found.tokenMaxTtlSeconds}s`], [`${fields.tokenMaxTtlSeconds}s`]),
  ];
  return { fields, changes: changes.filter((entry) => entry.from !== entry.to) };
}

/** Bindings on the role beyond what is desired: named, never removed. */
export function extraBindings(desired: DesiredRole, found: RoleFact): readonly string[] {
  const extras = [
    ...found.serviceAccountNames
      .filter((name) => name !== desired.serviceAccount)
      .map((name) => `ServiceAccount ${name}`),
    ...found.serviceAccountNamespaces.filter((name) => name !== desired.namespace).map((name) => `namespace ${name}`),
    ...found.tokenPolicies
      .filter((name) => !desired.policies.includes(name) && name !== 'default')
      .map((name) => `policy ${name}`),
  ];
  return found.namespaceSelector ? [...extras, 'a namespace selector'] : extras;
}

/** Whether the role lets the desired ServiceAccount in with the desired policies. */
export function roleAdmits(desired: DesiredRole, found: RoleFact): boolean {
  return planRole(desired, found).changes.every(
    (entry) => entry.field.startsWith('token_') && entry.field !== 'token_policies',
  );
}

function withBinding(bound: readonly string[], wanted: string): readonly string[] {
  return anyAdmits(bound, wanted) ? bound : [...bound, wanted];
}

function change(field: string, from: readonly string[] | undefined, to: readonly string[]): FieldChange {
  return { field, from: from ? from.join(', ') || 'none' : 'unset', to: to.join(', ') || 'none' };
}
