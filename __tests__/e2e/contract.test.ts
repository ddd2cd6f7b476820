import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runAction } from '../../sandbox/github.ts';
import { openScene, type Scene } from '../../sandbox/scene.ts';
import { mended, written } from '../contract-files/checkout.js';

const VALUES = 'charts/argocd-apps/values.yaml';
const GREEN = mended();
const BROKEN = mended();
BROKEN.gitops.set(VALUES, (BROKEN.gitops.get(VALUES) ?? '').replace('kubernetes-prodtest', 'kubernetes-other'));
const [clusters = '', gitops = '', broken = ''] = [GREEN.clusters, GREEN.gitops, BROKEN.gitops].map(written);

interface Check {
  id: string;
  category: string;
  state: string;
  findings?: { repo: string; file: string; line: number; edit: string }[];
}

describe('a plan in a pull request from a fork', () => {
  const inputs = { mode: 'plan', env: 'prodtest', 'clusters-path': clusters, 'gitops-path': gitops };

  async function run(more: Record<string, string> = {}) {
    const main = await runAction({ bundle: 'main', inputs: { ...inputs, ...more }, env: { GITHUB_WORKSPACE: '/tmp' } });
    const checks: Check[] = JSON.parse(readFileSync(main.outputs['report'] ?? '', 'utf8')).checks;
    main.remove();
    return { main, checks };
  }

  test('is green from files alone, and shows what it did not look at', async () => {
    const { main } = await run();
    expect([main.exitCode, main.outputs['verdict']]).toEqual([0, 'green']);
    expect(main.summary).toMatch(/\d+ skipped/);
    expect(main.summary).toContain('Only the files of the two repositories were looked at');
  });

  test('is red by file and line, with an annotation there', async () => {
    const { main } = await run({ 'gitops-path': broken });
    expect(main.exitCode).toBe(1);
    expect(JSON.parse(main.outputs['failed-checks'] ?? '[]')).toContain('contract.mount');
    expect(main.stdout).toMatch(
      /^::error .*file=[^,]*charts\/argocd-apps\/values\.yaml,.*line=\d+|^::error .*line=\d+.*file=/m,
    );
  });
});

describe('beside live servers', () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene();
  }, 60_000);

  afterAll(() => scene?.stop());

  async function verdict(mode: string, gitopsPath: string) {
    const more = {
      mode,
      cluster: 'prodtest',
      'clusters-path': clusters,
      'gitops-path': gitopsPath,
      checks: 'contract, binding',
    };
    const { main, report } = await scene.run(scene.adminInputs(more));
    main.remove();
    const rows = (report.checks as Check[]).filter(({ category }) => category === 'contract');
    return { verdict: report.verdict, rows, blockers: report.blockers };
  }

  test('bind shows the contract and is not stopped by it; plan and verify are', async () => {
    const bound = await verdict('bind', broken);
    expect(bound.verdict).toBe('green');
    expect(bound.rows.find(({ id }) => id === 'contract.mount')).toMatchObject({
      state: 'red',
      findings: expect.arrayContaining([expect.objectContaining({ repo: 'gitops', line: expect.any(Number) })]),
    });
    for (const mode of ['plan', 'verify']) expect((await verdict(mode, broken)).verdict).toBe('red');
    const { rows } = await verdict('rotate', broken);
    expect(rows).toEqual([]);
  }, 60_000);

  test('the host of the live cluster is held against the overlay', async () => {
    const { rows } = await verdict('plan', gitops);
    expect(rows.filter(({ state }) => state === 'red').map(({ id }) => id)).toEqual([
      'contract.vault-address',
      'contract.kubernetes-host',
    ]);
  }, 30_000);
});
