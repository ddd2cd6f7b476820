import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { installCrd, looseCrd } from '../../sandbox/crd.ts';
import { startRealCluster } from '../../sandbox/real/cluster.ts';
import { send } from '../../sandbox/request.ts';
import type { Cluster, VaultServer } from '../../sandbox/types.ts';
import { startVault } from '../../sandbox/vault.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startRealCluster({ maxTokenExpirationSeconds: 7200 });
}, 600_000);
afterAll(() => cluster?.stop());

const CORE = '/api/v1/namespaces/default';

describe('the real control plane', () => {
  test('publishes the CA that verifies it, and shortens a token as told', async () => {
    const published = await cluster.request('GET', `${CORE}/configmaps/kube-root-ca.crt`);
    expect(published.body.data['ca.crt']).toBe(cluster.caPem);
    const asked = { spec: { expirationSeconds: 86_400 } };
    const { status, body } = await cluster.request('POST', `${CORE}/serviceaccounts/default/token`, asked);
    expect(status).toBe(201);
    expect(body.spec.expirationSeconds).toBe(7200);
  });

  test('knows the user and the groups of a kubeconfig, and lets it do no more than its role', async () => {
    const config = load(await cluster.kubeconfigFor({ user: 'alice', groups: ['operators'] })) as {
      users: { user: Record<string, string> }[];
    };
    const { user = {} } = config.users[0] ?? {};
    const decode = (key: string): string => Buffer.from(user[key] ?? '', 'base64').toString();
    const credential = { certPem: decode('client-certificate-data'), keyPem: decode('client-key-data') };
    const url = `${cluster.server}/apis/authentication.k8s.io/v1/selfsubjectreviews`;
    const review = await send({ method: 'POST', url, body: {}, caPem: cluster.caPem, ...credential });
    expect(review.body.status.userInfo).toMatchObject({
      username: 'alice',
      groups: ['operators', 'system:authenticated'],
    });
    const secrets = await send({
      method: 'GET',
      url: `${cluster.server}${CORE}/secrets`,
      caPem: cluster.caPem,
      ...credential,
    });
    expect(secrets.status).toBe(403);
    expect((await cluster.audit()).at(-1)).toMatchObject({
      verb: 'list',
      resource: 'secrets',
      user: 'alice',
      status: 403,
    });
  });

  test('keeps data and audit log over a restart, and logs dry runs as such', async () => {
    const body = { metadata: { name: 'kept' } };
    await cluster.request(
      'POST',
      `${CORE}/configmaps?dryRun=All`,
      { metadata: { name: 'dry' } },
      { 'user-agent': 'us/1' },
    );
    await cluster.request('POST', `${CORE}/configmaps`, body, { 'user-agent': 'us/1' });
    await cluster.restart();
    expect((await cluster.request('GET', `${CORE}/configmaps/kept`)).status).toBe(200);
    expect((await cluster.request('GET', `${CORE}/configmaps/dry`)).status).toBe(404);
    const ours = (await cluster.audit()).filter(({ userAgent }) => userAgent === 'us/1');
    expect(ours.map(({ verb, dryRun, status }) => [verb, dryRun, status])).toEqual([
      ['create', true, 201],
      ['create', false, 201],
    ]);
  }, 60_000);

  test('serves a kind that was installed', async () => {
    await installCrd(cluster, looseCrd('argoproj.io', 'v1alpha1', 'Application', 'applications'));
    const path = '/apis/argoproj.io/v1alpha1/namespaces/default/applications';
    const made = await cluster.request('POST', path, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'a' },
      spec: { any: { thing: 1 } },
    });
    expect(made).toMatchObject({ status: 201, body: { spec: { any: { thing: 1 } } } });
  });
});

describe('a login that Vault reviews at the real API server', () => {
  let vault: VaultServer;
  beforeAll(async () => {
    vault = await startVault();
  });
  afterAll(() => vault?.stop());
  const mint = async (name: string): Promise<string> => {
    const { body } = await cluster.request('POST', `${CORE}/serviceaccounts/${name}/token`, { spec: {} });
    return body.status.token;
  };

  test("goes through with the reviewer's right and fails without", async () => {
    await cluster.request('POST', `${CORE}/serviceaccounts`, { metadata: { name: 'reviewer' } });
    const config = {
      kubernetes_host: cluster.server,
      kubernetes_ca_cert: cluster.caPem,
      token_reviewer_jwt: await mint('reviewer'),
      disable_local_ca_jwt: true,
    };
    await vault.request('POST', 'sys/auth/kubernetes', { type: 'kubernetes' });
    await vault.request('POST', 'auth/kubernetes/config', config);
    const role = { bound_service_account_names: 'default', bound_service_account_namespaces: 'default' };
    await vault.request('POST', 'auth/kubernetes/role/r', role);
    const login = async () =>
      (await vault.request('POST', 'auth/kubernetes/login', { role: 'r', jwt: await mint('default') }, '')).status;
    expect(await login()).toBe(403);
    await cluster.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'reviewer' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: 'reviewer', namespace: 'default' }],
    });
    // RBAC reaches the authorizer through a watch, a moment after the write.
    for (let attempt = 0; attempt < 50 && (await login()) !== 200; attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await login()).toBe(200);
  }, 30_000);
});

test('a bought serving certificate is verified by its own CA and not by the published one', async () => {
  const foreign = await startRealCluster({ foreignServingCa: true, servingHosts: ['api.prodtest.example'] });
  try {
    const published = await foreign.request('GET', `${CORE}/configmaps/kube-root-ca.crt`);
    const clusterCa = published.body.data['ca.crt'];
    expect(clusterCa).not.toBe(foreign.caPem);
    const get = (url: string, caPem: string) => send({ method: 'GET', url: `${url}/version`, caPem });
    await expect(get(foreign.server, clusterCa)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    const port = new URL(foreign.server).port;
    expect((await get(`https://127.0.0.1:${port}`, clusterCa)).status).toBe(200);
  } finally {
    await foreign.stop();
  }
}, 120_000);
