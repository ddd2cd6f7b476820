import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { putGitopsRole } from '../../sandbox/gitops-vault.js';
import { type Grants, grant } from '../../sandbox/identity.js';
import { ENV, openScene, type Scene } from '../../sandbox/scene.js';
import { bootstrap, messages, spoil } from './planted.js';
import { type Known, Scanner } from './scanner.js';
import { password, plantable } from './stage.js';
import { intrusions, surfaces } from './surface.js';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene({ real: true, vault: { mtls: true } });
  const { main, report } = await scene.run(certified(scene.adminInputs({ mode: 'plan' })));
  main.remove();
  for (const one of report.grants as Grants[]) if (one.rbac !== '') await grant(scene.cluster, scene.vault, one);
}, 90_000);
afterAll(() => scene.stop());

const DATA = plantable('Secret data');
const FREE = plantable('free text');
const PASSWORD = password('password in a URL');

/** Client certificates for both servers. */
function certified(inputs: Record<string, string>): Record<string, string> {
  const { certPem = '', keyPem = '' } = scene.vault.client ?? {};
  return { ...inputs, 'vault-client-certificate': certPem, 'vault-client-key': keyPem };
}

function clientKey(kubeconfig: string): string {
  return Buffer.from(/client-key-data: (\S+)/.exec(kubeconfig)?.[1] ?? '', 'base64').toString();
}

/** Runs, and searches for every credential that was given, and for all that the action itself took for a secret. */
async function leaks(given: Record<string, string>, kubeconfig: string, verdict: string): Promise<readonly unknown[]> {
  const run = await scene.run(given);
  expect(run.main.outputs['verdict']).toBe(verdict);
  const secrets: Known[] = [
    DATA,
    FREE,
    PASSWORD,
    { name: 'client key of the kubeconfig', value: clientKey(kubeconfig) },
    { name: 'client key for Vault', value: scene.vault.client?.keyPem ?? '' },
    { name: 'OIDC request token', value: scene.issuer.requestToken },
    ...scene.issuer.minted.map((value) => ({ name: 'OIDC token', value })),
    ...[...run.main.masks, ...run.post.masks].map((value) => ({ name: 'mask', value })),
  ];
  for (const { value } of secrets) expect(value.length).toBeGreaterThan(7);
  const found = new Scanner(secrets).scan({ ...surfaces(run.main, 'main'), ...surfaces(run.post, 'post') });
  for (const token of (run.main.state['vault-tokens'] ?? '').split(' ')) {
    expect((await scene.vault.request('POST', 'auth/token/lookup', { token })).status).toBe(403);
  }
  run.main.remove();
  return [...found, ...intrusions(run.main), ...intrusions(run.post)];
}

test('a real API server and mutual TLS: bind and verify with client certificates', async () => {
  const bind = certified(await scene.inputs('bind'));
  const text = bind['kubeconfig'] ?? '';
  expect(clientKey(text)).toContain('PRIVATE KEY');
  expect(await leaks(bind, text, 'green')).toEqual([]);
  const base64 = { ...bind, kubeconfig: Buffer.from(text).toString('base64') };
  expect(await leaks(base64, text, 'green')).toEqual([]);
  await putGitopsRole(scene.vault, ENV);
  await bootstrap(scene.cluster, DATA.value, FREE.value);
  const verify = certified(await scene.inputs('verify', { mode: 'verify' }));
  expect(await leaks(verify, verify['kubeconfig'] ?? '', 'green')).toEqual([]);
  const texts = messages(FREE.value, PASSWORD.value);
  await spoil(
    scene.cluster,
    (index) => texts[index % texts.length] ?? '',
    () => `Failed${ENV}`,
    PASSWORD.value,
  );
  expect(await leaks(verify, verify['kubeconfig'] ?? '', 'red')).toEqual([]);
}, 90_000);
