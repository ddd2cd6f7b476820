import type { VaultClient } from './vault-client.js';
import { isTokenRefusal } from './vault-error.js';

/** The end of a run is not held up for long: what is not revoked dies of its TTL. */
const BRIEF = { abortable: false, timeoutMs: 10_000 };

/** Whether a token cannot be revoked: batch tokens live until they expire. */
export function isBatch(token: string, type: unknown): boolean {
  return type === 'batch' || /^(hvb|b)\./.test(token);
}

/**
 * Revokes the client's own token and looks whether it is gone. Never throws: false when it lives on or that could not
 * be told. Not given up when the run is cancelled.
 */
export async function revokeToken(client: VaultClient): Promise<boolean> {
  try {
    const revoked = await client.send('POST', 'auth/token/revoke-self', undefined, BRIEF);
    if (isTokenRefusal(revoked)) return true;
    const seen = await client.send('GET', 'auth/token/lookup-self', undefined, BRIEF);
    return isTokenRefusal(seen);
  } catch {
    return false;
  }
}
