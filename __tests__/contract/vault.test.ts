import { afterAll, describe, expect, test } from '@jest/globals';
import { type Issuer, startIssuer } from '../../sandbox/issuer.ts';
import { send } from '../../sandbox/request.ts';
import type { VaultServer } from '../../sandbox/types.ts';
import { startVault, type VaultOptions } from '../../sandbox/vault.ts';

const started: { stop(): Promise<void> }[] = [];
const start = async (options?: VaultOptions): Promise<VaultServer> => {
  const vault = await startVault(options);
  started.push(vault);
  return vault;
};
afterAll(() => Promise.all(started.map((server) => server.stop())));

describe('a dev server', () => {
  test('holds what is written, and its audit log names path, caller and refusal', async () => {
    const vault = await start();
    await vault.request('POST', 'secret/data/a', { data: { b: 'c' } });
    expect((await vault.request('GET', 'secret/data/a')).body.data.data).toEqual({ b: 'c' });
    expect((await vault.request('GET', 'secret/data/a', undefined, 'wrong')).status).toBe(403);
    const events = (await vault.audit()).filter(({ path, type }) => path === 'secret/data/a' && type === 'response');
    expect(events.map(({ operation, error }) => [operation, error !== ''])).toEqual([
      [expect.stringMatching(/create|update/), false],
      ['read', false],
      ['read', true],
    ]);
    expect(events[0]).toMatchObject({ userAgent: 'vault-cluster-bind-sandbox', policies: ['root'] });
    await expect(vault.restart()).rejects.toThrow('memory');
  }, 30_000);

  test('logs a job in by the OIDC token of the issuer, and refuses other claims', async () => {
    const vault = await start();
    const issuer: Issuer = await startIssuer();
    started.push(issuer);
    await vault.request('POST', 'sys/auth/jwt', { type: 'jwt' });
    const config = { oidc_discovery_url: issuer.url, bound_issuer: issuer.url };
    expect((await vault.request('POST', 'auth/jwt/config', config)).status).toBe(204);
    const claims = { repository_id: '654321', environment: 'vault-prodtest' };
    const role = { role_type: 'jwt', user_claim: 'repository', bound_audiences: ['vault'], bound_claims: claims };
    await vault.request('POST', 'auth/jwt/role/bind', role);
    const login = (jwt: string) => vault.request('POST', 'auth/jwt/login', { role: 'bind', jwt }, '');
    const headers = { authorization: `bearer ${issuer.requestToken}` };
    const url = `${issuer.requestUrl}&audience=vault`;
    const { body } = await send({ method: 'GET', url, headers });
    expect((await login(body.value)).status).toBe(200);
    expect((await login(issuer.mint('vault', { environment: 'other' }))).status).toBe(400);
    expect((await login(issuer.mint('elsewhere'))).status).toBe(400);
    expect((await send({ method: 'GET', url })).status).toBe(401);
    expect(issuer.minted).toHaveLength(3);
  }, 30_000);
});

test('a raft server over TLS demands the client certificate, seals, unseals and keeps its data over a restart', async () => {
  const vault = await start({ mtls: true });
  const { address, caPem } = vault;
  await expect(send({ method: 'GET', url: `${address}/v1/sys/health`, caPem })).rejects.toThrow();
  await vault.request('POST', 'secret/data/a', { data: { b: 'c' } });
  await vault.seal();
  expect((await vault.request('GET', 'secret/data/a')).status).toBe(503);
  await vault.unseal();
  await vault.restart();
  expect((await vault.request('GET', 'secret/data/a')).body.data.data).toEqual({ b: 'c' });
}, 60_000);

test('a server can be left uninitialised, and initialised later', async () => {
  const vault = await start({ uninitialised: true });
  expect((await vault.request('GET', 'sys/health')).status).toBe(501);
  await vault.initialise();
  expect((await vault.request('GET', 'sys/health')).status).toBe(200);
}, 60_000);
