import type { VaultAccess } from '../binding/intent.js';
import { Reader } from '../inputs/reader.js';
import { readVaultAccess } from '../inputs/vault.js';
import type { Runner } from './runner.js';

/**
 * How the main step reached Vault, read from the inputs and variables it had, which are the post step's too. Problems
 * are passed over: had main met one, there would be no token to revoke.
 */
export function reachAgain({ inputs, env, secret }: Runner): VaultAccess {
  return readVaultAccess(
    new Reader({
      names: [],
      input: (name) => inputs[name],
      env: (name) => env[name],
      secret,
      canMintOidcToken: true,
    }),
  );
}
