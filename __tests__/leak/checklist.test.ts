import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { putGitopsRole } from '../../sandbox/gitops-vault.ts';
import { ENV } from '../../sandbox/scene.ts';
import { bootstrap, HOSTILE, messages, spoil } from './planted.js';
import { type Known, Scanner } from './scanner.js';
import { openStage, password, plantable, type Stage, type StageRun } from './stage.js';

const DATA = plantable('Secret data');
const FREE = plantable('free text');
const PASSWORD = password('password in a URL');

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  stage.known.push(DATA, FREE, PASSWORD);
  const bind = await stage.run(await stage.inputs('bind'));
  expect(bind.main.outputs['verdict']).toBe('green');
  bind.remove();
  await putGitopsRole(stage.scene.vault, ENV);
  await bootstrap(stage.scene.cluster, DATA.value, FREE.value);
}, 60_000);
afterAll(() => stage.stop());

/** Every byte that any server sent to the action, or to Vault on its behalf. */
function received(): Readonly<Record<string, string>> {
  const exchanges = [...stage.cluster.exchanges, ...stage.vault.exchanges];
  return Object.fromEntries(
    exchanges.map(({ method, path, answer }, index) => [`${index} ${method} ${path}`, answer?.body ?? '']),
  );
}

/** The signature alone: all tokens of a cluster begin alike. None where no controller fills such Secrets in. */
async function legacyToken(): Promise<readonly Known[]> {
  const path = '/api/v1/namespaces/openshift-gitops/secrets/vault-token-reviewer';
  const { body } = await stage.scene.cluster.request('GET', path);
  const token = Buffer.from(body.data.token ?? '', 'base64').toString();
  return token === '' ? [] : [{ name: 'legacy token', value: token.split('.').at(-1) ?? '' }];
}

async function verify(more: Record<string, string> = {}): Promise<StageRun> {
  return stage.run(await stage.inputs('verify', { mode: 'verify', ...more }));
}

test('a green checklist, with every Secret looked at and none received', async () => {
  const legacy = await legacyToken();
  stage.known.push(...legacy);
  const before = stage.cluster.exchanges.length;
  const run = await verify();
  expect(run.main.outputs).toMatchObject({ verdict: 'green' });
  expect(run.main.log).toContain('green secret.openshift-pipelines/quay-auth');
  expect(run.leaks()).toEqual([]);
  run.remove();
  const looked = stage.cluster.exchanges.slice(before).filter(({ path }) => /\/secrets\b/.test(path));
  expect(looked.filter(({ answer }) => answer?.status === 200).length).toBeGreaterThanOrEqual(6);
  expect(new Scanner([DATA, ...legacy]).scan(received())).toEqual([]);
  // The search sees what was received: free text cannot be read without being received.
  await spoil(
    stage.scene.cluster,
    () => FREE.value,
    () => 'Failed',
    FREE.value,
  );
  (await verify()).remove();
  expect(new Scanner([FREE]).scan(received())).not.toEqual([]);
}, 60_000);

test('a red checklist whose every message, annotation, Event and ConfigMap holds secrets, with wait', async () => {
  const texts = messages(FREE.value, PASSWORD.value);
  for (let shift = 0; shift < texts.length; shift += 7) {
    const message = (index: number): string => texts[(index + shift) % texts.length] ?? '';
    await spoil(stage.scene.cluster, message, () => 'Failed', PASSWORD.value);
    const run = await verify(shift === 0 ? { wait: '2s' } : { 'hide-names': 'true' });
    expect(run.main.outputs).toMatchObject({ verdict: 'red' });
    expect(run.leaks()).toEqual([]);
    expect(run.intrusions()).toEqual([]);
    run.remove();
  }
}, 60_000);

test('hostile words where an API has one of few', async () => {
  const word = (index: number): string => HOSTILE[index % HOSTILE.length] ?? '';
  await spoil(stage.scene.cluster, word, word, PASSWORD.value);
  const run = await verify();
  expect(run.main.outputs).toMatchObject({ verdict: 'red' });
  expect(run.intrusions()).toEqual([]);
  expect(run.main.masks).not.toContain('green');
  const outsideCode = run.main.summary.replace(/`[^`\n]+`/g, '');
  expect(outsideCode).not.toMatch(/<img|<\/td>|\]\(https:\/\/evil|@everyone|\*\*bold/);
  expect(Object.values(run.main.outputs).join('\n')).not.toContain('::');
  expect(run.leaks()).toEqual([]);
  run.remove();
}, 60_000);
