import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ActionResult, runAction } from '../../sandbox/github.ts';
import { openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import { expireLeases, leasesPath, left } from './leftover.js';
import { vaultWrites } from './write.ts';

const HOME = 'openshift-gitops';
const PROBE = 'vault-cluster-bind-probe';
/** `FULL=1`: 50 pairs; `FULL=2/3`: a third of them. */
const FULL = process.env['FULL'] ?? '';
const PAIRS = FULL ? Math.ceil(50 / Number(FULL.split('/')[1] ?? 1)) : 3;
const KINDS = [
  ['bind', 'bind'],
  ['bind', 'rotate'],
  ['rotate', 'rotate'],
] as const;
/** After so long no cache holds a login that would be refused by now. */
const CACHES_MS = 12_000;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
}, 60_000);

afterAll(() => scene?.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function run(mount: string, more: Record<string, string> = {}): Promise<SceneRun> {
  const ended = await scene.run(scene.adminInputs({ mount, ...more }));
  ended.main.remove();
  return ended;
}

/** What made it red. */
function causes({ report }: SceneRun): string {
  const checks = (report?.checks ?? []).filter(({ state }: { state: string }) => state === 'red');
  const found = [...(report?.blockers ?? []), ...(report?.errors ?? []), ...checks];
  return found.map(({ code, message, id, detail }) => `${code ?? id}: ${message ?? detail}`).join('; ');
}

async function anchorsOf(mount: string): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${HOME}/secrets`;
  const { body } = await scene.cluster.request('GET', path);
  const items = body.items as { metadata: { name: string; annotations?: Record<string, string> } }[];
  const ours = items.filter(({ metadata }) => metadata.annotations?.['vault-cluster-bind.bitiq.io/mount'] === mount);
  return ours.map(({ metadata }) => metadata.name);
}

/** A login as the probe, by someone who has nothing to do with the action. */
async function logIn(mount: string): Promise<number> {
  const wanted = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const path = `/api/v1/namespaces/${HOME}/serviceaccounts/${PROBE}/token`;
  const { token } = (await scene.cluster.request('POST', path, wanted)).body.status;
  return (await scene.vault.request('POST', `auth/${mount}/login`, { role: PROBE, jwt: token }, '')).status;
}

async function verify(mount: string): Promise<ActionResult> {
  const inputs = scene.adminInputs({ mount, mode: 'verify', checks: 'binding' });
  const main = await runAction({ bundle: 'main', inputs, env: scene.oidc });
  main.remove();
  return main;
}

/** What the pair starts from: nothing, a binding whose token is dead, or one that works. */
async function prepare(mount: string, turn: number, modes: readonly string[]): Promise<void> {
  if (modes.every((mode) => mode === 'bind') && turn % 2 === 0) return;
  await run(mount);
  if (modes.every((mode) => mode === 'rotate') || turn % 2 === 0) return;
  for (const name of await anchorsOf(mount))
    await scene.cluster.request('DELETE', `/api/v1/namespaces/${HOME}/secrets/${name}`);
}

describe('two runs on one mount', () => {
  test(
    `${PAIRS} pairs at random offsets: both exit with a verdict, and the binding works ever after`,
    async () => {
      const pairs = Array.from({ length: PAIRS }, (_, turn) => ({ turn, mount: `pair-${turn}` }));
      const found: string[] = [];
      for (const { turn, mount } of pairs) {
        const modes = KINDS[turn % KINDS.length] ?? KINDS[0];
        await prepare(mount, Math.floor(turn / KINDS.length), modes);
        const offset = randomInt(600);
        const starts = turn % 2 === 0 ? [0, offset] : [offset, 0];
        const ended = await Promise.all(
          modes.map((mode, index) => pause(starts[index] ?? 0).then(() => run(mount, { mode }))),
        );
        ended.forEach((one, index) => {
          const { exitCode, outputs } = one.main;
          const verdict = outputs['verdict'] ?? 'none';
          if (exitCode === 0 && verdict === 'green') return;
          found.push(`${mount} ${modes.join('+')} after ${starts}: ${modes[index]} is ${verdict}: ${causes(one)}`);
        });
        const anchors = await anchorsOf(mount);
        if (anchors.length !== 1) found.push(`${mount}: ${anchors}`);
        const status = await logIn(mount);
        if (status !== 200) found.push(`${mount}: login ${status} right after`);
      }
      await pause(CACHES_MS);
      for (const { mount } of pairs) {
        const status = await logIn(mount);
        const { exitCode, outputs, log } = await verify(mount);
        if (status !== 200) found.push(`${mount}: login ${status}`);
        if (exitCode !== 0 || outputs['drift'] !== 'false') found.push(`${mount}: ${log}`);
      }
      expect(found).toEqual([]);
      expect((await left(scene, '')).leases).toEqual([]);
    },
    FULL ? 600_000 : 120_000,
  );
});

describe('a Lease that a dead run left', () => {
  const HOLDER = 'https://github.com/bitiq-io/clusters/actions/runs/1/attempts/1';
  const MOUNT = 'lease';

  /** A Lease as a run leaves it that is killed right after it took it. */
  async function leave(): Promise<void> {
    const hash = /-([0-9a-f]{10})-[ab]$/.exec((await anchorsOf(MOUNT))[0] ?? '')?.[1];
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    const { status } = await scene.cluster.request('POST', leasesPath, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: `vault-cluster-bind-${hash}`, namespace: HOME },
      spec: { holderIdentity: HOLDER, leaseDurationSeconds: 60, acquireTime: renewTime, renewTime },
    });
    expect(status).toBe(201);
  }

  const configWrites = async (): Promise<number> =>
    (await vaultWrites(scene.vault)).filter(({ path }) => path === `auth/${MOUNT}/config`).length;

  beforeAll(async () => {
    expect((await run(MOUNT)).report.verdict).toBe('green');
  }, 30_000);

  test('is waited for by name, and taken over once it has expired', async () => {
    await leave();
    const before = await configWrites();
    const rotating = run(MOUNT, { mode: 'rotate' });
    await pause(2500);
    expect(await configWrites()).toBe(before);
    await expireLeases(scene);
    const { main, report } = await rotating;
    expect(report).toMatchObject({ verdict: 'green', changed: true });
    expect(main.log).toContain(`waiting for ${HOLDER}, which holds Lease ${HOME}/`);
    expect(await configWrites()).toBe(before + 1);
    expect((await left(scene, '')).leases).toEqual([]);
  }, 30_000);

  test('is left alone by a bind that has nothing to do as long as it may be held, and removed after that', async () => {
    await leave();
    expect((await run(MOUNT)).report).toMatchObject({ verdict: 'green', changed: false });
    expect((await left(scene, '')).leases).toHaveLength(1);
    await expireLeases(scene);
    expect((await run(MOUNT)).report).toMatchObject({ verdict: 'green', changed: false });
    expect((await left(scene, '')).leases).toEqual([]);
  }, 30_000);
});
