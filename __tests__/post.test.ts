import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../sandbox/fault-proxy.ts';
import { type ActionResult, runAction } from '../sandbox/github.ts';
import type { VaultServer } from '../sandbox/types.ts';
import { startVault } from '../sandbox/vault.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const action = mkdtempSync(join(tmpdir(), 'post-action-'));
let server: VaultServer;
let proxy: FaultProxy;
let packages: string[];
const stops: (() => Promise<void>)[] = [];

/** The entry as it is bundled, so that what runs here is what a runner runs. */
function bundle(): string[] {
  mkdirSync(join(action, 'dist', 'post'), { recursive: true });
  writeFileSync(join(action, 'package.json'), '{"type":"module"}');
  writeFileSync(join(action, 'action.yml'), 'inputs: {}\n');
  const target = JSON.stringify(join(action, 'dist', 'post', 'index.js'));
  const script = `import { shake } from './scripts/bundle.mjs';
    console.log(JSON.stringify(Object.values((await shake('src/post.ts', ${target})).outputs).flatMap((output) =>
      Object.entries(output.inputs).filter(([, used]) => used.bytesInOutput > 0).map(([name]) => name))));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' }),
  );
}

beforeAll(async () => {
  packages = bundle();
  server = await startVault({ mtls: true });
  stops.push(() => server.stop());
  const plain = await startVault();
  proxy = await startFaultProxy(plain.address);
  stops.push(proxy.stop, () => plain.stop());
}, 60_000);
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
  rmSync(action, { recursive: true, force: true });
});

const create = async (body: object = {}): Promise<string> =>
  (await server.request('POST', 'auth/token/create', { policies: ['default'], ...body })).body.auth.client_token;
const alive = async (token: string): Promise<boolean> =>
  (await server.request('GET', 'auth/token/lookup-self', undefined, token)).status === 200;

const post = (tokens: readonly string[], inputs: Record<string, string>, env = {}): Promise<ActionResult> =>
  runAction({ action, bundle: 'post', inputs, env, state: { 'vault-tokens': tokens.join(' ') } });

/** As a workflow gives them: the CA as text, the pair as base64. */
const reached = (): Record<string, string> => ({
  'vault-url': server.address,
  'vault-ca-certificate': server.caPem ?? '',
  'vault-client-certificate': Buffer.from(server.client?.certPem ?? '').toString('base64'),
  'vault-client-key': Buffer.from(server.client?.keyPem ?? '').toString('base64'),
});

test('no library of the cluster is in it', () => {
  expect(packages.filter((name) => /client-node|undici|node_modules\/axios/.test(name))).toEqual([]);
  expect(packages.some((name) => name.includes('node_modules/node-vault/'))).toBe(true);
});

describe('the post step', () => {
  test('revokes every token that main obtained, over TLS with a client certificate', async () => {
    const tokens = [await create(), await create()];
    const result = await post(tokens, reached());
    expect(result).toMatchObject({ exitCode: 0, stderr: '', annotations: [] });
    expect(result.log.trim()).toBe('vault token revoked');
    expect(await Promise.all(tokens.map(alive))).toEqual([false, false]);
    expect(result.masks).toEqual(expect.arrayContaining(tokens));
  });

  test('takes the variables that main took, and is content when main was faster', async () => {
    const token = await create();
    const { 'vault-url': url = '', ...rest } = reached();
    const first = await post([token], rest, { VAULT_ADDR: `${url}/`, VAULT_TOKEN: 'hvs.from-the-environment' });
    expect(first.log.trim()).toBe('vault token revoked');
    const second = await post([token], reached());
    expect([second.exitCode, second.log.trim()]).toEqual([0, 'vault token revoked']);
  });

  test('has nothing to do when main obtained none', async () => {
    const result = await runAction({ action, bundle: 'post', inputs: {} });
    expect([result.exitCode, result.log.trim()]).toEqual([0, 'no vault token to revoke']);
  });

  test('says that a batch token lives on', async () => {
    const result = await post([await create({ type: 'batch' })], reached());
    expect(result).toMatchObject({
      exitCode: 0,
      annotations: [{ level: 'notice', message: expect.stringContaining('batch') }],
    });
  });

  test.each([
    ['a Vault that is gone', { 'vault-url': 'http://127.0.0.1:1' }],
    ['a certificate that is none', { 'vault-ca-certificate': '/nowhere.pem' }],
    ['http off loopback', { 'vault-url': 'http://vault.example' }],
  ])('never fails the job: %s', async (_name, wrong) => {
    const token = await create();
    const result = await post([token], { ...reached(), ...wrong });
    expect(result).toMatchObject({ exitCode: 0, annotations: [{ level: 'notice', title: 'vault token' }] });
    expect(result.log).not.toContain(token);
    expect(await alive(token)).toBe(true);
  });

  test('does not call a token revoked that Vault did not let go', async () => {
    proxy.inject({ path: /revoke-self/, fault: { status: 500, body: '{"errors":["no"]}' } });
    const result = await post(['hvs.not-known-to-it'], { 'vault-url': proxy.address });
    expect(result.annotations).toEqual([]);
    proxy.inject({ path: /lookup-self/, fault: { status: 200, body: '{"data":{}}' } });
    const other = await post(['hvs.not-known-to-it'], { 'vault-url': proxy.address });
    expect(other.annotations).toMatchObject([{ level: 'notice' }]);
  });
});
