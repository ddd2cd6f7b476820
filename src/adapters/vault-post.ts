import type { VaultAccess } from '../binding/intent.js';
import type { Secret } from '../binding/secret.js';
import { systemClock } from './clock.js';
import { HttpClient } from './http.js';
import { VaultClient } from './vault-client.js';
import { type Caller, vaultEndpoint } from './vault-endpoint.js';
import { isBatch, revokeToken } from './vault-revoke.js';
import { VaultTransport } from './vault-transport.js';

/** How long a Vault that stumbles is tried again. */
const LIMIT_MS = 10_000;

type Reached = Parameters<typeof vaultEndpoint>[0] & Pick<VaultAccess, 'authNamespace' | 'namespace'>;

/** What a run left, by the namespace it is known in. */
export interface LeftTokens {
  readonly login: readonly Secret[];
  readonly proof: readonly Secret[];
}

/** What became of the tokens a run left to its post step. */
export interface Revocation {
  readonly gone: number;
  /** Batch tokens, which nobody can revoke. */
  readonly batch: number;
  readonly left: number;
}

/** Revokes every token, all at once. Throws BindError for inputs that cannot be used, nothing else. */
export async function revokeAll({ login, proof }: LeftTokens, access: Reached, caller: Caller): Promise<Revocation> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const http = new HttpClient(vaultEndpoint(access, caller));
  const transport = new VaultTransport(http, access.url, systemClock(signal), signal);
  const tokens = [
    ...login.map((token) => ({ token, namespace: access.authNamespace })),
    ...proof.map((token) => ({ token, namespace: access.namespace })),
  ];
  const batch = tokens.filter(({ token }) => isBatch(token.reveal(), undefined));
  const others = tokens.filter((identity) => !batch.includes(identity));
  const results = await Promise.all(
    others.map((identity) => revokeToken(new VaultClient(transport, access.url, identity))),
  );
  http.close();
  const gone = results.filter(Boolean).length;
  return { gone, batch: batch.length, left: others.length - gone };
}
