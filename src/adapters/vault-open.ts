import type { VaultAccess } from '../binding/intent.js';
import type { Clock, VaultPort } from '../ports.js';
import { HttpClient } from './http.js';
import { mintIdToken } from './oidc.js';
import { proxyFor } from './proxy.js';
import type { Runner } from './runner.js';
import { createVault } from './vault.js';
import { vaultEndpoint } from './vault-endpoint.js';

/** Vault as this run reaches it; a token it obtains is kept for the post step. Throws BindError for unusable inputs. */
export function openVault(access: VaultAccess, runner: Runner, clock: Clock, signal: AbortSignal): VaultPort {
  const { secret, userAgent, env, oidc } = runner;
  const open = (url: string): HttpClient => {
    const proxyUrl = proxyFor(url, env);
    return new HttpClient({ url, userAgent, ...(proxyUrl === undefined ? {} : { proxyUrl }) });
  };
  return createVault({
    access,
    http: new HttpClient(vaultEndpoint(access, runner)),
    secret,
    idToken: (audience) => mintIdToken({ request: oidc, open, secret, clock, signal }, audience),
    save: runner.keepToken,
    clock,
    signal,
  });
}
