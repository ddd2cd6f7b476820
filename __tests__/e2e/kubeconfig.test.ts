import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runAction } from '../../sandbox/github.ts';
import { openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import { type ClustersFolder, clustersFolder } from '../fixtures/clusters.js';

let scene: Scene;
let folder: ClustersFolder;

beforeAll(async () => {
  scene = await openScene();
  folder = clustersFolder({ west: 'prodtest', east: 'stage' });
  folder.git('init', '-q');
  await scene.vault.request('POST', 'sys/mounts/one', { type: 'kv', options: { version: '1' } });
  await scene.vault.request('POST', 'sys/mounts/two', { type: 'kv', options: { version: '2' } });
  const kubeconfig = scene.cluster.adminKubeconfig;
  await scene.vault.request('POST', 'one/clusters/west', { kubeconfig });
  const encoded = Buffer.from(kubeconfig).toString('base64');
  await scene.vault.request('POST', 'two/data/clusters/west', { data: { admin: encoded, path: '/etc/kubeconfig' } });
}, 60_000);

afterAll(async () => {
  folder?.remove();
  await scene?.stop();
});

async function run(more: Record<string, string>): Promise<SceneRun> {
  const inputs = scene.adminInputs({ checks: 'binding', kubeconfig: '', ...more });
  const ended = await scene.run(inputs);
  ended.main.remove();
  return ended;
}

const problems = ({ report }: SceneRun): string =>
  report.blockers.map(({ code, message, hint }: Record<string, string>) => `${code}: ${message}. ${hint}`).join();

describe('a kubeconfig that Vault keeps', () => {
  test.each([
    ['version 1', 'one/clusters/{cluster}'],
    ['version 2, as the CLI takes it, in base64', 'two/clusters/{cluster}#admin'],
    ['version 2, as the API has it', 'two/data/clusters/{cluster}#admin'],
  ])(
    '%s',
    async (_, path) => {
      const { main, report } = await run({ 'kubeconfig-vault-path': path, 'clusters-path': folder.path });
      expect(report).toMatchObject({ verdict: 'green', cluster: 'west' });
      expect(main.exitCode).toBe(0);
    },
    30_000,
  );

  test.each([
    ['two/clusters/north#admin', 'KUBECONFIG_MISSING: Vault has no secret at two/data/clusters/north. '],
    ['two/clusters/west', 'KUBECONFIG_MISSING: the secret at two/data/clusters/west has no field kubeconfig. '],
    ['two/clusters/west#path', 'KUBECONFIG_INVALID: field path of two/clusters/west holds no kubeconfig. '],
  ])('%s is told', async (path, told) => {
    const ended = await run({ 'kubeconfig-vault-path': path });
    expect(problems(ended)).toContain(told);
    expect(ended.report.verdict).toBe('red');
    expect(ended.main.stdout.replace(/^::add-mask::.*$/gm, '')).not.toContain('/etc/kubeconfig');
  });

  test('a token without the right is told which, and plan prints it', async () => {
    await scene.vault.request('PUT', 'sys/policies/acl/little', {
      policy: 'path "sys/auth" { capabilities = ["read"] }',
    });
    const made = await scene.vault.request('POST', 'auth/token/create', { policies: ['little'], ttl: '5m' });
    const path = { 'kubeconfig-vault-path': 'two/clusters/{cluster}#admin', 'clusters-path': folder.path };
    const refused = await run({ ...path, 'vault-token': made.body.auth.client_token });
    expect(problems(refused)).toMatch(/VAULT_FORBIDDEN: .*two\/.*clusters\/west/);
    const { report } = await run({ ...path, mode: 'plan' });
    for (const { identity, vaultPolicy } of report.grants)
      expect(vaultPolicy.includes('path "two/data/clusters/west"')).toBe(identity !== 'vault-config-operator');
  }, 30_000);
});

describe('a kubeconfig beside the cluster.yaml', () => {
  test('is used while git does not have it', async () => {
    folder.write('clusters/west/.work/kubeconfig', scene.cluster.adminKubeconfig);
    expect((await run({ 'clusters-path': folder.path })).report).toMatchObject({ verdict: 'green', cluster: 'west' });
    folder.git('add', 'clusters/west/.work/kubeconfig');
    expect(problems(await run({ 'clusters-path': folder.path }))).toContain('KUBECONFIG_COMMITTED: ');
  }, 30_000);
});

describe('a fleet, by the bundle', () => {
  test('matrix, then jobs, then one table', async () => {
    const reports = mkdtempSync(join(tmpdir(), 'reports-'));
    const fleet = { mode: 'fleet', 'clusters-path': folder.path };
    const made = await runAction({ bundle: 'main', inputs: fleet, env: {} });
    made.remove();
    expect(made.exitCode).toBe(0);
    const [page] = JSON.parse(made.outputs['matrix'] ?? '') as { include: Record<string, string>[] }[];
    expect(page?.include.map(({ cluster, env, mount }) => [cluster, env, mount])).toEqual([
      ['east', 'stage', 'kubernetes-stage'],
      ['west', 'prodtest', 'kubernetes-prodtest'],
    ]);
    for (const { cluster = '', env = '', mount = '' } of page?.include ?? []) {
      const kubeconfig = cluster === 'west' ? scene.cluster.adminKubeconfig : '';
      await run({ cluster, env, mount, kubeconfig, 'report-path': join(reports, cluster, 'report.json') });
    }
    const table = await runAction({ bundle: 'main', inputs: { ...fleet, 'reports-path': reports }, env: {} });
    table.remove();
    rmSync(reports, { recursive: true });
    expect(table.exitCode).toBe(1);
    expect(table.summary).toMatch(/### Fleet: 1 red, 1 green\n/);
    expect(table.summary.indexOf('`east`')).toBeLessThan(table.summary.indexOf('`west`'));
    expect(table.summary).toContain('KUBECONFIG_MISSING');
  }, 60_000);
});
