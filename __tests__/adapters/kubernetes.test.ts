import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster } from '../../src/adapters/kubernetes.js';
import type { ClusterPort } from '../../src/ports.js';
import {
  type Answers,
  type Api,
  answering,
  clusterAt,
  exists,
  type Handle,
  json,
  kubeSystem,
  masked,
  notFound,
  page,
  problemIn,
  secret,
  shown,
  startApi,
  status,
  thrownBy,
} from './kube-setup.js';
import { authority } from './wire.js';

let api: Api;
let cluster: ClusterPort;
let handle: Handle;

beforeAll(async () => {
  api = await startApi((seen, response) => handle(seen, response));
  cluster = clusterAt(api.url);
});
afterEach(() => {
  api.requests.splice(0);
  api.seen.splice(0);
});
afterAll(async () => {
  cluster.close();
  await api.stop();
});

const says = (answers: Answers): void => {
  handle = answering(answers);
};

describe('a token', () => {
  const answer = (more: object): [number, object] => [201, { kind: 'TokenRequest', status: more }];
  const ask = { namespace: 'ns', name: 'sa', ttlSeconds: 86_400 };

  test('lives as long as the API server says, and is a secret at once', async () => {
    says({ POST: answer({ token: 'planted-token', expirationTimestamp: '2030-01-02T03:04:05Z' }) });
    const minted = await cluster.mintToken({ ...ask, anchor: 'x' });
    expect(minted.expiresAt).toBe(Date.UTC(2030, 0, 2, 3, 4, 5));
    expect(minted.token.reveal()).toBe('planted-token');
    expect(masked).toContain('planted-token');
    expect(shown(minted)).not.toContain('planted');
    expect(api.seen).toEqual(['POST /api/v1/namespaces/ns/serviceaccounts/sa/token']);
    expect(JSON.parse(api.requests[0]?.body ?? '').spec).toEqual({
      expirationSeconds: 86_400,
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'x' },
    });
    await cluster.mintToken(ask);
    expect(JSON.parse(api.requests[1]?.body ?? '').spec).toEqual({ expirationSeconds: 86_400 });
  });

  test.each([
    ['no token', { expirationTimestamp: '2030-01-02T03:04:05Z' }],
    ['no end', { token: 'planted-token' }],
    ['an end that is no time', { token: 'planted-token', expirationTimestamp: 'planted' }],
  ])('with %s is none', async (_, said) => {
    says({ POST: answer(said) });
    const thrown = await thrownBy(cluster.mintToken(ask));
    expect(thrown).toMatchObject({ code: 'CLUSTER_ERROR', message: expect.stringContaining('without a token') });
    expect(shown(thrown)).not.toContain('planted');
  });
});

describe('what somebody else made meanwhile', () => {
  test('is taken as it is, and a look at it that fails is no success', async () => {
    const account = { kind: 'ServiceAccount', metadata: { name: 'sa', uid: 'u-2', annotations: { a: 'b' } } };
    says({ POST: exists, GET: [200, account] });
    expect(await cluster.createServiceAccount('ns', 'sa', {})).toEqual({ uid: 'u-2', annotations: {}, managed: false });
    says({ POST: exists, GET: [403, status(403, 'Forbidden')] });
    for (const act of [cluster.createServiceAccount('ns', 'sa', {}), cluster.createDelegator('b', 'ns', 'sa')])
      await expect(act).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
    says({ POST: exists, GET: notFound });
    for (const act of [cluster.createServiceAccount('ns', 'sa', {}), cluster.createDelegator('b', 'ns', 'sa')])
      await expect(act).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    says({ POST: [409, status(409, 'Conflict')] });
    await expect(cluster.createNamespace('ns')).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
  });
});

describe('who may review tokens', () => {
  const role = { kind: 'ClusterRole', name: 'system:auth-delegator' };
  const account = { kind: 'ServiceAccount', name: 'sa', namespace: 'ns' };
  const binding = (subject: unknown, roleRef: object = role) => ({
    metadata: { name: 'b', uid: 'u' },
    roleRef,
    subjects: [{ kind: 'User', name: 'other' }, subject],
  });

  test.each([
    ['by name', true, binding(account)],
    ['as a user', true, binding({ kind: 'User', name: 'system:serviceaccount:ns:sa' })],
    ['as one of its namespace', true, binding({ kind: 'Group', name: 'system:serviceaccounts:ns' })],
    ['as cluster-admin', true, binding(account, { kind: 'ClusterRole', name: 'cluster-admin' })],
    ['of another namespace', false, binding({ ...account, namespace: 'other' })],
    ['of another name', false, binding({ ...account, name: 'sa2' })],
    ['as a user of that name', false, binding({ kind: 'User', name: 'sa' })],
    ['as one of another namespace', false, binding({ kind: 'Group', name: 'system:serviceaccounts:ns2' })],
    ['by another role', false, binding(account, { kind: 'ClusterRole', name: 'view' })],
    ['by a role of a namespace', false, binding(account, { kind: 'Role', name: 'system:auth-delegator' })],
    ['without subjects', false, { metadata: { name: 'b', uid: 'u' }, roleRef: role }],
    ['without anything', false, { metadata: { name: 'b', uid: 'u' } }],
  ])('a binding %s: %p', async (_, gives, object) => {
    handle = ({ path }, response) =>
      json(response, 200, path.endsWith('/b') ? object : { kind: 'ClusterRoleBindingList', items: [object] });
    const { given, free } = await cluster.delegator('b', 'ns', 'sa');
    expect([given.state, free]).toEqual(gives ? ['present', 'b-ns-sa'] : ['absent', 'b-ns-sa']);
    handle = ({ path }, response) =>
      path.endsWith('/mine')
        ? json(response, ...notFound)
        : json(response, 200, { kind: 'ClusterRoleBindingList', items: [object] });
    const other = await cluster.delegator('mine', 'ns', 'sa');
    expect([other.given.state, other.free]).toEqual([gives ? 'present' : 'absent', 'mine']);
  });
});

describe('rights', () => {
  const grants = ['get', 'list', 'create'].map((verb) => ({ verb, group: '', resource: 'secrets', namespace: 'ns' }));
  const verbOf = (body: string): string => JSON.parse(body).spec.resourceAttributes.verb;

  test('that are missing are named in the order asked', async () => {
    says({ POST: (body) => [201, { kind: 'x', status: { allowed: verbOf(body) === 'list' } }] });
    expect(await cluster.missingGrants(grants)).toEqual({ state: 'present', value: [grants[0], grants[2]] });
    expect(await cluster.missingGrants([])).toEqual({ state: 'present', value: [] });
  });

  test.each([
    ['is refused', [403, status(403, 'Forbidden')], 'CLUSTER_FORBIDDEN'],
    ['says nothing', [201, { kind: 'x', status: {} }], 'CLUSTER_ERROR'],
    ['is a login page', page, 'CLUSTER_ERROR'],
  ] as [string, [number, unknown], string][])('are not taken for missing when one answer %s', async (_, bad, code) => {
    says({ POST: (body) => (verbOf(body) === 'list' ? bad : [201, { kind: 'x', status: { allowed: true } }]) });
    expect(problemIn(await cluster.missingGrants(grants))).toMatchObject({ code });
  });
});

describe('a Lease', () => {
  const lease = (spec: object, resourceVersion = '7') => ({ metadata: { name: 'l', uid: 'u', resourceVersion }, spec });
  const held = { holder: 'me', expiresAt: 0, resourceVersion: '7' };

  test('shows its holder cleaned and when it ends; one without figures has ended', async () => {
    const spec = {
      holderIdentity: 'run\n::error::x',
      renewTime: '2030-01-02T03:04:05.000000Z',
      leaseDurationSeconds: 60,
    };
    says({ GET: [200, lease(spec)] });
    expect(await cluster.lease('ns', 'l')).toEqual({
      state: 'present',
      value: { holder: 'run : :error: :x', expiresAt: Date.UTC(2030, 0, 2, 3, 5, 5), resourceVersion: '7' },
    });
    says({ GET: [200, lease({ holderIdentity: 'x', leaseDurationSeconds: 'long' })] });
    expect(await cluster.lease('ns', 'l')).toMatchObject({ value: { holder: 'x', expiresAt: 0 } });
  });

  test('is dated by the clock of the API server', async () => {
    const there = clusterAt(api.url);
    handle = ({ method, body }, response) =>
      json(response, method === 'GET' ? 200 : 201, method === 'GET' ? kubeSystem : JSON.parse(body), {
        date: new Date(Date.now() + 7_200_000).toUTCString(),
      });
    await there.identity();
    const taken = await there.takeLease('ns', 'l', 'me', 60);
    there.close();
    expect(Math.abs((taken?.expiresAt ?? 0) - Date.now() - 7_260_000)).toBeLessThan(10_000);
    expect(JSON.parse(api.requests[1]?.body ?? '').spec).toMatchObject({
      holderIdentity: 'me',
      leaseDurationSeconds: 60,
      renewTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
  });

  test.each([
    ['made by another', undefined, exists],
    ['renewed by another', held, [409, status(409, 'Conflict')]],
    ['deleted by another', held, notFound],
  ] as const)('that was %s is not ours', async (_, previous, answer) => {
    says({ POST: [...answer], PUT: [...answer] });
    expect(await cluster.takeLease('ns', 'l', 'me', 60, previous)).toBeUndefined();
  });

  test('that an update made anew was somebody else’s in between, and is given back', async () => {
    says({ PUT: [201, lease({ holderIdentity: 'me' }, '9')], DELETE: [200, { kind: 'Status' }] });
    expect(await cluster.takeLease('ns', 'l', 'me', 60, held)).toBeUndefined();
    expect(JSON.parse(api.requests[1]?.body ?? '').preconditions).toEqual({ resourceVersion: '9' });
    says({ PUT: [200, lease({ holderIdentity: 'me' }, '8')] });
    expect(await cluster.takeLease('ns', 'l', 'me', 60, held)).toMatchObject({ resourceVersion: '8' });
    expect(JSON.parse(api.requests[2]?.body ?? '').metadata.resourceVersion).toBe('7');
  });

  test('is released when it is still ours, and a refusal is told', async () => {
    for (const answer of [notFound, exists, [200, { kind: 'Status' }] as [number, object]]) {
      says({ DELETE: answer });
      await cluster.releaseLease('ns', 'l', held);
    }
    says({ DELETE: [403, status(403, 'Forbidden')] });
    await expect(cluster.releaseLease('ns', 'l', held)).rejects.toMatchObject({ code: 'CLUSTER_FORBIDDEN' });
  });
});

describe('what is read of other objects', () => {
  test('an empty kube-root-ca.crt is none', async () => {
    const map = (data: object): [number, object] => [200, { metadata: { name: 'kube-root-ca.crt', uid: 'u' }, data }];
    says({ GET: map({}) });
    expect(await cluster.rootCa('ns')).toEqual({ state: 'absent' });
    says({ GET: map({ 'ca.crt': authority.certPem }) });
    expect(await cluster.rootCa('ns')).toEqual({ state: 'present', value: authority.certPem });
  });

  test('annotations that are not ours, or no text, are left behind', async () => {
    const annotations = { 'vault-cluster-bind.bitiq.io/a': 'x', 'vault-cluster-bind.bitiq.io/b': 1, other: 'planted' };
    says({ GET: [200, { metadata: { name: 'sa', uid: 'u', annotations } }] });
    expect(await cluster.serviceAccount('ns', 'sa')).toEqual({
      state: 'present',
      value: { uid: 'u', annotations: { 'vault-cluster-bind.bitiq.io/a': 'x' }, managed: false },
    });
  });

  test('names cannot leave their place in a path', async () => {
    says({ GET: notFound });
    await cluster.serviceAccount('../x', 'a/b?c');
    await cluster.delegator('a/../b', 'ns', 'sa');
    expect(api.seen.slice(0, 2)).toEqual([
      'GET /api/v1/namespaces/..%2Fx/serviceaccounts/a%2Fb%3Fc',
      'GET /apis/rbac.authorization.k8s.io/v1/clusterrolebindings/a%2F..%2Fb',
    ]);
  });
});

test('a key that cannot be used is told when the cluster is opened, without a word of it', () => {
  const endpoint = { url: api.url, userAgent: 'x', clientCertPem: 'planted', clientKey: secret('key', 'planted') };
  try {
    createCluster({ endpoint }, secret, new AbortController().signal);
    throw new Error('it was opened');
  } catch (error) {
    expect(error).toMatchObject({ code: 'CLUSTER_UNAUTHORIZED' });
    expect(shown(error)).not.toContain('planted');
  }
});
