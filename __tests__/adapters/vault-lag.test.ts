import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../../sandbox/fault-proxy.ts';
import type { VaultServer } from '../../sandbox/types.ts';
import { startVault } from '../../sandbox/vault.ts';
import { judgeAnswer, judgeFault } from '../../src/adapters/vault-lag.js';
import type { Clock } from '../../src/ports.js';
import { open, secret } from './vault-setup.js';

describe('what an answer says about trying again', () => {
  const once = false;
  test.each([
    [412, 'required index state not present', once, 'lag'],
    [429, '', once, 'lag'],
    [404, 'no handler for route "auth/k/config". route entry not found.', true, 'no'],
    [400, 'failed to persist policy: context canceled', true, 'election'],
    [400, 'failed to persist policy: context canceled', once, 'no'],
    [400, 'failed to parse policy', true, 'no'],
    [500, 'local node not active but active cluster node not found', once, 'election'],
    [500, 'internal error', true, 'few'],
    [500, 'internal error', once, 'no'],
    [502, '', once, 'no'],
    [502, '', true, 'election'],
    [503, '', once, 'election'],
    [503, 'Vault is sealed', true, 'no'],
    [403, 'permission denied', true, 'no'],
  ])('%d %j, repeatable: %s', (status, text, repeatable, again) => {
    expect(judgeAnswer(status, { errors: [text] }, repeatable, false)).toBe(again);
  });

  test('a mount that we just enabled may be unknown to the node', () => {
    expect(judgeAnswer(404, { errors: ['no handler for route "auth/k/config"'] }, false, true)).toBe('lag');
    expect(judgeAnswer(404, { errors: [] }, true, true)).toBe('no');
  });

  test.each([
    ['refused', false, { served: true, standby: false }, 'election'],
    ['refused', true, { served: false, standby: false }, 'no'],
    ['reset', true, { served: true, standby: false }, 'election'],
    ['reset', true, { served: false, standby: false }, 'few'],
    ['reset', false, { served: true, standby: false }, 'no'],
    ['redirect', false, { served: true, standby: true }, 'election'],
    ['redirect', true, { served: true, standby: false }, 'no'],
    ['timeout', true, { served: true, standby: false }, 'no'],
  ] as const)('without one: %s, repeatable: %s, %j', (kind, repeatable, vault, again) => {
    expect(judgeFault(kind, repeatable, vault)).toBe(again);
  });
});

describe('over the wire', () => {
  let server: VaultServer;
  let proxy: FaultProxy;
  let waitedMs = 0;

  beforeAll(async () => {
    server = await startVault();
    proxy = await startFaultProxy(server.address);
  }, 60_000);
  afterEach(() => proxy.clear());
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });

  function patient() {
    const from = Date.now();
    waitedMs = 0;
    const clock: Clock = {
      now: () => from + waitedMs,
      sleep: async (milliseconds) => {
        waitedMs += milliseconds;
      },
    };
    return open(proxy.address, server.rootToken, { clock }).vault;
  }
  const standby = JSON.stringify({ ha_enabled: true, is_self: false, leader_address: 'https://gone:8200' });
  const gone = { redirect: 'https://gone:8200/v1/x' };
  const asked = (path: RegExp) => proxy.exchanges.filter((exchange) => path.test(exchange.path)).length;

  test('a standby that sends us to a dead node is asked again, for a login too', async () => {
    proxy.inject({ path: /sys\/leader/, fault: { status: 200, body: standby } });
    proxy.inject({ path: /acl\/moved/, nth: 1, fault: gone });
    await patient().writePolicy('moved', '# moved');
    expect((await server.request('GET', 'sys/policies/acl/moved')).body.data.policy).toBe('# moved');
    proxy.inject({ path: /auth\/k\/login/, nth: 1, fault: gone });
    const proof = { mount: 'k', role: 'r', jwt: secret('j', 'eyJhbGciOiJub25l.e30x.c2ln'), capabilitiesOf: [] };
    expect((await patient().proveLogin(proof)).login).toMatchObject({ outcome: 'refused' });
    expect(asked(/auth\/k\/login/)).toBe(2);
  });

  test('a Vault that stays away is waited for once, not at every request', async () => {
    const vault = patient();
    expect(await vault.login()).toMatchObject({ state: 'present' });
    proxy.inject({ path: /sys\/(auth|policies)/, fault: { reset: true } });
    expect(await vault.mounts()).toMatchObject({ problem: { code: 'VAULT_UNREACHABLE' } });
    const first = waitedMs;
    await expect(vault.writePolicy('away', '#')).rejects.toMatchObject({ code: 'VAULT_UNREACHABLE' });
    expect([first > 10_000, waitedMs - first < 2_000]).toEqual([true, true]);
  });

  test('a server that does not take our headers is asked without them', async () => {
    const vault = patient();
    const index = Buffer.from('{"cluster":"c","value":"7"}').toString('base64');
    proxy.inject({ path: /acl\/first/, fault: { status: 204, headers: { 'x-vault-index': index } } });
    await vault.writePolicy('first', '#');
    const body = JSON.stringify({ errors: ['forwarding via header X-Vault-Inconsistent disabled in configuration'] });
    proxy.inject({ path: /acl\/second/, nth: 1, fault: { status: 400, body } });
    await vault.writePolicy('second', '# second');
    const [refused, taken] = proxy.exchanges.filter(({ path }) => path.endsWith('acl/second'));
    expect(refused?.headers).toMatchObject({ 'x-vault-inconsistent': 'forward-active-node' });
    expect(taken?.headers).toMatchObject({ 'x-vault-index': index });
    expect(taken?.headers).not.toHaveProperty('x-vault-inconsistent');
  });

  test('health is asked of the node alone, and a front without nodes is asked again', async () => {
    const vault = patient();
    await vault.writePolicy('before', '#');
    proxy.inject({ path: /sys\/health/, nth: 1, fault: { status: 503, body: '<html>no server is available</html>' } });
    expect(await vault.health()).toMatchObject({ value: { sealed: false } });
    const health = proxy.exchanges.filter(({ path }) => path.includes('sys/health')).at(-1);
    expect(health?.headers).not.toHaveProperty('x-vault-index');
  });

  test('a mount is ours when the answer to enabling it was lost and the node has not heard of it', async () => {
    proxy.inject({ path: /sys\/auth\/lost$/, nth: 1, fault: { reset: true }, forward: true });
    proxy.inject({ method: 'GET', path: /sys\/auth$/, nth: 1, fault: { status: 200, body: '{"data":{}}' } });
    await patient().enableMount('lost', 'x');
    expect((await server.request('GET', 'sys/auth')).body.data).toHaveProperty('lost/');
  });
});
