import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installCrd, looseCrd } from '../../sandbox/crd.ts';
import { openScene, type Scene } from '../../sandbox/scene.ts';

const GROUP = '/apis/config.openshift.io/v1';

interface Row {
  id: string;
  state: string;
  detail: string;
}

let scene: Scene;

/** An OpenShift whose API server has a bought certificate at the name that Vault is given. */
beforeAll(async () => {
  scene = await openScene({ cluster: { foreignServingCa: true } });
  const { cluster } = scene;
  await installCrd(cluster, looseCrd('config.openshift.io', 'v1', 'Infrastructure', 'infrastructures', 'Cluster'));
  await installCrd(cluster, looseCrd('config.openshift.io', 'v1', 'APIServer', 'apiservers', 'Cluster'));
  const made = await cluster.request('POST', `${GROUP}/infrastructures`, {
    apiVersion: 'config.openshift.io/v1',
    kind: 'Infrastructure',
    metadata: { name: 'cluster' },
  });
  await cluster.request('PUT', `${GROUP}/infrastructures/cluster/status`, {
    ...made.body,
    status: { apiServerURL: cluster.server, apiServerInternalURI: 'https://api-int.example:6443' },
  });
  await cluster.request('POST', `${GROUP}/apiservers`, {
    apiVersion: 'config.openshift.io/v1',
    kind: 'APIServer',
    metadata: { name: 'cluster' },
    spec: { servingCerts: { namedCertificates: [{ names: ['localhost'], servingCertificate: { name: 'bought' } }] } },
  });
}, 60_000);

afterAll(() => scene?.stop());

async function run(
  more: Record<string, string>,
): Promise<{ report: { checks: Row[]; blockers: { code: string; message: string }[]; verdict: string } }> {
  const ended = await scene.run(scene.adminInputs(more));
  ended.main.remove();
  return ended;
}

test('a named certificate that kube-root-ca.crt does not cover is the cause that is named', async () => {
  const { report } = await run({ mode: 'bind' });
  expect(report.verdict).toBe('red');
  expect(report.blockers).toEqual([
    expect.objectContaining({
      code: 'CA_MISMATCH',
      message: expect.stringContaining('where OpenShift serves a named certificate'),
    }),
  ]);
  const row = report.checks.find(({ id }) => id === 'openshift.serving-certificate');
  expect(row).toMatchObject({ state: 'red', detail: expect.stringContaining('at localhost') });
}, 60_000);

test('with its CA the binding is green, and both rows say so', async () => {
  const { report } = await run({ mode: 'bind', 'kubernetes-ca-certificate': scene.cluster.caPem });
  expect(report.verdict).toBe('green');
  const rows = report.checks.filter(({ id }) => id.startsWith('openshift.'));
  expect(rows.map(({ id, state }) => [id, state])).toEqual([
    ['openshift.api-url', 'green'],
    ['openshift.serving-certificate', 'green'],
  ]);
}, 60_000);
