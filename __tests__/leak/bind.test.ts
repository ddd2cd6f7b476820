import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStage, type Stage } from './stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ real: true });
}, 60_000);
afterAll(() => stage.stop());

test('a bind by OIDC leaves no secret anywhere, and its tokens are dead', async () => {
  const before = await stage.accessors();
  const run = await stage.run(await stage.inputs('bind'));
  expect(run.main.outputs).toMatchObject({ verdict: 'green', changed: 'true' });
  const names = stage.secrets().map(({ name }) => name);
  for (const name of [
    'OIDC token',
    expect.stringMatching(/^JWT of POST .*\/serviceaccounts\/vault-token-reviewer\/token$/),
    expect.stringMatching(/^JWT of POST .*\/serviceaccounts\/vault-cluster-bind-probe\/token$/),
    expect.stringMatching(/^JWT of POST .*\/serviceaccounts\/default\/token$/),
    expect.stringMatching(/^Vault token of POST \/v1\/auth\/jwt\/login$/),
    expect.stringMatching(/^Vault token of POST \/v1\/auth\/kubernetes-prodtest\/login$/),
  ]) {
    expect(names).toContainEqual(name);
  }
  expect(run.leaks()).toEqual([]);
  expect(run.kept).toHaveLength(1);
  expect(await stage.accessors()).toEqual(expect.arrayContaining([...before]));
  expect(await stage.accessors()).toHaveLength(before.length);
  run.remove();
}, 60_000);
