import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startCluster } from '../../sandbox/cluster.ts';
import { installCrd, looseCrd } from '../../sandbox/crd.ts';
import { type FaultProxy, startFaultProxy } from '../../sandbox/fault-proxy.ts';
import { createAuthority } from '../../sandbox/pki.ts';
import type { Cluster } from '../../sandbox/types.ts';
import { clusterCredentials } from '../../src/adapters/kubeconfig.js';
import { createCluster } from '../../src/adapters/kubernetes.js';
import { createReplay } from '../../src/adapters/replay.js';
import { BindError } from '../../src/binding/errors.js';
import { secretFactory } from '../../src/binding/secret.js';
import type { ClusterPort } from '../../src/ports.js';

const PLANTED = 'planted-secret-value';
const CORE = '/api/v1/namespaces/default';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const OURS = 'vault-cluster-bind.bitiq.io';
const secret = secretFactory(() => undefined);
const { signal } = new AbortController();

async function until(ready: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await ready()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('not within 30 s');
}

describe.each(['emulated', 'real'] as const)('the cluster adapter at the %s API server', (kind) => {
  let server: Cluster;
  let proxy: FaultProxy;
  let cluster: ClusterPort;
  let nobody: ClusterPort;

  /** As cluster-admin by token, through a proxy that keeps every word. */
  async function operator(): Promise<ClusterPort> {
    await server.request('POST', `${CORE}/serviceaccounts`, { metadata: { name: 'operator' } });
    await server.request('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name: 'operator' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: 'operator', namespace: 'default' }],
    });
    const { body } = await server.request('POST', `${CORE}/serviceaccounts/operator/token`, { spec: {} });
    const endpoint = { url: proxy.address, caPem: proxy.caPem ?? '', userAgent: 'vault-cluster-bind/test' };
    return createCluster({ endpoint, token: secret('token', body.status.token) }, secret, signal);
  }

  async function as(user: string): Promise<ClusterPort> {
    const material = {
      form: 'inline' as const,
      content: secret('kubeconfig', await server.kubeconfigFor({ user })),
      source: 'kubeconfig',
    };
    const options = { env: {}, secret, userAgent: 'vault-cluster-bind/test' };
    return createCluster(await clusterCredentials({ via: 'kubeconfig', material }, options), secret, signal);
  }

  const made = async (path: string, body: object): Promise<void> =>
    void expect((await server.request('POST', path, body)).status).toBe(201);

  beforeAll(async () => {
    server = await startCluster({ real: kind === 'real' });
    proxy = await startFaultProxy(server.server, { targetCaPem: server.caPem, authority: createAuthority('proxy') });
    cluster = await operator();
    nobody = await as('nobody');
    await until(async () => (await cluster.namespace('default')).state === 'present');
  }, 600_000);
  afterAll(async () => {
    cluster?.close();
    nobody?.close();
    await proxy?.stop();
    await server?.stop();
  });

  test('knows the cluster, its namespaces and its CA', async () => {
    const { body } = await server.request('GET', '/api/v1/namespaces/kube-system');
    expect(await cluster.identity()).toEqual({ state: 'present', value: { uid: body.metadata.uid } });
    expect(await cluster.rootCa('default')).toEqual({ state: 'present', value: server.caPem });
    expect(await cluster.rootCa('nowhere')).toEqual({ state: 'absent' });
    expect(await cluster.namespace('fresh')).toEqual({ state: 'absent' });
    await cluster.createNamespace('fresh');
    await cluster.createNamespace('fresh');
    expect(await cluster.namespace('fresh')).toEqual({ state: 'present', value: { phase: 'Active' } });
  });

  test('makes a ServiceAccount once, and shows our annotations alone', async () => {
    expect(await cluster.serviceAccount('default', 'reviewer')).toEqual({ state: 'absent' });
    const first = await cluster.createServiceAccount('default', 'reviewer', { [`${OURS}/a`]: '1', other: 'x' });
    expect(first.annotations).toEqual({ [`${OURS}/a`]: '1' });
    const second = await cluster.createServiceAccount('default', 'reviewer', { [`${OURS}/a`]: '2' });
    expect(second).toEqual(first);
    await cluster.annotateServiceAccount('default', 'reviewer', { [`${OURS}/a`]: null, [`${OURS}/b`]: '3' });
    expect(await cluster.serviceAccount('default', 'reviewer')).toEqual({
      state: 'present',
      value: { uid: first.uid, annotations: { [`${OURS}/b`]: '3' }, managed: true },
    });
    const { body } = await server.request('GET', `${CORE}/serviceaccounts/reviewer`);
    expect(body.metadata.labels).toEqual({ 'app.kubernetes.io/managed-by': 'vault-cluster-bind' });
    await expect(cluster.createServiceAccount('nowhere', 'x', {})).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    await expect(cluster.annotateServiceAccount('default', 'x', {})).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  });

  test('finds who may review tokens, under whatever name', async () => {
    const none = { given: { state: 'absent' }, free: 'ours' };
    expect(await cluster.delegator('ours', 'default', 'reviewer')).toEqual(none);
    await cluster.createDelegator('theirs', 'default', 'reviewer');
    expect(await cluster.delegator('ours', 'default', 'reviewer')).toEqual({
      given: { state: 'present', value: { name: 'theirs', managed: true } },
      free: 'ours',
    });
    await cluster.createDelegator('theirs', 'default', 'reviewer');
    await expect(cluster.createDelegator('theirs', 'default', 'x')).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    expect(await cluster.delegator('theirs', 'default', 'someone')).toEqual({
      given: { state: 'absent' },
      free: 'theirs-default-someone',
    });
    expect((await cluster.delegator('x', 'kube-system', 'reviewer')).given).toEqual({ state: 'absent' });
  });

  describe('a Secret', () => {
    const row = (name: string) => cluster.secretRow('default', name);

    test('is a row: its type and how many keys, and its content never travels', async () => {
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': PLANTED };
      const data = { a: PLANTED, b: PLANTED };
      await made(`${CORE}/secrets`, { metadata: { name: 'full', annotations }, stringData: data });
      expect(await row('full')).toEqual({ state: 'present', value: { type: 'Opaque', keys: 2 } });
      expect(await row('none')).toEqual({ state: 'absent' });
      await expect(cluster.deleteAnchor('default', 'full')).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
      await expect(cluster.createAnchor('default', 'full', {})).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
      const { body } = await server.request('GET', `${CORE}/secrets/full`);
      await expect(cluster.deleteAnchor('default', 'full', body.metadata.uid)).rejects.toBeInstanceOf(BindError);
      await cluster.annotateAnchor('default', 'full', { x: 'y' });
      expect((await server.request('GET', `${CORE}/secrets/full`)).body).toMatchObject({
        data: { a: expect.any(String) },
        metadata: { annotations: { x: 'y' } },
      });
    });

    test('is an anchor when it is empty: made once, and gone by its UID', async () => {
      const { uid } = await cluster.createAnchor('default', 'anchor', { [`${OURS}/mount`]: 'm' });
      expect((await server.request('GET', `${CORE}/secrets/anchor`)).body).toMatchObject({
        immutable: true,
        type: 'Opaque',
        metadata: { uid, annotations: { [`${OURS}/mount`]: 'm' } },
      });
      expect(await cluster.createAnchor('default', 'anchor', {})).toEqual({ uid });
      await cluster.annotateAnchor('default', 'anchor', { [`${OURS}/expires-at`]: 'soon' });
      expect((await server.request('GET', `${CORE}/secrets/anchor`)).body.metadata.annotations).toEqual({
        [`${OURS}/mount`]: 'm',
        [`${OURS}/expires-at`]: 'soon',
      });
      await cluster.deleteAnchor('default', 'anchor', uid);
      expect(await row('anchor')).toEqual({ state: 'absent' });
      await cluster.deleteAnchor('default', 'anchor', uid);
      await cluster.deleteAnchor('default', 'anchor');
    });

    test('that was made again since is deleted all the same, by the UID it has now', async () => {
      const { uid } = await cluster.createAnchor('default', 'again', {});
      await server.request('DELETE', `${CORE}/secrets/again`);
      await cluster.createAnchor('default', 'again', {});
      await cluster.deleteAnchor('default', 'again', uid);
      expect(await row('again')).toEqual({ state: 'absent' });
      await cluster.createAnchor('default', 'again', {});
      await cluster.deleteAnchor('default', 'again', '');
      expect(await row('again')).toEqual({ state: 'absent' });
    });

    afterAll(() => {
      const about = proxy.exchanges.filter(({ path }) => /\/secrets\b/.test(path));
      expect(about.length).toBeGreaterThan(20);
      for (const { path, headers, answer } of about) {
        expect(headers['accept']).toBe('application/json;as=Table;g=meta.k8s.io;v=v1');
        expect(path).toContain('?includeObject=None');
        expect(answer?.body).not.toMatch(new RegExp(`${PLANTED}|${Buffer.from(PLANTED).toString('base64')}`));
      }
    });
  });

  test('mints a token that dies with its anchor, and replays what Vault asks', async () => {
    const replay = createReplay('vault-cluster-bind/test', {});
    await cluster.createServiceAccount('default', 'minting', {});
    await cluster.createDelegator('minting', 'default', 'minting');
    await cluster.createAnchor('default', 'holding', {});
    const ask = { namespace: 'default', name: 'minting', ttlSeconds: 3600, anchor: 'holding' };
    const { token, expiresAt } = await cluster.mintToken(ask);
    const claims = JSON.parse(Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString());
    expect(expiresAt).toBe(claims.exp * 1000);
    expect(claims['kubernetes.io']).toMatchObject({ namespace: 'default', secret: { name: 'holding' } });
    const plain = (await cluster.mintToken({ namespace: 'default', name: 'operator', ttlSeconds: 600 })).token;
    await cluster.createServiceAccount('default', 'powerless', {});
    const powerless = (await cluster.mintToken({ namespace: 'default', name: 'powerless', ttlSeconds: 600 })).token;
    const review = (reviewer = token, subject = plain) => replay.review(server.server, server.caPem, reviewer, subject);
    await until(async () => (await review()).outcome === 'authenticated');
    expect(await review()).toEqual({ outcome: 'authenticated', username: 'system:serviceaccount:default:operator' });
    expect(await review(token, secret('junk', 'junk'))).toEqual({ outcome: 'rejected-subject' });
    expect(await review(powerless)).toEqual({ outcome: 'forbidden' });
    expect(await review(secret('junk', 'junk'))).toEqual({ outcome: 'unauthorized' });
    expect(await replay.dial(server.server, server.caPem)).toMatchObject({ outcome: 'verified', reason: '' });
    await expect(cluster.mintToken({ ...ask, anchor: 'nothing' })).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    await expect(cluster.mintToken({ ...ask, name: 'nothing' })).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    await cluster.deleteAnchor('default', 'holding');
    await until(async () => (await review()).outcome === 'unauthorized');
  }, 60_000);

  test('asks for rights without using them', async () => {
    const grants = [
      { verb: 'get', group: '', resource: 'secrets', namespace: 'default', name: 'full' },
      { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespace: 'default' },
      { verb: 'create', group: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' },
    ];
    expect(await cluster.missingGrants(grants)).toEqual({ state: 'present', value: [] });
    expect(await nobody.missingGrants(grants)).toEqual({ state: 'present', value: grants.slice(0, 2) });
    expect(await nobody.secretRow('default', 'full')).toMatchObject({
      state: 'unreadable',
      problem: {
        code: 'CLUSTER_FORBIDDEN',
        message: 'the cluster credentials may not get secrets full in namespace default (403)',
      },
    });
    await expect(nobody.createNamespace('x')).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
  });

  test('gives a Lease to one run at a time', async () => {
    const take = (holder: string, previous?: Parameters<ClusterPort['takeLease']>[4]) =>
      cluster.takeLease('default', 'lock', holder, 60, previous);
    expect(await cluster.lease('default', 'lock')).toEqual({ state: 'absent' });
    const both = await Promise.all([take('one'), take('two')]);
    const [held] = both.filter((lease) => lease !== undefined);
    expect(both.filter((lease) => lease === undefined)).toHaveLength(1);
    if (!held) throw new Error('nobody holds it');
    expect(await cluster.lease('default', 'lock')).toEqual({ state: 'present', value: held });
    const renewed = await take(held.holder, held);
    expect(renewed?.holder).toBe(held.holder);
    expect(await take('three', held)).toBeUndefined();
    const stolen = await take('three', renewed);
    expect(stolen).toMatchObject({ holder: 'three' });
    await cluster.releaseLease('default', 'lock', held);
    expect(await cluster.lease('default', 'lock')).toMatchObject({ state: 'present', value: { holder: 'three' } });
    if (stolen) await cluster.releaseLease('default', 'lock', stolen);
    expect(await cluster.lease('default', 'lock')).toEqual({ state: 'absent' });
    expect(await take('three', stolen)).toBeUndefined();
    expect(await cluster.lease('default', 'lock')).toEqual({ state: 'absent' });
    if (stolen) await cluster.releaseLease('default', 'lock', stolen);
    await expect(cluster.takeLease('nowhere', 'lock', 'x', 60)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  });

  test('finds second writers once their kinds are installed', async () => {
    const group = 'redhatcop.redhat.io';
    expect(await cluster.secondWriters('m')).toEqual({ state: 'present', value: [] });
    for (const [name, plural] of [
      ['KubernetesAuthEngineConfig', 'kubernetesauthengineconfigs'],
      ['AuthEngineMount', 'authenginemounts'],
    ] as const)
      await installCrd(server, looseCrd(group, 'v1alpha1', name, plural));
    expect(await cluster.secondWriters('m')).toEqual({ state: 'present', value: [] });
    await made(`/apis/${group}/v1alpha1/namespaces/default/kubernetesauthengineconfigs`, {
      apiVersion: `${group}/v1alpha1`,
      kind: 'KubernetesAuthEngineConfig',
      metadata: { name: 'm' },
      spec: {},
    });
    expect(await cluster.secondWriters('m')).toMatchObject({
      value: [{ kind: 'KubernetesAuthEngineConfig', ref: { namespace: 'default', name: 'm' }, path: 'auth/m/config' }],
    });
  }, 60_000);
});

describe('what the real API server refuses', () => {
  let server: Cluster;
  let cluster: ClusterPort;
  beforeAll(async () => {
    server = await startCluster({ real: true });
    const material = { form: 'inline' as const, content: secret('kubeconfig', server.adminKubeconfig), source: 'x' };
    const options = { env: {}, secret, userAgent: 'vault-cluster-bind/test' };
    cluster = createCluster(await clusterCredentials({ via: 'kubeconfig', material }, options), secret, signal);
  }, 600_000);
  afterAll(async () => {
    cluster?.close();
    await server?.stop();
  });

  test('by a quota is not called a missing right', async () => {
    const quota = { metadata: { name: 'small' }, spec: { hard: { 'count/serviceaccounts': '0' } } };
    await server.request('POST', `${CORE}/resourcequotas`, quota);
    const full = { hard: quota.spec.hard, used: { 'count/serviceaccounts': '0' } };
    const merge = { 'content-type': 'application/merge-patch+json' };
    await server.request('PATCH', `${CORE}/resourcequotas/small/status`, { status: full }, merge);
    await until(async () => {
      const thrown = await cluster.createServiceAccount('default', `x-${Date.now()}`, {}).catch((error) => error);
      return thrown instanceof BindError && thrown.message.startsWith('quota small forbids: create serviceaccounts');
    });
    await server.request('DELETE', `${CORE}/resourcequotas/small`);
  }, 60_000);

  test('because a namespace is on its way out is said so', async () => {
    await cluster.createNamespace('leaving');
    const path = '/api/v1/namespaces/leaving';
    const staying = { metadata: { name: 'staying', finalizers: ['example.org/stays'] } };
    await server.request('POST', `${path}/configmaps`, staying);
    await server.request('DELETE', path);
    expect(await cluster.namespace('leaving')).toEqual({ state: 'present', value: { phase: 'Terminating' } });
    const refused = { code: 'NAMESPACE_TERMINATING', message: expect.stringContaining('namespace leaving is being') };
    await expect(cluster.createServiceAccount('leaving', 'x', {})).rejects.toMatchObject(refused);
    await expect(cluster.createAnchor('leaving', 'x', {})).rejects.toMatchObject(refused);
    await expect(cluster.takeLease('leaving', 'x', 'me', 60)).rejects.toMatchObject(refused);
  });

  test('by a policy of admission is told by its name', async () => {
    const admission = '/apis/admissionregistration.k8s.io/v1';
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['serviceaccounts'] }];
    await server.request('POST', `${admission}/validatingadmissionpolicies`, {
      metadata: { name: 'no-accounts' },
      spec: { matchConstraints: { resourceRules: rules }, validations: [{ expression: 'false', reason: 'Forbidden' }] },
    });
    await server.request('POST', `${admission}/validatingadmissionpolicybindings`, {
      metadata: { name: 'no-accounts' },
      spec: { policyName: 'no-accounts', validationActions: ['Deny'] },
    });
    await until(async () => {
      const thrown = await cluster.createServiceAccount('default', `y-${Date.now()}`, {}).catch((error) => error);
      return thrown instanceof BindError && thrown.message.startsWith('admission control (no-accounts) forbids');
    });
  }, 60_000);

  test('a Secret that something else holds on to is neither shown nor taken for deleted', async () => {
    const held = { name: 'held', finalizers: ['example.org/stays'], annotations: { a: PLANTED } };
    await server.request('POST', `${CORE}/secrets`, { metadata: held });
    const thrown = await cluster.deleteAnchor('default', 'held').catch((error) => error);
    expect(thrown).toMatchObject({ code: 'CLUSTER_ERROR' });
    expect(JSON.stringify(thrown)).not.toContain(PLANTED);
    expect((await server.request('GET', `${CORE}/secrets/held`)).body.metadata).not.toHaveProperty('deletionTimestamp');
  });

  test('is reached again after a restart', async () => {
    expect(await cluster.identity()).toMatchObject({ state: 'present' });
    await server.restart();
    expect(await cluster.identity()).toMatchObject({ state: 'present' });
  }, 60_000);
});
