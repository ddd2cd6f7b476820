import { type Problem, problem } from './errors.js';
import type { VaultHealth } from './facts.js';

/** Why a Vault that answers serves nobody, or undefined. */
export function healthProblem(url: string, health: VaultHealth): Problem | undefined {
  if (!health.initialized) {
    const hint = 'Run `vault operator init` there, then run this again.';
    return problem('VAULT_UNINITIALIZED', `Vault at ${url} is not initialised`, hint);
  }
  if (!health.sealed) return undefined;
  return problem(
    'VAULT_SEALED',
    `Vault at ${url} is sealed`,
    'Run `vault operator unseal` there, then run this again.',
  );
}
