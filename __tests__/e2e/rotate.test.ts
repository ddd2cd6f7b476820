import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import { clusterWrites, vaultWrites } from './write.ts';

const MOUNT = 'kubernetes-prodtest';
const HOME = 'openshift-gitops';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await scene.grantAll();
}, 120_000);

afterAll(() => scene?.stop());

async function run(identity: string, more: Record<string, string> = {}): Promise<SceneRun> {
  const ended = await scene.run(await scene.inputs(identity, more));
  ended.main.remove();
  return ended;
}

const codes = ({ report }: SceneRun): string[] =>
  [...report.blockers, ...report.errors].map(({ code }: { code: string }) => code);

async function anchors(): Promise<string[]> {
  const { body } = await scene.cluster.request('GET', `/api/v1/namespaces/${HOME}/secrets`);
  const names = (body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
  return names.filter((name) => /-[0-9a-f]{10}-(a|b|proof)$/.test(name));
}

test('a cluster that was never bound says: bind first, and nothing is written', async () => {
  const ended = await run('rotate', { mode: 'rotate' });
  expect(codes(ended)).toEqual(['NOT_BOUND']);
  expect(ended.report.blockers[0].hint).toMatch(/^Run bind first/);
  expect(await vaultWrites(scene.vault)).toEqual([]);
  expect(await clusterWrites(scene.cluster)).toEqual([]);
}, 60_000);

test('replaces the token under the least identity, and leaves one anchor', async () => {
  await run('bind');
  // The identity of rotate is pinned to what bind stored.
  await scene.grantAll();
  const before = await anchors();
  const stored = await scene.vault.request('GET', `auth/${MOUNT}/config`);
  for (const turn of [1, 2, 3]) {
    const { main, report } = await run('rotate', { mode: 'rotate' });
    expect({ turn, verdict: report.verdict, codes: codes({ report } as SceneRun) }).toEqual({
      turn,
      verdict: 'green',
      codes: [],
    });
    expect(main.outputs['changed']).toBe('true');
    expect(Date.parse(report.reviewerTokenExpiresAt) - Date.now()).toBeGreaterThan(71 * 3_600_000);
  }
  const after = await anchors();
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
  expect((await scene.vault.request('GET', `auth/${MOUNT}/config`)).body.data).toEqual(stored.body.data);
  const { body } = await scene.cluster.request(
    'GET',
    `/api/v1/namespaces/${HOME}/serviceaccounts/vault-token-reviewer`,
  );
  const annotations = Object.entries(body.metadata.annotations as Record<string, string>);
  const history = JSON.parse(annotations.find(([name]) => name.includes('/history.'))?.[1] ?? '[]');
  expect(history).toHaveLength(4);
  expect(history[0]).toMatchObject({ run: expect.any(String), expiresAt: expect.any(String) });
  const again = await run('verify', { mode: 'verify', checks: 'binding' });
  expect(again.report).toMatchObject({ verdict: 'green', drift: false });
}, 120_000);

test('warns when one missed night stops logins', async () => {
  const { report } = await run('rotate', { mode: 'rotate', 'reviewer-token-ttl': '30h' });
  expect(report.verdict).toBe('green');
  expect(report.warnings).toEqual([
    expect.objectContaining({ code: 'TOKEN_LIFETIME', message: expect.stringMatching(/30h.*24h/) }),
  ]);
}, 60_000);

test('touches neither host nor CA, and says that bind is needed when the CA is wrong', async () => {
  const other = await scene.vault.request('GET', `auth/${MOUNT}/config`);
  const { createAuthority } = await import('../../sandbox/pki.ts');
  await scene.vault.request('POST', `auth/${MOUNT}/config`, {
    ...other.body.data,
    kubernetes_ca_cert: createAuthority('wrong').certPem,
    token_reviewer_jwt: 'junk',
  });
  const writes = { vault: await vaultWrites(scene.vault), anchors: await anchors() };
  const ended = await run('rotate', { mode: 'rotate' });
  expect(ended.report.verdict).toBe('red');
  expect(codes(ended)).toContain('CA_MISMATCH');
  expect(await vaultWrites(scene.vault)).toEqual(writes.vault);
  expect(await anchors()).toEqual(writes.anchors);
  const mended = await run('bind');
  expect(mended.report.verdict).toBe('green');
}, 120_000);
