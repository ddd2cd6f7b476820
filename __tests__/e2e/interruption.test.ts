import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runAction } from '../../sandbox/github.ts';
import { createAuthority } from '../../sandbox/pki.ts';
import { openStage, type Stage } from '../leak/stage.js';
import { expireLeases, left } from './leftover.js';
import {
  type Client,
  counts,
  HOME,
  lostAnchor,
  MOUNT,
  type Point,
  pointsSince,
  type Stop,
  startClient,
  stopAt,
  strayTokens,
} from './sweep.js';

/** `FULL=1`: every request with every signal; `FULL=2/6`: the second of six shares of the requests. */
const FULL = process.env['FULL'] ?? '';
const [SHARE = 1, SHARES = 1] = FULL.includes('/') ? FULL.split('/').map(Number) : [];
const STOPS: readonly Stop[] = ['SIGKILL', 'cancel', 'SIGTERM'];

interface Scenario {
  readonly title: string;
  readonly mode: 'bind' | 'rotate';
  /** Whether there is a working config from the start, through which somebody logs in all the time. */
  readonly live: boolean;
  /** Which writes are tried unless FULL is set: one in so many. */
  readonly every: number;
  /** Makes the state that the run starts from; `turn` counts the runs. */
  prepare(turn: number): Promise<void>;
}

let stage: Stage;
let bindInputs: Record<string, string>;
let rotateInputs: Record<string, string>;
let otherCa: string;

beforeAll(async () => {
  stage = await openStage();
  const direct = { 'kubernetes-host': stage.scene.cluster.server, 'kubernetes-ca-certificate': '' };
  bindInputs = await stage.inputs('bind', direct);
  rotateInputs = await stage.inputs('rotate', { ...direct, mode: 'rotate' });
  otherCa = createAuthority('next-ca').certPem;
}, 120_000);

afterAll(() => stage?.stop());

const must = async (answer: Promise<{ status: number }>): Promise<void> => {
  const { status } = await answer;
  if (status >= 300 && status !== 404) throw new Error(`HTTP ${status}`);
};

async function secrets(): Promise<readonly string[]> {
  const { anchors, proofs } = await left(stage.scene, MOUNT);
  return [...anchors, ...proofs];
}

async function nothing(): Promise<void> {
  const { vault, cluster } = stage.scene;
  const space = `/api/v1/namespaces/${HOME}`;
  await must(vault.request('DELETE', `sys/auth/${MOUNT}`));
  for (const name of ['kube-auth', `kube-auth-${MOUNT}`])
    await must(vault.request('DELETE', `sys/policies/acl/${name}`));
  for (const name of await secrets()) await must(cluster.request('DELETE', `${space}/secrets/${name}`));
  for (const name of ['vault-token-reviewer', 'vault-cluster-bind-probe'])
    await must(cluster.request('DELETE', `${space}/serviceaccounts/${name}`));
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  await must(cluster.request('DELETE', `${bindings}/vault-token-reviewer-auth-delegator`));
}

async function deadToken(): Promise<void> {
  for (const name of await secrets())
    await must(stage.scene.cluster.request('DELETE', `/api/v1/namespaces/${HOME}/secrets/${name}`));
}

/** A bundle of one certificate, then of two, then of one: each time the CA of a live mount changes. */
async function otherBundle(turn: number): Promise<void> {
  const { caPem } = stage.scene.cluster;
  bindInputs = { ...bindInputs, 'kubernetes-ca-certificate': turn % 2 === 0 ? `${caPem}${otherCa}` : caPem };
}

async function ownBundle(): Promise<void> {
  bindInputs = { ...bindInputs, 'kubernetes-ca-certificate': '' };
}

const SCENARIOS: readonly Scenario[] = [
  { title: 'bind of an empty mount', mode: 'bind', live: false, every: 5, prepare: nothing },
  { title: 'bind that renews a dead token', mode: 'bind', live: false, every: 5, prepare: deadToken },
  { title: 'rotate', mode: 'rotate', live: true, every: 4, prepare: ownBundle },
  { title: 'bind that changes the CA, by a canary', mode: 'bind', live: true, every: 5, prepare: otherBundle },
];

const inputsOf = ({ mode }: Scenario): Record<string, string> => (mode === 'bind' ? bindInputs : rotateInputs);

async function green(inputs: Record<string, string>): Promise<readonly string[]> {
  const ended = await stage.run(inputs);
  ended.remove();
  const { exitCode, outputs, log } = ended.main;
  return exitCode === 0 && outputs['verdict'] === 'green' ? [] : [`${inputs['mode'] ?? 'bind'}: ${log}`];
}

async function verified(): Promise<readonly string[]> {
  const more = { mode: 'verify', checks: 'binding' };
  const ca = bindInputs['kubernetes-ca-certificate'] ?? '';
  const inputs = stage.scene.adminInputs({ ...more, 'kubernetes-ca-certificate': ca });
  const main = await runAction({ bundle: 'main', inputs, env: stage.scene.oidc });
  main.remove();
  const fine = main.exitCode === 0 && main.outputs['verdict'] === 'green' && main.outputs['drift'] === 'false';
  return fine ? [] : [`verify: ${main.log}`];
}

/** Everything that is wrong after this run was stopped there, post ran and one bind followed. */
async function troubles(scenario: Scenario, point: Point, stop: Stop, client: Client | undefined): Promise<string[]> {
  const before = await stage.accessors();
  const since = stage.vault.exchanges.length;
  const { run, at, after } = await stopAt(stage, inputsOf(scenario), point, stop);
  run.remove();
  const killed = run.main.signal === 'SIGKILL';
  const untidy = killed ? [] : [...after.leases, ...after.canaries, ...after.proofs];
  if (killed) await expireLeases(stage.scene);
  const found = [
    ...untidy.map((name) => `left by a run that could clean up: ${name}`),
    ...(run.post.exitCode === 0 ? [] : [`post: ${run.post.log}`]),
    ...(killed === (stop === 'SIGKILL' && at !== undefined) ? [] : [`ended by ${run.main.signal}`]),
    ...(await strayTokens(stage, before, since)).map((accessor) => `a token lives: ${accessor}`),
    ...(await green(bindInputs)),
    ...(await verified()),
    ...(await lostAnchor(stage)),
    ...(client?.failures() ?? []),
    ...(await strayTokens(stage, before, since)).map((accessor) => `a token lives in the end: ${accessor}`),
  ];
  const { anchors, ...others } = await left(stage.scene, MOUNT);
  if (anchors.length !== 1) found.push(`anchors: ${anchors}`);
  found.push(...Object.values(others).flat());
  const where = `${point.side} ${point.nth} (${at ? `${at.method} ${at.path}` : 'not reached'})`;
  if (FULL !== '') process.stderr.write(`${scenario.title}: ${stop} at ${where}: ${found.join('; ') || 'fine'}\n`);
  return found.map((trouble) => `${stop} at ${where}: ${trouble}`);
}

function chosen(
  { every }: Scenario,
  stops: readonly Stop[],
  since: ReturnType<typeof counts>,
): readonly (readonly [Point, Stop])[] {
  const points = FULL
    ? pointsSince(stage, since, true).filter((_, index) => index % SHARES === SHARE - 1)
    : pointsSince(stage, since, false).filter((_, index) => index % every === 0);
  return points.map((point, index) => [point, stops[index % stops.length] ?? 'SIGKILL']);
}

/** Each signal in a test of its own, or in a sample all three in turn. */
const CASES = SCENARIOS.flatMap((scenario) =>
  FULL
    ? STOPS.map((stop) => ({ scenario, stops: [stop], title: `${scenario.title}: ${stop}` }))
    : [{ scenario, stops: STOPS, title: scenario.title }],
);

describe('stopped after any request, then post, then one bind: green, nothing left, logins held', () => {
  test.each(CASES)(
    '$title',
    async ({ scenario, stops }) => {
      await ownBundle();
      expect(await green(bindInputs)).toEqual([]);
      if (scenario.mode === 'rotate') await grantRotate();
      const client = scenario.live ? await startClient(stage) : undefined;
      try {
        await scenario.prepare(0);
        const since = counts(stage);
        expect(await green(inputsOf(scenario))).toEqual([]);
        const points = chosen(scenario, stops, since);
        expect(points.length).toBeGreaterThan(3);
        const found: string[] = [];
        for (const [turn, [point, stop]] of points.entries()) {
          await scenario.prepare(turn + 1);
          found.push(...(await troubles(scenario, point, stop, client)));
        }
        // What an API server remembers of a token it forgets in this time.
        if (client && FULL !== '') await new Promise((resolve) => setTimeout(resolve, 11_000));
        expect([...found, ...(client?.failures() ?? [])]).toEqual([]);
      } finally {
        await client?.stop();
      }
    },
    FULL === '' ? 60_000 : 7_200_000,
  );
});

/** The identity of rotate is pinned to what bind stored. */
async function grantRotate(): Promise<void> {
  const { main, report } = await stage.scene.run(stage.scene.adminInputs({ mode: 'plan' }));
  main.remove();
  const { vaultPolicy } = (report.grants as { identity: string; vaultPolicy: string }[]).find(
    ({ identity }) => identity === 'rotate',
  ) ?? { vaultPolicy: '' };
  await must(stage.scene.vault.request('PUT', 'sys/policies/acl/vault-cluster-rotate', { policy: vaultPolicy }));
}

test('a namespace that was made a moment ago has no CA yet, which is waited for', async () => {
  await ownBundle();
  const body = JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 });
  const path = /\/configmaps\/kube-root-ca\.crt$/;
  const forget = stage.cluster.inject({ path, nth: 1, fault: { status: 404, body } });
  expect(await green(bindInputs)).toEqual([]);
  forget();
  expect(stage.cluster.exchanges.some((exchange) => exchange.faulted && path.test(exchange.path))).toBe(true);
}, 30_000);
