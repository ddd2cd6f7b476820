import type { VaultServer } from '../../sandbox/types.ts';
import { systemClock } from '../../src/adapters/clock.js';
import { HttpClient } from '../../src/adapters/http.js';
import { createVault } from '../../src/adapters/vault.js';
import type { VaultAccess } from '../../src/binding/intent.js';
import { type Secret, secretFactory } from '../../src/binding/secret.js';
import type { Clock, VaultPort } from '../../src/ports.js';

export const masked: string[] = [];
export const secret = secretFactory((value) => masked.push(value));

export interface Opened {
  readonly vault: VaultPort;
  /** Tokens handed to the post step. */
  readonly saved: Secret[];
  abort(reason?: unknown): void;
}

export interface OpenOptions {
  readonly access?: Partial<VaultAccess>;
  readonly idToken?: (audience: string) => Promise<Secret>;
  readonly clock?: Clock;
  readonly caPem?: string;
}

/** The adapter, pointed at `url`; with the method `token` and `token` unless `access` says otherwise. */
export function open(url: string, token: string, options: OpenOptions = {}): Opened {
  const saved: Secret[] = [];
  const controller = new AbortController();
  const vault = createVault({
    access: {
      url,
      namespace: '',
      authNamespace: options.access?.namespace ?? '',
      method: 'token',
      authPath: options.access?.method ?? 'token',
      role: '',
      audience: '',
      token: secret('given token', token),
      tlsSkipVerify: false,
      ...options.access,
    },
    http: new HttpClient({
      url,
      userAgent: 'vault-cluster-bind/test',
      ...(options.caPem ? { caPem: options.caPem } : {}),
    }),
    secret,
    idToken: options.idToken ?? (() => Promise.reject(new Error('no OIDC in this test'))),
    save: (found) => saved.push(found),
    clock: options.clock ?? systemClock(controller.signal),
    signal: controller.signal,
  });
  return { vault, saved, abort: (reason) => controller.abort(reason) };
}

/** A token of these policy lines; `extra` goes to `auth/token/create`. */
export async function tokenOf(server: VaultServer, policy: string, extra: object = {}): Promise<string> {
  const name = `p${Math.random().toString(36).slice(2)}`;
  await server.request('POST', `sys/policies/acl/${name}`, { policy });
  const { body } = await server.request('POST', 'auth/token/create', { policies: [name], ...extra });
  return body.auth.client_token;
}
