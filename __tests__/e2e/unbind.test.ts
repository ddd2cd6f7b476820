import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureNamespace } from '../../sandbox/gitops.ts';
import { openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import { clusterWrites, vaultWrites } from './write.ts';

const MOUNT = 'kubernetes-prodtest';
const HOME = 'openshift-gitops';

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await ensureNamespace(scene.cluster, HOME);
  await scene.grantAll();
}, 120_000);

afterAll(() => scene?.stop());

async function run(identity: string, more: Record<string, string> = {}): Promise<SceneRun> {
  const ended = await scene.run(await scene.inputs(identity, more));
  ended.main.remove();
  return ended;
}

const unbind = (more: Record<string, string> = {}): Promise<SceneRun> => run('unbind', { mode: 'unbind', ...more });
const codes = ({ report }: SceneRun): string[] =>
  [...report.blockers, ...report.errors].map(({ code }: { code: string }) => code);

/** Everything bind could have made, by name. */
async function inventory(): Promise<Record<string, unknown>> {
  const { cluster, vault } = scene;
  const names = async (path: string): Promise<string[]> => {
    const { body } = await cluster.request('GET', path);
    return (body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name).sort();
  };
  const core = `/api/v1/namespaces/${HOME}`;
  const accounts = await names(`${core}/serviceaccounts`);
  const mounts = await vault.request('GET', 'sys/auth');
  const policies = await vault.request('LIST', 'sys/policies/acl');
  return {
    accounts,
    secrets: await names(`${core}/secrets`),
    leases: await names(`/apis/coordination.k8s.io/v1/namespaces/${HOME}/leases`),
    bindings: await names('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings'),
    mounts: Object.entries(mounts.body.data as Record<string, { description: string }>).map(
      ([path, { description }]) => `${path} ${description}`,
    ),
    policies: (policies.body.data.keys as string[]).filter((name) => name !== 'kube-auth'),
  };
}

test('a mount that bind made: everything is as before, and a second unbind has nothing to do', async () => {
  const before = await inventory();
  const bound = await run('bind');
  expect(bound.report.verdict).toBe('green');
  const gone = await unbind();
  expect({ verdict: gone.report.verdict, codes: codes(gone) }).toEqual({ verdict: 'green', codes: [] });
  expect(gone.report.planTitle).toMatch(/^unbind: .* removed/);
  expect(await inventory()).toEqual(before);
  const writes = { vault: await vaultWrites(scene.vault), cluster: await clusterWrites(scene.cluster) };
  const again = await unbind();
  expect(again.report).toMatchObject({ verdict: 'green', changed: false });
  expect(await vaultWrites(scene.vault)).toEqual(writes.vault);
  expect(await clusterWrites(scene.cluster)).toEqual(writes.cluster);
}, 120_000);

test('an adopted mount is given back with what was on it', async () => {
  const { vault, cluster } = scene;
  await vault.request('POST', `sys/auth/${MOUNT}`, { type: 'kubernetes', description: 'made by hand' });
  const config = { kubernetes_host: cluster.server, kubernetes_ca_cert: cluster.caPem, token_reviewer_jwt: 'theirs' };
  await vault.request('POST', `auth/${MOUNT}/config`, config);
  const role = {
    bound_service_account_names: 'default',
    bound_service_account_namespaces: HOME,
    token_policies: 'default',
  };
  await vault.request('POST', `auth/${MOUNT}/role/theirs`, role);
  const before = await inventory();
  expect((await run('bind')).report.verdict).toBe('green');
  const gone = await unbind();
  expect(gone.report.verdict).toBe('green');
  expect(await inventory()).toEqual(before);
  const roles = await vault.request('LIST', `auth/${MOUNT}/role`);
  expect(roles.body.data.keys).toEqual(['theirs']);
  const kept = (gone.report.steps as { op: string; kind: string; reason: string }[]).filter(({ op }) => op === 'keep');
  expect(kept.map(({ kind }) => kind)).toContain('mount config');
  expect((await unbind()).report).toMatchObject({ verdict: 'green', changed: false });
  await vault.request('DELETE', `sys/auth/${MOUNT}`);
}, 120_000);

test('what another mount of the cluster uses stays', async () => {
  const admin = (more: Record<string, string>): Promise<SceneRun> =>
    scene.run(scene.adminInputs(more)).then((ended) => {
      ended.main.remove();
      return ended;
    });
  await admin({ mount: 'first' });
  await admin({ mount: 'second' });
  const gone = await admin({ mount: 'first', mode: 'unbind' });
  expect(gone.report.verdict).toBe('green');
  const second = await admin({ mount: 'second', mode: 'verify', checks: 'binding' });
  expect(second.report).toMatchObject({ verdict: 'green', drift: false });
  expect((await admin({ mount: 'second', mode: 'unbind' })).report.verdict).toBe('green');
}, 120_000);

describe('without the cluster', () => {
  const gone = { mode: 'unbind', kubeconfig: '' };

  test('only the cluster of the mark is taken away', async () => {
    const bound = await run('bind');
    const uid = bound.main.outputs['cluster-uid'] as string;
    const late = await run('unbind', { ...gone, 'cluster-uid': '00000000-0000-4000-8000-000000000000' });
    expect(codes(late)).toEqual(['MOUNT_FOREIGN']);
    expect((await run('verify', { mode: 'verify', checks: 'binding' })).report.verdict).toBe('green');
    const ended = await run('unbind', { ...gone, 'cluster-uid': uid });
    expect({ verdict: ended.report.verdict, codes: codes(ended) }).toEqual({ verdict: 'green', codes: [] });
    const mounts = await scene.vault.request('GET', 'sys/auth');
    expect(Object.keys(mounts.body.data)).not.toContain(`${MOUNT}/`);
    expect((await run('unbind', { ...gone, 'cluster-uid': uid })).report).toMatchObject({
      verdict: 'green',
      changed: false,
    });
  }, 120_000);

  test.each([
    ['a word', { ...gone, 'cluster-uid': 'prodtest' }, 'INPUT_INVALID'],
    ['beside credentials', { mode: 'unbind', 'cluster-uid': '00000000-0000-4000-8000-000000000000' }, 'INPUT_CONFLICT'],
    ['in another mode', { mode: 'bind', 'cluster-uid': '00000000-0000-4000-8000-000000000000' }, 'INPUT_CONFLICT'],
  ])('cluster-uid %s is refused', async (_title, more, code) => {
    expect(codes(await run('unbind', more))).toContain(code);
  });
});

test('a mount of another cluster is refused', async () => {
  await scene.vault.request('POST', `sys/auth/${MOUNT}`, {
    type: 'kubernetes',
    description: '[vault-cluster-bind cluster=other uid=11111111-1111-4111-8111-111111111111 created]',
  });
  const ended = await unbind();
  expect(codes(ended)).toEqual(['MOUNT_FOREIGN']);
  expect(ended.report).toMatchObject({ verdict: 'red', changed: false });
  await scene.vault.request('DELETE', `sys/auth/${MOUNT}`);
}, 60_000);
