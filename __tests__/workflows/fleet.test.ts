import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowResult } from '../../sandbox/act.ts';
import type { JobRun } from '../../sandbox/act-log.ts';
import { startCluster } from '../../sandbox/cluster.ts';
import type { Cluster } from '../../sandbox/types.ts';
import { clusterFiles, openStage, outputsOf, resultsOf, type Stage } from './stage.ts';

/** FULL=1: real API servers, and as many mounts on each as the figure in docs/workflows.md says. */
const FULL = (process.env['FULL'] ?? '') !== '';
const MOUNTS = FULL ? 20 : 3;
const LIMIT_MS = FULL ? 600_000 : 120_000;

const NAMES = ['a', 'b'].flatMap((cluster) =>
  Array.from({ length: MOUNTS }, (_, index) => `${cluster}${String(index + 1).padStart(2, '0')}`),
);
const BROKEN = 'b02';
const FOREIGN = 'b03';

let stage: Stage;
let other: Cluster;

beforeAll(async () => {
  [stage, other] = await Promise.all([openStage({ real: FULL }), startCluster({ real: FULL })]);
  const { vault } = stage.scene;
  // The rights of each mode are other tests' matter; here one role has those of every mount.
  const all = 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }';
  await vault.request('PUT', 'sys/policies/acl/fleet', { policy: all });
  for (const identity of ['bind', 'rotate']) {
    const path = `auth/jwt/role/vault-cluster-${identity}`;
    const { body } = await vault.request('GET', path);
    await vault.request('POST', path, { ...body.data, token_policies: ['fleet'] });
  }
  for (const name of NAMES) await keep(name, (name.startsWith('a') ? stage.scene.cluster : other).adminKubeconfig);
  // The mount of one cluster belongs to another.
  const { main, report } = await stage.scene.run(stage.scene.adminInputs({ mount: `kubernetes-${FOREIGN}` }));
  main.remove();
  expect(report.verdict).toBe('green');
}, 180_000);

afterAll(() => Promise.all([stage?.stop(), other?.stop()]), 60_000);

async function keep(name: string, kubeconfig: string): Promise<void> {
  const made = await stage.scene.vault.request('POST', `secret/data/clusters/${name}`, { data: { kubeconfig } });
  expect(made.status).toBe(200);
}

/** A caller of a reusable workflow, which passes the outputs on to a job of its own. */
function caller(workflow: string, inputs: Record<string, string>): string {
  const { address } = stage.scene.vault;
  const given = { 'kubeconfig-vault-path': 'secret/clusters/{cluster}', 'vault-url': address, ...inputs };
  const lines = Object.entries({ ...given, 'vault-jwt-audience': address }).map(
    ([name, value]) => `      ${name}: ${JSON.stringify(value)}`,
  );
  return `name: fleet
on: workflow_dispatch
jobs:
  call:
    permissions: { contents: read, id-token: write }
    uses: bitiq-io/vault-cluster-bind/.github/workflows/${workflow}@v1
    with:
${lines.join('\n')}
  after:
    needs: call
    runs-on: ubuntu-24.04
    steps:
      - run: echo "verdict=$VERDICT failed=$FAILED"
        env:
          VERDICT: \${{ needs.call.outputs.verdict }}
          FAILED: \${{ needs.call.outputs.failed-clusters }}
`;
}

const files = (): Record<string, string> => clusterFiles(Object.fromEntries(NAMES.map((name) => [name, name])));

function run(workflow: string, inputs: Record<string, string> = {}): Promise<WorkflowResult> {
  return stage.run(caller(workflow, inputs), { files: files(), timeoutMs: LIMIT_MS });
}

const tableOf = (result: WorkflowResult): JobRun | undefined => result.jobs.find(({ id }) => id === 'table');

/** First cells of the rows of the fleet's table. */
function rowsOf(result: WorkflowResult): readonly string[] {
  return [...(tableOf(result)?.summary ?? '').matchAll(/^\| \S+&nbsp;`([^`]+)`<br>(\w+)/gm)].map(
    ([, cluster, verdict]) => `${cluster} ${verdict}`,
  );
}

test(
  `${NAMES.length} clusters, a kubeconfig that is no good and a mount that is another's: the others are green`,
  async () => {
    await keep(
      BROKEN,
      other.adminKubeconfig.replace(/client-certificate-data: .*/, 'client-certificate-data: bm9uZQ=='),
    );
    const result = await run('bind.yml', { first: 'a01' });
    await keep(BROKEN, other.adminKubeconfig);
    const [first, second, ...rest] = rowsOf(result);
    expect([first, second].sort()).toEqual([`${BROKEN} red`, `${FOREIGN} red`]);
    expect(rest).toHaveLength(NAMES.length - 2);
    expect(rest.filter((row) => !row.endsWith(' green'))).toEqual([]);
    expect(tableOf(result)?.summary).toContain('KUBECONFIG_INVALID');
    expect(tableOf(result)?.summary).toContain('MOUNT_FOREIGN');
    expect(tableOf(result)?.summary.match(/^### Fleet/gm)).toHaveLength(1);
    const told = outputsOf(result, tableOf(result)?.name ?? '', 'table');
    expect(JSON.parse(told['failed-clusters'] ?? '').sort()).toEqual([BROKEN, FOREIGN]);
    // Nobody starts before the one that goes first has ended.
    expect(result.jobs.map(({ id }) => id).indexOf('first')).toBeLessThan(
      result.jobs.map(({ id }) => id).indexOf('rest'),
    );
    expect(result.jobs.filter(({ id }) => id === 'first').map(({ matrix }) => matrix['cluster'])).toEqual(['a01']);
  },
  LIMIT_MS,
);

test(
  'mended, one cluster is bound alone; at night all are green but the foreign mount, and the caller gets the outputs',
  async () => {
    expect(rowsOf(await run('bind.yml', { cluster: BROKEN }))).toEqual([`${BROKEN} green`]);
    const result = await run('rotate.yml', { cluster: `*,!${FOREIGN}` });
    expect(rowsOf(result)).toHaveLength(NAMES.length - 1);
    expect(resultsOf(result)).toMatchObject({ 'call/rotate/table': 'success', 'fleet/after': 'success' });
    expect(result.jobs.find(({ id }) => id === 'after')?.output).toContain('verdict=green failed=[]');
  },
  LIMIT_MS,
);

test(
  'a first cluster that fails: no other starts, and the table says so',
  async () => {
    const result = await run('rotate.yml', { first: FOREIGN });
    expect(result.jobs.map(({ id }) => id)).toEqual(['list', 'first', 'table']);
    const [first, ...rest] = rowsOf(result);
    expect(first).toBe(`${FOREIGN} red`);
    expect(new Set(rest.map((row) => row.split(' ')[1]))).toEqual(new Set(['missing']));
  },
  LIMIT_MS,
);

test(
  'max-failures: those that have not begun do not begin',
  async () => {
    const bad = { 'vault-role': 'nobody', 'max-failures': '1' };
    const result = await run('rotate.yml', bad);
    // The runner takes one job of a matrix after the other.
    const began = ({ steps }: JobRun): boolean => steps.some(({ id, stage: at }) => id === 'rotate' && at === 'Main');
    const rest = result.jobs.filter(({ id }) => id === 'rest');
    const stopped = rest.filter((job) => !began(job));
    expect([rest.length, stopped.length]).toEqual([NAMES.length, NAMES.length - 1]);
    expect(stopped.map(({ result: ended }) => ended)).toEqual(stopped.map(() => 'failure'));
    const rows = rowsOf(result).map((row) => row.split(' ')[1]);
    expect(rows.filter((verdict) => verdict === 'missing')).toHaveLength(stopped.length);
    expect(rows).not.toContain('green');
  },
  LIMIT_MS,
);

test.each([
  ['more than 256 clusters', {}, 'more than 256 clusters'],
  ['a first cluster on a page', { first: 'a01', page: '{"include":[]}' }, 'first and page'],
  ['a cluster that is not there', { cluster: 'nowhere' }, 'CLUSTER_UNKNOWN'],
  ['a cluster that is a command', { cluster: '$(touch pwned)' }, 'INPUT_INVALID'],
])(
  '%s: refused before any cluster is touched',
  async (_what, inputs: Record<string, string>, told) => {
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [`c${index}`, `c${index}`]));
    const text = caller('rotate.yml', inputs);
    const result = await stage.run(text, { files: clusterFiles({ ...many, a01: 'a01' }) });
    expect(result.jobs.map(({ id }) => id)).toEqual(['list', 'table']);
    expect(result.exitCode).not.toBe(0);
    expect(result.log).toContain(told);
  },
  60_000,
);

test(
  'fleet-nightly.yml: green, in pages, with no secret of GitHub',
  async () => {
    await keep('prodtest', stage.scene.cluster.adminKubeconfig);
    const { main, report } = await stage.scene.run(stage.scene.adminInputs());
    main.remove();
    expect(report.verdict).toBe('green');
    const clusters = Object.fromEntries(
      ['prodtest', ...NAMES.filter((name) => name !== FOREIGN)].map((name) => [name, name]),
    );
    // A page would otherwise spread its starts over ten minutes.
    const placeholders = { 'stagger: 600': 'stagger: 2' };
    const result = await stage.paste('fleet-nightly.yml', {
      files: clusterFiles(clusters),
      placeholders,
      timeoutMs: LIMIT_MS,
    });
    expect(result.jobs.filter(({ result: ended }) => ended !== 'success').map(({ name }) => name)).toEqual([]);
    const last = result.jobs.at(-1);
    expect(last?.id).toBe('table');
    expect(last?.summary).toContain(`### Fleet: ${NAMES.length} green`);
  },
  LIMIT_MS,
);
