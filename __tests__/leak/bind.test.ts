import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { approleInputs, tokenInputs } from '../../sandbox/identity.js';
import { openStage, type Stage, type StageRun } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.stop());

/** Vault forgets the cluster, so that the next bind is a first one. */
async function unbind(): Promise<void> {
  await stage.scene.vault.request('DELETE', 'sys/auth/kubernetes-prodtest');
}

/** Runs, and checks what holds for every run: no leak, and no token in Vault that was not there before. */
async function clean(inputs: Record<string, string>, outputs: Record<string, string>): Promise<StageRun> {
  const before = await stage.accessors();
  const run = await stage.run(inputs);
  expect(run.main.outputs).toMatchObject(outputs);
  expect(run.leaks()).toEqual([]);
  expect(run.intrusions()).toEqual([]);
  expect((await stage.accessors()).toSorted()).toEqual(before.toSorted());
  run.remove();
  return run;
}

const BOUND = { verdict: 'green', changed: 'true' };

test('what is searched for was seen on the wire, and the search would find it', async () => {
  const { main } = await clean(await stage.inputs('bind'), BOUND);
  const names = stage.secrets().map(({ name }) => name);
  for (const name of [
    'OIDC token',
    expect.stringMatching(/^JWT of POST .*\/serviceaccounts\/vault-token-reviewer\/token$/),
    expect.stringMatching(/^JWT of POST .*\/serviceaccounts\/vault-cluster-bind-probe\/token$/),
    expect.stringMatching(/^JWT of POST .*\/serviceaccounts\/default\/token$/),
    'Vault token of POST /v1/auth/jwt/login',
    'Vault token of POST /v1/auth/kubernetes-prodtest/login',
  ]) {
    expect(names).toContainEqual(name);
  }
  // All are in the mask registrations, which the search leaves out; the root token was never the action's.
  for (const { name, value } of stage.secrets()) {
    if (name !== 'root token') expect([name, main.stdout.includes(value)]).toEqual([name, true]);
  }
}, 60_000);

test('a second bind', async () => {
  const { kept } = await clean(await stage.inputs('bind'), { verdict: 'green', changed: 'false' });
  expect(kept).toHaveLength(1);
}, 60_000);

test('a bind by AppRole', async () => {
  await unbind();
  const approle = await approleInputs(stage.scene.vault, 'bind');
  stage.known.push({ name: 'SecretID', value: approle['vault-secret-id'] ?? '' });
  const inputs = { ...(await stage.inputs('bind')), ...approle, 'vault-role': '', 'vault-jwt-audience': '' };
  const { kept } = await clean(inputs, BOUND);
  expect(kept).toHaveLength(1);
}, 60_000);

test('a bind by a given token, which stays alive', async () => {
  await unbind();
  const given = await tokenInputs(stage.scene.vault, 'bind');
  const token = given['vault-token'] ?? '';
  stage.known.push({ name: 'given token', value: token });
  const inputs = { ...(await stage.inputs('bind')), ...given, 'vault-role': '', 'vault-jwt-audience': '' };
  const { kept } = await clean(inputs, BOUND);
  expect(kept).toEqual([]);
  expect(await stage.isAlive(token)).toBe(true);
}, 60_000);

test('a canary on each write', async () => {
  await unbind();
  await clean(await stage.inputs('bind', { 'prove-on-canary': 'always' }), BOUND);
}, 60_000);

test('a plan of what is bound, and with hidden names', async () => {
  await clean(await stage.inputs('bind', { mode: 'plan' }), { verdict: 'green' });
  await clean(await stage.inputs('bind', { mode: 'plan', 'hide-names': 'true' }), { verdict: 'green' });
}, 60_000);

// Node.js and many libraries print headers and payloads on such a wish.
test.each([{ RUNNER_DEBUG: '1' }, { DEBUG: '*' }, { NODE_DEBUG: 'http,https,net,tls,undici,fetch' }])(
  'a bind with %j',
  async (env) => {
    await unbind();
    const run = await stage.run(await stage.inputs('bind'), { env });
    expect(run.main.outputs).toMatchObject(BOUND);
    expect(run.leaks()).toEqual([]);
    expect(run.intrusions()).toEqual([]);
    run.remove();
  },
  60_000,
);
