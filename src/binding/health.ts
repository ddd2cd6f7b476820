import { type Problem, problem } from './errors.js';
import type { VaultHealth } from './facts.js';
import type { VaultAccess } from './intent.js';

type Place = Pick<VaultAccess, 'url' | 'namespace' | 'authNamespace'>;

/** Why a Vault that answers serves nobody, or undefined. */
export function healthProblem({ url, namespace, authNamespace }: Place, health: VaultHealth): Problem | undefined {
  if (!health.initialized) {
    const hint = 'Run `vault operator init` there, then run this again.';
    return problem('VAULT_UNINITIALIZED', `Vault at ${url} is not initialised`, hint);
  }
  if (health.sealed) {
    return problem(
      'VAULT_SEALED',
      `Vault at ${url} is sealed`,
      'Run `vault operator unseal` there, then run this again.',
    );
  }
  const asked = namespace || authNamespace;
  if (health.hasNamespaces || asked === '') return undefined;
  return problem(
    'VAULT_NAMESPACE',
    `Vault at ${url} has no namespaces, and would do everything for ${asked} in its root namespace`,
    'Leave out vault-namespace and vault-auth-namespace, or set vault-url to a Vault that has namespaces.',
  );
}
