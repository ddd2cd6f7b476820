import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { makeGitopsHealthy } from '../../sandbox/gitops.ts';
import { putGitopsRole } from '../../sandbox/gitops-vault.ts';
import { approleInputs, jwtInputs, tokenInputs } from '../../sandbox/identity.ts';
import { ENV, openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import { clusterWrites, vaultWrites } from './write.ts';

const MOUNT = 'kubernetes-prodtest';
const STORED = ['ServiceAccount', 'ClusterRoleBinding', 'policy', 'mount', 'mount config', 'role'];

interface Check {
  id: string;
  category: string;
  severity: string;
  state: string;
}

function states(report: SceneRun['report'], category: string): string[] {
  const rows = (report.checks as Check[]).filter((check) => check.category === category && check.severity === 'error');
  return [...new Set(rows.map(({ state }) => state))].sort();
}

describe.each([false, true])('real API server: %s', (real) => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene({ real, vault: { tls: true, mtls: true } });
    await scene.grantAll();
  }, 120_000);

  afterAll(() => scene?.stop());

  afterEach(async () => {
    await scene.vault.request('DELETE', `sys/auth/${MOUNT}`);
  });

  async function identityInputs(method: string, identity: string): Promise<Record<string, string>> {
    const made = {
      jwt: () => Promise.resolve(jwtInputs(identity)),
      approle: () => approleInputs(scene.vault, identity),
      token: () => tokenInputs(scene.vault, identity),
    }[method];
    const login = { 'vault-role': '', 'vault-jwt-audience': '', ...(await made?.()) };
    return scene.inputs(identity, login);
  }

  async function run(inputs: Record<string, string>): Promise<SceneRun> {
    const ended = await scene.run(inputs);
    ended.main.remove();
    expect(ended.main.stderr + ended.post.stderr).toBe('');
    expect(ended.post.exitCode).toBe(0);
    return ended;
  }

  test.each(['jwt', 'approle', 'token'])(
    'by %s: from nothing to green, and a second bind writes nothing',
    async (method) => {
      const inputs = await identityInputs(method, 'bind');
      const first = await run(inputs);
      expect(first.report).toMatchObject({ verdict: 'green', changed: true, drift: false, blockers: [], errors: [] });
      expect(first.main.exitCode).toBe(0);
      // Skipped is what OpenShift alone can say.
      expect(states(first.report, 'binding')).toEqual(['green', 'skipped']);
      expect(states(first.report, 'gitops')).toEqual(['pending']);
      expect(first.main.outputs).toMatchObject({ verdict: 'green', changed: 'true', drift: 'false', mount: MOUNT });
      expect(first.main.outputs['kubernetes-host']).toBe(scene.cluster.server);
      const writes = { vault: await vaultWrites(scene.vault), cluster: await clusterWrites(scene.cluster) };
      const second = await run(inputs);
      expect(second.report).toMatchObject({ verdict: 'green', changed: false, drift: false });
      expect(second.main.outputs['changed']).toBe('false');
      expect(await vaultWrites(scene.vault)).toEqual(writes.vault);
      expect(await clusterWrites(scene.cluster)).toEqual(writes.cluster);
    },
    60_000,
  );

  test('every object it makes is one the report names', async () => {
    const { report } = await run(await identityInputs('jwt', 'bind'));
    const kinds = (report.steps as { kind: string; state: string }[]).map(({ kind }) => kind);
    for (const kind of STORED) expect(kinds).toContain(kind);
    const { body } = await scene.vault.request('GET', `auth/${MOUNT}/config`);
    expect(body.data).toMatchObject({
      kubernetes_host: scene.cluster.server,
      kubernetes_ca_cert: expect.stringContaining('BEGIN CERTIFICATE'),
      token_reviewer_jwt_set: true,
      disable_local_ca_jwt: true,
    });
  }, 60_000);

  test('verify is red before the bootstrap, waits for it, and is green after it', async () => {
    await run(await identityInputs('jwt', 'bind'));
    const verify = await identityInputs('jwt', 'verify');
    const before = await run({ ...verify, mode: 'verify' });
    expect(before.report.verdict).toBe('red');
    expect(states(before.report, 'binding')).toEqual(['green', 'skipped']);
    const waiting = run({ ...verify, mode: 'verify', wait: '60s' });
    await putGitopsRole(scene.vault, ENV);
    await makeGitopsHealthy(scene.cluster, ENV);
    const after = await waiting;
    expect(after.report).toMatchObject({ verdict: 'green', changed: false, drift: false });
    expect(states(after.report, 'gitops')).toEqual(['green']);
    const bound = await run({
      ...(await identityInputs('jwt', 'bind')),
      wait: '30s',
      kubeconfig: scene.cluster.adminKubeconfig,
    });
    expect(states(bound.report, 'gitops')).toEqual(['green']);
  }, 120_000);

  test('our own Vault tokens are dead after post, and a token that was given lives', async () => {
    const inputs = await identityInputs('jwt', 'bind');
    const { main } = await scene.run(inputs);
    main.remove();
    const kept = Object.values(main.state).join(' ').split(' ').filter(Boolean);
    expect(kept.length).toBeGreaterThan(0);
    for (const token of kept) {
      const looked = await scene.vault.request('GET', 'auth/token/lookup-self', undefined, token);
      expect(looked.status).toBe(403);
    }
    const given = await identityInputs('token', 'bind');
    const again = await scene.run(given);
    again.main.remove();
    expect(again.main.exitCode).toBe(0);
    const looked = await scene.vault.request('GET', 'auth/token/lookup-self', undefined, given['vault-token']);
    expect(looked.status).toBe(200);
  }, 60_000);
});
