import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../../sandbox/fault-proxy.ts';
import type { VaultServer } from '../../sandbox/types.ts';
import { startVault } from '../../sandbox/vault.ts';

// What node-vault, axios and debug would take from here.
const TRAPS = {
  VAULT_ADDR: 'http://127.0.0.1:1',
  VAULT_TOKEN: 'hvs.from-the-environment',
  VAULT_NAMESPACE: 'from-the-environment',
  VAULT_PREFIX: '/from-the-environment',
  VAULT_SKIP_VERIFY: '1',
  NODE_VAULT_DEBUG: '1',
  DEBUG: '*',
  HTTP_PROXY: 'http://127.0.0.1:1',
};

let server: VaultServer;
let proxy: FaultProxy;

beforeAll(async () => {
  server = await startVault();
  proxy = await startFaultProxy(server.address);
  Object.assign(process.env, TRAPS);
}, 60_000);
afterAll(async () => {
  for (const name of Object.keys(TRAPS)) delete process.env[name];
  await proxy.stop();
  await server.stop();
});

test('the environment changes nothing, and DEBUG shows nothing', async () => {
  // Only now, for `debug` reads its variable when it is loaded.
  const { open, secret } = await import('./vault-setup.js');
  const shown: string[] = [];
  const take = (chunk: unknown): boolean => shown.push(String(chunk)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(take));
  const { vault } = open(proxy.address, server.rootToken);
  try {
    expect(await vault.health()).toMatchObject({ state: 'present' });
    expect(await vault.login()).toMatchObject({ value: { policies: ['root'] } });
    await vault.writePolicy('quiet', '# planted-text');
    const jwt = secret('proof', 'eyJhbGciOiJub25l.e30x.c2ln');
    expect(await vault.proveLogin({ mount: 'none', role: 'r', jwt, capabilitiesOf: [] })).toMatchObject({
      login: { status: 403 },
    });
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  expect(shown.join('')).not.toMatch(/planted-text|eyJhbGci|from-the-environment|sandbox-root/);
  const nobody = proxy.exchanges.filter(({ path }) => /health|login$/.test(path));
  expect(nobody).toHaveLength(2);
  for (const { headers } of nobody) expect(headers).not.toHaveProperty('x-vault-token');
  for (const { headers, path } of proxy.exchanges) {
    expect(path).toMatch(/^\/v1\/(sys|auth)\//);
    expect(headers).toMatchObject({ 'x-vault-request': 'true', 'user-agent': 'vault-cluster-bind/test' });
    expect(headers).not.toHaveProperty('x-vault-namespace');
    expect(headers['x-vault-token'] ?? server.rootToken).toBe(server.rootToken);
  }
  expect(process.env['VAULT_TOKEN']).toBe(TRAPS.VAULT_TOKEN);
});
