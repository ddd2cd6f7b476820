import type { VaultAccess } from '../binding/intent.js';
import { absent, present } from '../binding/observed.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import type { Clock, VaultPort } from '../ports.js';
import type { HttpClient } from './http.js';
import { VaultClient } from './vault-client.js';
import { readHealth } from './vault-health.js';
import { VaultLogin } from './vault-login.js';
import { proveLogin } from './vault-proof.js';
import { observed, readCapabilities, readMountConfig, readMounts, readPolicy, readRole } from './vault-read.js';
import { readSecretField } from './vault-secret.js';
import { VaultTransport } from './vault-transport.js';
import {
  deletePath,
  describeMount,
  disableMount,
  enableMount,
  writeMountConfig,
  writePolicy,
  writeRole,
} from './vault-write.js';

export interface VaultOptions {
  readonly access: VaultAccess;
  /** A client of `access.url`; closed by `close()`. */
  readonly http: Pick<HttpClient, 'request' | 'lastDate' | 'close'>;
  readonly secret: SecretFactory;
  /** A fresh OIDC token for an audience; empty = the provider's default. */
  readonly idToken: (audience: string) => Promise<Secret>;
  /** Hands a token we obtained to the post step. */
  readonly save: (token: Secret, purpose: 'login' | 'proof') => void;
  readonly clock: Clock;
  /** Aborts waiting, reading and proving; never a write, nor what cleans up. */
  readonly signal: AbortSignal;
}

/** Vault over HTTP. Nothing is taken from the environment. */
export function createVault(options: VaultOptions): VaultPort {
  const { access, http, secret, clock, signal } = options;
  const transport = new VaultTransport(http, access.url, clock, signal);
  const connect = (namespace: string, token?: Secret): VaultClient =>
    new VaultClient(transport, access.url, { namespace, ...(token ? { token } : {}) });
  const save = (token: Secret): void => options.save(token, 'login');
  /** A proof's token dies at once, unless the run is killed in between: post has to know of it. */
  const proofSecret: SecretFactory = (label, value) => {
    const token = secret(label, value);
    options.save(token, 'proof');
    return token;
  };
  const login = new VaultLogin({ ...options, save, connect: (token) => connect(access.authNamespace, token) });
  const clients = new Map<Secret, VaultClient>();

  /** The client of the token that is good right now. */
  async function ours(): Promise<VaultClient> {
    const { token } = await login.session();
    const client = clients.get(token) ?? connect(access.namespace, token);
    clients.set(token, client);
    return client;
  }

  async function askCapabilities(paths: readonly string[]) {
    const { token } = await login.session();
    return readCapabilities(await ours(), paths, connect(access.authNamespace, token));
  }

  return {
    url: access.url,
    health: () => observed(async () => present(await readHealth(connect(''), transport, clock))),
    login: () => login.login(),
    mounts: () => observed(async () => readMounts(await ours())),
    mountConfig: (mount, proven) => observed(async () => readMountConfig(await ours(), mount, proven)),
    role: (mount, role) => observed(async () => readRole(await ours(), mount, role)),
    policy: (name) => observed(async () => readPolicy(await ours(), name)),
    capabilities: (paths) => (paths.length === 0 ? Promise.resolve(absent) : observed(() => askCapabilities(paths))),
    enableMount: async (mount, description) => {
      await enableMount(await ours(), mount, description);
      transport.expect(`auth/${mount}`);
    },
    describeMount: async (mount, description) => describeMount(await ours(), mount, description),
    disableMount: async (mount) => disableMount(await ours(), mount),
    writeMountConfig: async (mount, config) => writeMountConfig(await ours(), mount, config),
    writeRole: async (mount, role, fields) => writeRole(await ours(), mount, role, fields),
    writePolicy: async (name, text) => writePolicy(await ours(), name, text),
    deleteRole: async (mount, role) => deletePath(await ours(), `auth/${mount}/role/${role}`),
    deletePolicy: async (name) => deletePath(await ours(), `sys/policies/acl/${name}`),
    secretField: async (path, field) => readSecretField(await ours(), path, field, secret),
    proveLogin: (proof) => proveLogin(proof, (token) => connect(access.namespace, token), proofSecret),
    revokeOwnToken: () => login.revoke(),
    close: () => http.close(),
  };
}
