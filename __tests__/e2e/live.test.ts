import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startCluster } from '../../sandbox/cluster.ts';
import { installGitopsCrds } from '../../sandbox/gitops.ts';
import { createAuthority } from '../../sandbox/pki.ts';
import { openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import type { Cluster } from '../../sandbox/types.ts';

const MOUNT = 'auth/kubernetes-prodtest';
const CORE = '/api/v1/namespaces/openshift-gitops';

let scene: Scene;
let other: Cluster;
let jwt: string;

beforeAll(async () => {
  [scene, other] = await Promise.all([openScene(), startCluster()]);
  await admin();
  await scene.cluster.request('POST', `${CORE}/serviceaccounts`, { metadata: { name: 'client' } });
  const role = { bound_service_account_names: 'client', bound_service_account_namespaces: 'openshift-gitops' };
  await scene.vault.request('POST', `${MOUNT}/role/client`, { ...role, token_policies: 'default', token_ttl: '1m' });
  const made = await scene.cluster.request('POST', `${CORE}/serviceaccounts/client/token`, { spec: {} });
  jwt = made.body.status.token;
}, 60_000);

afterAll(() => Promise.all([scene?.stop(), other?.stop()]));

async function admin(more: Record<string, string> = {}): Promise<SceneRun> {
  const ended = await scene.run(scene.adminInputs(more));
  ended.main.remove();
  return ended;
}

/** Runs while a client logs in without a pause; how many of its logins failed. */
async function underLoad(run: () => Promise<SceneRun>): Promise<{ ended: SceneRun; failed: number }> {
  let going = true;
  let failed = 0;
  const client = (async () => {
    while (going) {
      const { status } = await scene.vault.request('POST', `${MOUNT}/login`, { role: 'client', jwt }, '');
      if (status !== 200) failed += 1;
    }
  })();
  const ended = await run();
  going = false;
  await client;
  return { ended, failed };
}

const config = async (): Promise<unknown> => (await scene.vault.request('GET', `${MOUNT}/config`)).body.data;
const mounts = async (): Promise<string[]> => Object.keys((await scene.vault.request('GET', 'sys/auth')).body.data);

describe('a live mount', () => {
  test.each<[string, () => Record<string, string>, string]>([
    ['a CA that is not its own', () => ({ 'kubernetes-ca-certificate': createAuthority('x').certPem }), 'CA_MISMATCH'],
    ['the host of another cluster', () => ({ 'kubernetes-host': other.server }), 'CA_MISMATCH'],
    [
      'another cluster, host and CA',
      () => ({ 'kubernetes-host': other.server, 'kubernetes-ca-certificate': other.caPem }),
      'REVIEWER_UNAUTHORIZED',
    ],
    ['a host where nobody answers', () => ({ 'kubernetes-host': 'https://127.0.0.1:9' }), 'CANARY_FAILED'],
  ])(
    'given %s stays as it is',
    async (_what, inputs, code) => {
      const before = { config: await config(), mounts: await mounts() };
      const { ended, failed } = await underLoad(() => admin(inputs()));
      expect(ended.report.verdict).toBe('red');
      const told = [...ended.report.blockers, ...ended.report.errors] as { code: string }[];
      expect(told.map((problem) => problem.code)).toEqual([code]);
      expect(failed).toBe(0);
      expect({ config: await config(), mounts: await mounts() }).toEqual(before);
      const seen = await admin({ mode: 'verify', checks: 'binding' });
      expect(seen.report).toMatchObject({ verdict: 'green', drift: false });
    },
    90_000,
  );

  test('takes another address of the same cluster, proved on a canary that does not stay', async () => {
    const host = scene.cluster.server.replace('127.0.0.1', 'localhost');
    const { ended, failed } = await underLoad(() => admin({ 'kubernetes-host': host }));
    expect([ended.report.verdict, failed]).toEqual(['green', 0]);
    expect(await config()).toMatchObject({ kubernetes_host: host });
    expect((await mounts()).filter((name) => name.includes('canary'))).toEqual([]);
    expect((await admin()).report.verdict).toBe('green');
  }, 60_000);

  test('is not taken by another cluster', async () => {
    const before = await config();
    for (const cluster of ['prodtest', 'another']) {
      const { report } = await admin({ kubeconfig: other.adminKubeconfig, cluster });
      expect(report.blockers).toEqual([expect.objectContaining({ code: 'MOUNT_FOREIGN' })]);
    }
    expect(await config()).toEqual(before);
  }, 60_000);

  test('stays green beside a second writer that its policies refuse, and names it', async () => {
    await installGitopsCrds(scene.cluster);
    const path = '/apis/redhatcop.redhat.io/v1alpha1/namespaces/openshift-gitops/kubernetesauthengineconfigs';
    await scene.cluster.request('POST', path, {
      apiVersion: 'redhatcop.redhat.io/v1alpha1',
      kind: 'KubernetesAuthEngineConfig',
      metadata: { name: 'kubernetes-prodtest', namespace: 'openshift-gitops' },
      spec: { authentication: { path: 'kubernetes-prodtest', role: 'kube-auth' } },
    });
    const { report } = await admin({ mode: 'verify', checks: 'binding' });
    expect(report.verdict).toBe('green');
    const row = (report.checks as { id: string }[]).find(({ id }) => id === 'mount.single-writer');
    expect(row).toMatchObject({
      severity: 'warning',
      detail: expect.stringContaining('KubernetesAuthEngineConfig openshift-gitops/kubernetes-prodtest'),
    });
  }, 60_000);
});
