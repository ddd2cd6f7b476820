import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { approleInputs, tokenInputs } from '../../sandbox/identity.js';
import { openStage, type RunOptions, type Stage, type StageRun } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.stop());

/** Runs; nothing leaks, whatever main left to post is dead, and Vault holds no token that it did not hold before. */
async function dead(inputs: Record<string, string>, options: RunOptions = {}): Promise<StageRun> {
  const before = await stage.accessors();
  const run = await stage.run(inputs, options);
  stage.vault.clear();
  stage.cluster.clear();
  expect(run.leaks()).toEqual([]);
  for (const token of run.kept) expect(await stage.isAlive(token)).toBe(false);
  expect((await stage.accessors()).toSorted()).toEqual(before.toSorted());
  run.remove();
  return run;
}

/** The action as it runs now: a child of this process. */
function actionPids(): readonly number[] {
  const tasks = readdirSync('/proc/self/task').map((task) => `/proc/self/task/${task}/children`);
  const children = tasks.flatMap((file) => readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number));
  return children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/dist/main/index.js');
    } catch {
      return false;
    }
  });
}

/** Kills main once a request matches, which is never answered. */
async function killAt(path: RegExp): Promise<void> {
  stage.vault.inject({ path, fault: { hang: true } });
  const seen = stage.vault.exchanges.length;
  while (!stage.vault.exchanges.slice(seen).some((exchange) => path.test(exchange.path))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (const pid of actionPids()) process.kill(pid, 'SIGKILL');
}

const AFTER_LOGIN = /^\/v1\/(?!auth\/(jwt|approle)\/login|sys\/health)/;

describe('a token that the action obtained is dead', () => {
  test('after main was killed right after the login by OIDC', async () => {
    const run = dead(await stage.inputs('bind'), { between: () => stage.vault.clear() });
    await killAt(AFTER_LOGIN);
    const { main, kept } = await run;
    expect(main.signal).toBe('SIGKILL');
    expect(kept).toHaveLength(1);
  }, 60_000);

  test('after main was killed right after the login by AppRole', async () => {
    const inputs = { ...(await stage.inputs('bind')), ...(await approleInputs(stage.scene.vault, 'bind')) };
    stage.known.push({ name: 'SecretID', value: inputs['vault-secret-id'] ?? '' });
    const run = dead({ ...inputs, 'vault-role': '', 'vault-jwt-audience': '' }, { between: () => stage.vault.clear() });
    await killAt(AFTER_LOGIN);
    const { main, kept } = await run;
    expect(main.signal).toBe('SIGKILL');
    expect(kept).toHaveLength(1);
  }, 60_000);

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'after main was cancelled by %s in the middle',
    async (signal) => {
      const interruptions = [{ signal, line: /^::group::bind: / }];
      const { main, kept } = await dead(await stage.inputs('bind'), { interruptions });
      expect(main.exitCode).not.toBe(0);
      expect(kept).toHaveLength(1);
    },
    60_000,
  );

  test('after main failed', async () => {
    stage.vault.inject({ method: 'POST', path: /\/config$/, fault: { status: 500, body: '{"errors":["no"]}' } });
    const { main, kept } = await dead(await stage.inputs('bind'));
    expect(main.outputs['verdict']).not.toBe('green');
    expect(kept).toHaveLength(1);
  }, 60_000);

  test('after main could not revoke it', async () => {
    stage.vault.inject({ path: /\/auth\/token\/revoke-self$/, fault: { status: 400, body: '{"errors":["no"]}' } });
    const { kept } = await dead(await stage.inputs('bind', { mode: 'plan' }), { between: () => stage.vault.clear() });
    expect(kept).toHaveLength(1);
  }, 60_000);
});

test('a token that was given is alive after a failure and after a kill, and is not kept', async () => {
  const given = await tokenInputs(stage.scene.vault, 'bind');
  const token = given['vault-token'] ?? '';
  stage.known.push({ name: 'given token', value: token });
  const inputs = { ...(await stage.inputs('bind')), ...given, 'vault-role': '', 'vault-jwt-audience': '' };
  stage.cluster.inject({ path: /\/namespaces\/kube-system$/, fault: { status: 500 } });
  const failed = await dead(inputs);
  expect(failed.main.exitCode).toBe(1);
  const run = dead(inputs, { between: () => stage.vault.clear() });
  await killAt(/^\/v1\/sys\/(?!health)/);
  expect((await run).main.signal).toBe('SIGKILL');
  for (const { kept } of [failed, await run]) expect(kept).toEqual([]);
  expect(await stage.isAlive(token)).toBe(true);
}, 60_000);
