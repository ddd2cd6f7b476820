import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../../sandbox/fault-proxy.ts';
import type { VaultServer } from '../../sandbox/types.ts';
import { startVault } from '../../sandbox/vault.ts';
import { BindError, problem } from '../../src/binding/errors.js';
import type { Clock } from '../../src/ports.js';
import { open, secret } from './vault-setup.js';

let server: VaultServer;
let proxy: FaultProxy;

/** Time that passes only by waiting. */
function quickClock(): Clock {
  let now = Date.now();
  return {
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
}

const errors = (...texts: string[]): string => JSON.stringify({ errors: texts });
const quick = () => open(proxy.address, server.rootToken, { clock: quickClock() }).vault;
const asked = (path: RegExp): number => proxy.exchanges.filter((exchange) => path.test(exchange.path)).length;

beforeAll(async () => {
  server = await startVault();
  proxy = await startFaultProxy(server.address);
}, 60_000);
afterEach(() => proxy.clear());
afterAll(async () => {
  await proxy.stop();
  await server.stop();
});

describe('a node that lags behind', () => {
  test('a 404 below a mount of ours is waited out, and the index of the write goes with what follows', async () => {
    const vault = quick();
    proxy.inject({
      path: /v1\/sys\/auth\/lagging$/,
      fault: { status: 204, headers: { 'x-vault-index': 'index-1' } },
      forward: true,
    });
    await vault.enableMount('lagging', 'x');
    const body = errors('no handler for route "auth/lagging/role/r". route entry not found.');
    proxy.inject({ path: /lagging\/role/, nth: 1, fault: { status: 404, body } });
    proxy.inject({ path: /lagging\/role/, nth: 1, fault: { status: 429, body: errors('not caught up') } });
    proxy.inject({
      path: /lagging\/role/,
      nth: 1,
      fault: { status: 412, body: errors('required index state not present') },
    });
    proxy.inject({ path: /lagging\/role/, nth: 1, fault: { status: 204 } });
    const role = {
      serviceAccountNames: ['a'],
      serviceAccountNamespaces: ['b'],
      tokenPolicies: [],
      tokenTtlSeconds: 60,
      tokenMaxTtlSeconds: 60,
      namespaceSelector: '',
    };
    await vault.writeRole('lagging', 'r', role);
    const writes = proxy.exchanges.filter(({ path }) => path.endsWith('lagging/role/r'));
    expect(writes).toHaveLength(4);
    for (const { headers } of writes)
      expect(headers).toMatchObject({ 'x-vault-index': 'index-1', 'x-vault-request': 'true' });
  });

  test('a 404 below any other mount is the answer', async () => {
    expect(await quick().mountConfig('nobodys')).toEqual({ state: 'absent' });
    expect(asked(/nobodys/)).toBe(1);
    await expect(quick().writePolicy('x', 'path "a" { capabilities = ["read"] }')).resolves.toBeUndefined();
  });

  test('a write is repeated after a lost answer and a moving leader, a login is not', async () => {
    proxy.inject({ path: /acl\/twice/, nth: 1, fault: { reset: true }, forward: true });
    proxy.inject({ path: /acl\/twice/, nth: 1, fault: { status: 503, body: errors('service unavailable') } });
    await quick().writePolicy('twice', '# twice');
    expect((await server.request('GET', 'sys/policies/acl/twice')).body.data.policy).toBe('# twice');
    proxy.inject({ path: /auth\/k\/login/, fault: { reset: true } });
    const { login } = await quick().proveLogin({
      mount: 'k',
      role: 'r',
      jwt: secret('j', 'eyJhbGciOiJub25l.e30x.c2ln'),
      capabilitiesOf: [],
    });
    expect(login).toMatchObject({ outcome: 'unreadable', problem: { code: 'VAULT_UNREACHABLE' } });
    expect(asked(/auth\/k\/login/)).toBe(1);
  });

  test('one that stays away is given up', async () => {
    proxy.inject({
      path: /sys\/auth$/,
      fault: { status: 500, body: errors('local node not active but active cluster node not found') },
    });
    expect(await quick().mounts()).toMatchObject({ state: 'unreadable', problem: { code: 'VAULT_NO_LEADER' } });
  });
});

test.each([
  [503, 'Vault is sealed', 'VAULT_SEALED'],
  [400, 'Vault is not initialized', 'VAULT_UNINITIALIZED'],
  [403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n', 'VAULT_TOKEN'],
  [403, 'permission denied', 'VAULT_TOKEN'],
  [403, '1 error occurred:\n\t* permission denied\n\n', 'VAULT_FORBIDDEN'],
  [404, 'namespace not found', 'VAULT_NAMESPACE'],
  [400, 'a value that nobody may see', 'VAULT_ERROR'],
])('%d %j is %s, and the words stay inside', async (status, text, code) => {
  proxy.inject({
    path: /acl\/seen/,
    fault: {
      status,
      body: JSON.stringify({ errors: [text], data: { secret: 'hidden-value' } }),
      headers: { 'x-secret': 'hidden-value' },
    },
  });
  const seen = await quick().policy('seen');
  expect(seen).toMatchObject({ state: 'unreadable', problem: { code } });
  const thrown: unknown = await quick()
    .writePolicy('seen', 'planted-text')
    .catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(BindError);
  expect(thrown).toMatchObject({ code });
  const shown = inspect([seen, thrown], { depth: 20, showHidden: true });
  for (const hidden of ['hidden-value', 'nobody may see', 'planted-text', server.rootToken])
    expect(shown).not.toContain(hidden);
});

test("an answer that is not Vault's is never absence", async () => {
  proxy.inject({ path: /acl\/page/, fault: { status: 404, body: '<html>not here</html>' } });
  expect(await quick().policy('page')).toMatchObject({ state: 'unreadable', problem: { code: 'VAULT_ERROR' } });
  proxy.inject({ path: /sys\/health/, fault: { status: 200, body: '<html>a portal</html>' } });
  expect(await quick().health()).toMatchObject({ state: 'unreadable', problem: { code: 'VAULT_ERROR' } });
});

describe('a connection that does not come about', () => {
  test('a redirect is never followed, not even for health', async () => {
    const elsewhere: string[] = [];
    const other = createServer((request, response) => {
      elsewhere.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    proxy.inject({ fault: { redirect: `http://127.0.0.1:${(other.address() as AddressInfo).port}/v1/x` } });
    for (const seen of [await quick().health(), await quick().mounts(), await quick().login()]) {
      expect(seen).toMatchObject({ state: 'unreadable', problem: { code: 'VAULT_REDIRECT' } });
    }
    await expect(quick().writePolicy('x', 'y')).rejects.toMatchObject({ code: 'VAULT_REDIRECT' });
    other.close();
    expect(elsewhere).toEqual([]);
  });

  test('nobody listens', async () => {
    const { vault } = open('http://127.0.0.1:1', 'x');
    expect(await vault.health()).toMatchObject({
      problem: {
        code: 'VAULT_UNREACHABLE',
        message: expect.stringContaining('refused'),
        hint: expect.stringContaining('/v1/sys/health'),
      },
    });
  });

  test('cancelling ends a read with the reason, and still lets go of a mount', async () => {
    const opened = open(proxy.address, server.rootToken);
    await opened.vault.enableMount('let-go', 'x');
    proxy.inject({ method: 'GET', path: /acl\/slow/, fault: { hang: true } });
    const read = opened.vault.policy('slow');
    opened.abort(new BindError(problem('TIMEOUT', 'time is up', 'x')));
    expect(await read).toMatchObject({ problem: { code: 'TIMEOUT' } });
    await opened.vault.disableMount('let-go');
    expect((await server.request('GET', 'sys/auth')).body.data).not.toHaveProperty('let-go/');
  });
});

describe('health', () => {
  const standby = { initialized: true, sealed: false, standby: true, version: '1.21.4', cluster_id: 'c-1' };

  test('a standby with a leader is fine, one without is not', async () => {
    proxy.inject({ path: /sys\/health/, fault: { status: 200, body: JSON.stringify(standby) } });
    proxy.inject({
      path: /sys\/leader/,
      nth: 1,
      fault: { status: 200, body: '{"ha_enabled":true,"leader_address":""}' },
    });
    proxy.inject({
      path: /sys\/leader/,
      nth: 1,
      fault: { status: 200, body: '{"ha_enabled":true,"leader_address":"https://a:8200"}' },
    });
    expect(await quick().health()).toMatchObject({ value: { standby: true, clusterId: 'c-1' } });
    proxy.inject({ path: /sys\/leader/, fault: { status: 200, body: '{"ha_enabled":true,"leader_address":""}' } });
    expect(await quick().health()).toMatchObject({ problem: { code: 'VAULT_NO_LEADER' } });
  });

  test('a cluster id that is missing comes from the seal status; a recovery secondary is none', async () => {
    const { cluster_id: _, ...rest } = { ...standby, standby: false };
    proxy.inject({ path: /sys\/health/, nth: 1, fault: { status: 200, body: JSON.stringify(rest) } });
    const { body } = await server.request('GET', 'sys/seal-status');
    expect(await quick().health()).toMatchObject({ value: { clusterId: body.cluster_id } });
    const secondary = JSON.stringify({ ...standby, replication_dr_mode: 'secondary' });
    proxy.inject({ path: /sys\/health/, fault: { status: 472, body: secondary } });
    expect(await quick().health()).toMatchObject({
      problem: { code: 'VAULT_ERROR', message: expect.stringContaining('recovery') },
    });
  });
});

describe('a Vault that serves nobody', () => {
  test('sealed', async () => {
    const { vault } = open(server.address, server.rootToken);
    await server.seal();
    try {
      expect(await vault.health()).toMatchObject({ value: { sealed: true, initialized: true } });
      expect(await vault.login()).toMatchObject({ problem: { code: 'VAULT_SEALED' } });
      expect(await vault.mounts()).toMatchObject({ problem: { code: 'VAULT_SEALED' } });
    } finally {
      await server.unseal();
    }
  });

  test('uninitialised, over TLS that is not trusted and that is', async () => {
    const fresh = await startVault({ uninitialised: true, tls: true });
    try {
      expect(await open(fresh.address, 'x').vault.health()).toMatchObject({ problem: { code: 'VAULT_TLS' } });
      const { vault } = open(fresh.address, 'x', fresh.caPem === null ? {} : { caPem: fresh.caPem });
      expect(await vault.health()).toMatchObject({ value: { initialized: false, sealed: true } });
      expect(await vault.login()).toMatchObject({ state: 'unreadable' });
    } finally {
      await fresh.stop();
    }
  }, 60_000);
});
