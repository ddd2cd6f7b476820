import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Issuer, startIssuer } from '../../sandbox/issuer.ts';
import type { VaultServer } from '../../sandbox/types.ts';
import { startVault } from '../../sandbox/vault.ts';
import { systemClock } from '../../src/adapters/clock.js';
import type { VaultAccess } from '../../src/binding/intent.js';
import type { Clock } from '../../src/ports.js';
import { masked, type Opened, open, secret, tokenOf } from './vault-setup.js';

let server: VaultServer;
let issuer: Issuer;
const JWT_ROLE = { role_type: 'jwt', user_claim: 'repository', bound_audiences: ['vault'], token_ttl: 600 };

/** A clock that is put forward by hand. */
function passing(): { clock: Clock; pass(seconds: number): void } {
  let ahead = 0;
  const own = systemClock();
  return {
    clock: { ...own, now: () => own.now() + ahead },
    pass: (seconds) => {
      ahead += seconds * 1000;
    },
  };
}

const jwt = (access: Partial<VaultAccess> = {}, claims: Record<string, string> = {}, clock?: Clock): Opened =>
  open(server.address, '', {
    ...(clock ? { clock } : {}),
    access: { method: 'jwt', role: 'bind', audience: 'vault', ...access },
    idToken: async (audience) => secret('oidc token', issuer.mint(audience, claims)),
  });

beforeAll(async () => {
  [server, issuer] = await Promise.all([startVault(), startIssuer()]);
  await server.request('POST', 'sys/auth/jwt', { type: 'jwt' });
  await server.request('POST', 'auth/jwt/config', { oidc_discovery_url: issuer.url, bound_issuer: issuer.url });
  const claims = { environment: 'vault-prodtest' };
  await server.request('POST', 'auth/jwt/role/bind', {
    ...JWT_ROLE,
    bound_claims: claims,
    token_policies: ['kube-auth'],
  });
  await server.request('POST', 'auth/jwt/role/batch', { ...JWT_ROLE, token_type: 'batch' });
  await server.request('POST', 'auth/jwt/role/brief', { ...JWT_ROLE, token_ttl: 30 });
  const policy = 'path "auth/token/renew-self" { capabilities = ["deny"] }';
  await server.request('PUT', 'sys/policies/acl/never-renewed', { policy });
  await server.request('POST', 'auth/jwt/role/capped', {
    ...JWT_ROLE,
    token_ttl: 30,
    token_policies: ['never-renewed'],
  });
  await server.request('POST', 'sys/auth/jwt-empty', { type: 'jwt' });
  await server.request('POST', 'sys/auth/approle', { type: 'approle' });
  await server.request('POST', 'auth/approle/role/bind', { token_policies: ['kube-auth'], token_ttl: 600 });
}, 60_000);
afterAll(() => Promise.all([server.stop(), issuer.stop()]));

const alive = async (token: string): Promise<boolean> =>
  (await server.request('GET', 'auth/token/lookup-self', undefined, token)).status === 200;

describe('by jwt', () => {
  test('a token is saved, used once for all callers, revoked and gone', async () => {
    const { vault, saved } = jwt();
    const before = issuer.minted.length;
    const [one, other] = await Promise.all([vault.login(), vault.login(), vault.mounts()]);
    expect(one).toMatchObject({
      state: 'present',
      value: {
        method: 'jwt',
        ours: true,
        policies: ['default', 'kube-auth'],
        batch: false,
        expiresAt: expect.any(Number),
      },
    });
    expect(other).toEqual(one);
    expect([issuer.minted.length - before, saved.length]).toEqual([1, 1]);
    const token = saved[0]?.reveal() ?? '';
    expect(masked).toContain(token);
    expect(await alive(token)).toBe(true);
    expect(await vault.revokeOwnToken()).toBe(true);
    expect(await alive(token)).toBe(false);
  });

  test('a token of half a minute is good for half of it, and then renewed', async () => {
    const { clock, pass } = passing();
    const { vault, saved } = jwt({ role: 'brief' }, {}, clock);
    const first = await vault.login();
    pass(10);
    expect(await vault.login()).toEqual(first);
    pass(10);
    const renewed = await vault.login();
    expect(renewed).not.toEqual(first);
    expect(saved).toHaveLength(1);
    expect(await vault.revokeOwnToken()).toBe(true);
  });

  test('a token that may not be renewed is replaced, and both die', async () => {
    const { clock, pass } = passing();
    const { vault, saved } = jwt({ role: 'capped' }, {}, clock);
    await vault.login();
    pass(20);
    await vault.login();
    expect(saved).toHaveLength(2);
    expect(await vault.revokeOwnToken()).toBe(true);
    expect(await Promise.all(saved.map((token) => alive(token.reveal())))).toEqual([false, false]);
  });

  test('a batch token is noted, and never called revoked', async () => {
    const { vault } = jwt({ role: 'batch' });
    expect(await vault.login()).toMatchObject({ value: { batch: true } });
    expect(await vault.revokeOwnToken()).toBe(false);
  });

  test.each<[string, Partial<VaultAccess>, Record<string, string>, RegExp, RegExp]>([
    ['a role that is not there', { role: 'typo' }, {}, /role typo.*no such role/, /vault list auth\/jwt\/role/],
    [
      'another environment',
      {},
      { environment: 'dev' },
      /bound_claims.*environment=dev/,
      /vault read auth\/jwt\/role\/bind/,
    ],
    ['another audience', { audience: 'sigstore' }, {}, /audience.*aud=sigstore/, /vault-jwt-audience/],
    ['a mount that is not there', { authPath: 'github' }, {}, /auth\/github\/login.*may be no jwt/, /vault-auth-path/],
    ['a mount that was never configured', { authPath: 'jwt-empty' }, {}, /never configured/, /auth\/jwt-empty\/config/],
    ['an unknown issuer', {}, { iss: 'https://elsewhere.example' }, /issuer.*iss=https:\/\/elsewhere/, /bound_issuer/],
  ])('%s is explained by the claims that were offered', async (_name, access, claims, message, hint) => {
    const { vault, saved } = jwt(access, claims);
    const seen = await vault.login();
    const found = seen.state === 'unreadable' ? seen.problem : undefined;
    expect(found).toMatchObject({
      code: 'VAULT_LOGIN',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(found?.message).toContain('repository_id=654321');
    expect(found?.message).toContain('in the root namespace');
    expect(inspect(seen, { depth: 9 })).not.toContain(issuer.minted.at(-1)?.split('.')[1]);
    expect(saved).toEqual([]);
    expect(await vault.revokeOwnToken()).toBe(false);
  });

  test('a namespace that is not there is named', async () => {
    if (server.kind === 'vault') return; // Its free edition has none.
    const { vault } = jwt({ namespace: 'nope', authNamespace: 'nope' });
    expect(await vault.login()).toMatchObject({
      problem: { code: 'VAULT_NAMESPACE', message: expect.stringContaining('nope') },
    });
  });

  test('what failed once is tried again', async () => {
    let refuse = true;
    const { vault } = open(server.address, '', {
      access: { method: 'jwt', role: 'bind', audience: 'vault' },
      idToken: async (audience) => secret('oidc token', issuer.mint(audience, refuse ? { environment: 'dev' } : {})),
    });
    expect(await vault.login()).toMatchObject({ state: 'unreadable' });
    refuse = false;
    expect(await vault.login()).toMatchObject({ state: 'present' });
    await vault.revokeOwnToken();
  });
});

describe('by approle', () => {
  const credentials = async (): Promise<Partial<VaultAccess>> => {
    const role = await server.request('GET', 'auth/approle/role/bind/role-id');
    const made = await server.request('POST', 'auth/approle/role/bind/secret-id');
    return {
      method: 'approle',
      roleId: secret('role id', role.body.data.role_id),
      secretId: secret('secret id', made.body.data.secret_id),
    };
  };

  test('a token is obtained and revoked', async () => {
    const { vault, saved } = open(server.address, '', { access: await credentials() });
    expect(await vault.login()).toMatchObject({
      value: { method: 'approle', ours: true, policies: ['default', 'kube-auth'] },
    });
    expect(await vault.revokeOwnToken()).toBe(true);
    expect(await alive(saved[0]?.reveal() ?? '')).toBe(false);
  });

  test('a token outlives its TTL though its SecretID is good for one login and nobody asks for it', async () => {
    const role = { token_policies: ['kube-auth'], token_ttl: 4, secret_id_num_uses: 1 };
    await server.request('POST', 'auth/approle/role/once', role);
    const id = await server.request('GET', 'auth/approle/role/once/role-id');
    const made = await server.request('POST', 'auth/approle/role/once/secret-id');
    const access: Partial<VaultAccess> = {
      method: 'approle',
      roleId: secret('role id', id.body.data.role_id),
      secretId: secret('secret id', made.body.data.secret_id),
    };
    const { vault, saved } = open(server.address, '', { access });
    await vault.login();
    await new Promise((resolve) => setTimeout(resolve, 7000));
    expect(await alive(saved[0]?.reveal() ?? '')).toBe(true);
    expect(await vault.login()).toMatchObject({ state: 'present' });
    expect(saved).toHaveLength(1);
    expect(await vault.revokeOwnToken()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect(saved).toHaveLength(1);
  }, 30_000);

  test.each([
    ['secretId', /secret id/],
    ['roleId', /role id/],
  ] as const)('a wrong %s is named, not shown', async (name, message) => {
    const wrong = { ...(await credentials()), [name]: secret(name, 'not-the-right-value-at-all') };
    const seen = await open(server.address, '', { access: wrong }).vault.login();
    expect(seen).toMatchObject({ problem: { code: 'VAULT_LOGIN', message: expect.stringMatching(message) } });
    expect(inspect(seen, { depth: 9 })).not.toContain('not-the-right-value');
  });
});

describe('by a token that was given', () => {
  test('it is looked up, and never revoked', async () => {
    const token = await tokenOf(server, 'path "sys/auth" { capabilities = ["read"] }', { ttl: '1h' });
    const { vault, saved } = open(server.address, token);
    const seen = await vault.login();
    expect(seen).toMatchObject({
      value: { method: 'token', ours: false, batch: false, policies: expect.arrayContaining(['default']) },
    });
    const expiresAt = seen.state === 'present' ? (seen.value.expiresAt ?? 0) : 0;
    expect(Math.abs(expiresAt - Date.now() - 3_600_000)).toBeLessThan(60_000);
    expect(await vault.revokeOwnToken()).toBe(false);
    expect([saved.length, await alive(token)]).toEqual([0, true]);
  });

  test('one that Vault does not know is called that, not a lack of policy', async () => {
    const { vault } = open(server.address, 'hvs.not-a-token-that-exists');
    for (const seen of [await vault.login(), await vault.mounts()]) {
      expect(seen).toMatchObject({ state: 'unreadable', problem: { code: 'VAULT_TOKEN' } });
    }
  });
});

describe('a proof', () => {
  const prove = (role: string, claims = {}, capabilitiesOf: readonly string[] = [], mount = 'jwt') =>
    jwt().vault.proveLogin({ mount, role, jwt: secret('proof', issuer.mint('vault', claims)), capabilitiesOf });

  test('that is accepted tells policies and capabilities, and its token is gone', async () => {
    await server.request('POST', 'sys/policies/acl/kube-auth', {
      policy: 'path "auth/k/config" { capabilities = ["read"] }',
    });
    const tokens = masked.length;
    expect(await prove('bind', {}, ['auth/k/config', 'sys/auth'])).toEqual({
      login: { outcome: 'accepted', policies: ['default', 'kube-auth'], leaseSeconds: 600, revoked: true },
      capabilities: { state: 'present', value: { 'auth/k/config': ['read'], 'sys/auth': ['deny'] } },
    });
    const token = masked.slice(tokens).find((value) => /^(hvs|s)\./.test(value)) ?? '';
    expect(token).not.toBe('');
    expect(await alive(token)).toBe(false);
  });

  test('by a batch token is not called revoked', async () => {
    expect(await prove('batch')).toMatchObject({
      login: { outcome: 'accepted', revoked: false },
      capabilities: { state: 'absent' },
    });
  });

  test('by a token that may ask nothing says so, and is not called revoked when it lives on', async () => {
    await server.request('POST', 'auth/jwt/role/mute', {
      ...JWT_ROLE,
      token_no_default_policy: true,
      token_policies: ['none'],
    });
    expect(await prove('mute', {}, ['sys/auth'])).toMatchObject({
      login: { outcome: 'accepted', revoked: false },
      capabilities: { state: 'unreadable', problem: { code: 'VAULT_FORBIDDEN' } },
    });
  });

  test('that is refused hands on status and text to ask, never to print', async () => {
    const { login } = await prove('bind', { environment: 'dev' });
    expect(login).toMatchObject({ outcome: 'refused', status: 400 });
    expect(login.outcome === 'refused' && login.text.matches(/claim/)).toBe(true);
    expect(inspect(login)).toContain('[foreign text]');
    const gone = await prove('bind', {}, [], 'nowhere');
    expect(gone.login).toMatchObject({ outcome: 'refused', status: 403 });
  });
});
