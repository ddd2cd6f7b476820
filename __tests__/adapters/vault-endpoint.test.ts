import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Issuer, startIssuer } from '../../sandbox/issuer.ts';
import { createAuthority } from '../../sandbox/pki.ts';
import { parseCommandFile } from '../../sandbox/runner/command-file.ts';
import type { VaultServer } from '../../sandbox/types.ts';
import { startVault } from '../../sandbox/vault.ts';
import { systemClock } from '../../src/adapters/clock.js';
import { createRunner } from '../../src/adapters/runner.js';
import { vaultEndpoint } from '../../src/adapters/vault-endpoint.js';
import { openVault } from '../../src/adapters/vault-open.js';
import type { Material, VaultAccess } from '../../src/binding/intent.js';
import { masked, secret } from './vault-setup.js';

const authority = createAuthority('vault-ca');
const pair = authority.client({ user: 'bind' });
const folder = mkdtempSync(join(tmpdir(), 'vault-endpoint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const given = (source: string, text: string, form: Material['form'] = 'inline'): Material => ({
  form,
  source,
  content: secret(source, text),
});
const certificate = given('vault-client-certificate', pair.certPem);
const key = given('vault-client-key', pair.keyPem);

const make = (access: Partial<VaultAccess>, env: Record<string, string> = {}) =>
  vaultEndpoint(
    { url: 'https://vault.example:8200', tlsSkipVerify: false, ...access },
    { env, secret, userAgent: 'vault-cluster-bind/test' },
  );

test('reads certificates and key in every form, and masks a key from a file', () => {
  writeFileSync(join(folder, 'client.key'), pair.keyPem);
  const before = masked.length;
  const endpoint = make({
    ca: given('vault-ca-certificate', Buffer.from(authority.certPem).toString('base64'), 'base64'),
    clientCertificate: certificate,
    clientKey: given('vault-client-key', join(folder, 'client.key'), 'path'),
  });
  expect(endpoint).toMatchObject({ caPem: authority.certPem, clientCertPem: pair.certPem });
  expect(endpoint.clientKey?.reveal()).toBe(pair.keyPem);
  expect(masked.slice(before)).toContain(pair.keyPem);
});

test('goes through the proxy of the environment, whose password is masked', () => {
  const env = { HTTPS_PROXY: 'http://user:proxy%20pass@proxy.example:3128', NO_PROXY: 'other.example' };
  expect(make({}, env).proxyUrl).toBe(env.HTTPS_PROXY);
  expect(masked).toContain('proxy pass');
  expect(make({ url: 'https://vault.other.example' }, env)).not.toHaveProperty('proxyUrl');
});

describe('what cannot be used is named, and not shown', () => {
  const stranger = createAuthority('stranger').client({ user: 'x' });
  const expired = authority.client({ user: 'late' }, { notAfter: new Date(Date.now() - 60_000) });

  test.each<[string, Partial<VaultAccess>, string, RegExp]>([
    ['http off loopback', { url: 'http://vault.example:8200' }, 'VAULT_INSECURE', /unencrypted/],
    [
      'a CA that is none',
      { ca: given('vault-ca-certificate', 'not PEM') },
      'INPUT_INVALID',
      /vault-ca-certificate holds no PEM/,
    ],
    [
      'a certificate alone',
      { clientCertificate: certificate },
      'INPUT_MISSING',
      /vault-client-certificate is set without/,
    ],
    ['a key alone', { clientKey: key }, 'INPUT_MISSING', /vault-client-key is set without/],
    [
      'a key of another certificate',
      { clientCertificate: certificate, clientKey: given('vault-client-key', stranger.keyPem) },
      'INPUT_INVALID',
      /vault-client-key is not the key of vault-client-certificate/,
    ],
    [
      'a key that is none',
      { clientCertificate: certificate, clientKey: given('vault-client-key', 'junk') },
      'INPUT_INVALID',
      /no unencrypted PEM key/,
    ],
    [
      'an expired certificate',
      {
        clientCertificate: given('VAULT_CLIENT_CERT', expired.certPem),
        clientKey: given('VAULT_CLIENT_KEY', expired.keyPem),
      },
      'INPUT_INVALID',
      /certificate in VAULT_CLIENT_CERT expired at 20/,
    ],
  ])('%s', (_name, access, code, message) => {
    let thrown: unknown;
    try {
      make(access);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(inspect(thrown, { depth: 9 })).not.toMatch(/BEGIN|junk|not PEM/);
  });

  test('http on loopback is fine', () => {
    expect(make({ url: 'http://127.0.0.1:8200' }).url).toBe('http://127.0.0.1:8200');
  });
});

describe('as a job of GitHub Actions wires it', () => {
  const state = join(folder, 'state');
  let server: VaultServer;
  let issuer: Issuer;

  beforeAll(async () => {
    [server, issuer] = await Promise.all([startVault({ mtls: true }), startIssuer()]);
    await server.request('POST', 'sys/auth/jwt', { type: 'jwt' });
    await server.request('POST', 'auth/jwt/config', { oidc_discovery_url: issuer.url, bound_issuer: issuer.url });
    await server.request('POST', 'auth/jwt/role/bind', {
      role_type: 'jwt',
      user_claim: 'repository',
      bound_audiences: ['vault'],
    });
    writeFileSync(state, '');
    process.env['GITHUB_STATE'] = state;
  }, 60_000);
  afterAll(async () => {
    delete process.env['GITHUB_STATE'];
    await Promise.all([server.stop(), issuer.stop()]);
  });

  const access = (certificates: Partial<VaultAccess>): VaultAccess => ({
    url: server.address,
    namespace: '',
    authNamespace: '',
    method: 'jwt',
    authPath: 'jwt',
    role: 'bind',
    audience: 'vault',
    tlsSkipVerify: false,
    ca: given('vault-ca-certificate', server.caPem ?? ''),
    ...certificates,
  });
  const env = () => ({
    GITHUB_STATE: state,
    ACTIONS_ID_TOKEN_REQUEST_URL: issuer.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: issuer.requestToken,
  });
  const open = (reach: Partial<VaultAccess>, variables: Record<string, string> = env()) =>
    openVault(access(reach), createRunner(variables), systemClock(), new AbortController().signal);
  const own = (): Partial<VaultAccess> => ({
    clientCertificate: given('vault-client-certificate', server.client?.certPem ?? ''),
    clientKey: given('vault-client-key', server.client?.keyPem ?? ''),
  });

  test('it logs in over TLS with a client certificate, and the token is in the state before it is used', async () => {
    const vault = open(own());
    expect(await vault.login()).toMatchObject({ value: { method: 'jwt', ours: true } });
    const token = parseCommandFile(readFileSync(state, 'utf8'))['vault-tokens'] ?? '';
    expect((await server.request('GET', 'auth/token/lookup-self', undefined, token)).status).toBe(200);
    expect(await vault.revokeOwnToken()).toBe(true);
    expect((await server.request('GET', 'auth/token/lookup-self', undefined, token)).status).toBe(403);
    vault.close();
  });

  test('a client certificate that Vault does not know, or none, is called that', async () => {
    for (const reach of [{ clientCertificate: certificate, clientKey: key }, {}]) {
      const vault = open(reach);
      expect(await vault.health()).toMatchObject({
        problem: { code: 'VAULT_TLS', hint: expect.stringContaining('vault-client-certificate') },
      });
      vault.close();
    }
  });

  test('without id-token: write it says so', async () => {
    const vault = open(own(), { GITHUB_STATE: state });
    expect(await vault.login()).toMatchObject({ problem: { code: 'OIDC_PERMISSION' } });
    vault.close();
  });
});
