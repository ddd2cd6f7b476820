import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { ClusterPort } from '../../src/ports.js';
import { type Api, clusterAt, json, problemIn, shown, startApi, status } from './kube-setup.js';

const GROUP = '/apis/redhatcop.redhat.io/v1alpha1';
let api: Api;
let cluster: ClusterPort;
let held: Record<string, object[] | [status: number, body: unknown]>;

beforeAll(async () => {
  api = await startApi((seen, response) => {
    const found = held[seen.path.replace(/\?.*/, '')] ?? held[seen.path.replace(`${GROUP}/`, '').replace(/\?.*/, '')];
    // What the API server says about a group nobody installed.
    if (!found) return response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
    if (typeof found[0] === 'number') return json(response, found[0], found[1]);
    json(response, 200, { kind: 'AnyList', metadata: {}, items: found });
  });
  cluster = clusterAt(api.url);
});
afterAll(async () => {
  cluster.close();
  await api.stop();
});
beforeEach(() => {
  held = {};
});

const named = (name: string, spec: object = {}) => ({ metadata: { name, namespace: 'ns' }, spec });

test('there are none where the operator is not installed, or one of its kinds is not', async () => {
  expect(await cluster.secondWriters('m')).toEqual({ state: 'present', value: [] });
  held = { authenginemounts: [named('m')] };
  expect(await cluster.secondWriters('m')).toMatchObject({ value: [{ kind: 'AuthEngineMount' }] });
});

test.each([
  ['the name alone', 'kubernetes-prod', named('kubernetes-prod')],
  ['an empty path', 'kubernetes-prod', named('kubernetes-prod', { path: '' })],
  ['path and name', 'k8s/prod', named('prod', { path: 'k8s' })],
  ['slashes around the path', 'k8s/prod', named('prod', { path: '/k8s/' })],
  ['a deep path', 'a/b/c', named('c', { path: 'a//b' })],
  ['a name of its own in Vault', 'kubernetes-prod', named('something', { name: 'kubernetes-prod' })],
])('%s is where a resource writes', async (_, mount, object) => {
  held = { kubernetesauthengineconfigs: [object], authenginemounts: [object] };
  const ref = { namespace: 'ns', name: object.metadata.name };
  expect(await cluster.secondWriters(mount)).toEqual({
    state: 'present',
    value: [
      { kind: 'KubernetesAuthEngineConfig', ref, path: `auth/${mount}/config`, harmless: false },
      { kind: 'AuthEngineMount', ref, path: `sys/auth/${mount}`, harmless: false },
    ],
  });
});

test.each([
  ['a doubled path', named('m', { path: 'm' })],
  ['another mount', named('m2')],
  ['a mount below', named('x', { path: 'm' })],
  ['a name that only Vault does not see', named('m', { name: 'other' })],
  ['nothing', {}],
  ['junk', { metadata: 'm', spec: ['m'] }],
])('%s is not our mount', async (_, object) => {
  held = { kubernetesauthengineconfigs: [object], authenginemounts: [object] };
  expect(await cluster.secondWriters('m')).toEqual({ state: 'present', value: [] });
});

test('a config that brings host and reviewer of its own keeps logins going; a mount never does', async () => {
  const spec = { kubernetesHost: 'https://a:6443', tokenReviewerServiceAccount: { name: 'r' } };
  held = {
    kubernetesauthengineconfigs: [
      named('m', spec),
      named('m', { ...spec, kubernetesHost: '' }),
      named('m', { kubernetesHost: 'https://a:6443' }),
    ],
    authenginemounts: [named('m', spec)],
  };
  const seen = await cluster.secondWriters('m');
  if (seen.state !== 'present') throw new Error(seen.state);
  expect(seen.value.map(({ kind, harmless }) => [kind, harmless])).toEqual([
    ['KubernetesAuthEngineConfig', true],
    ['KubernetesAuthEngineConfig', false],
    ['KubernetesAuthEngineConfig', false],
    ['AuthEngineMount', false],
  ]);
});

test.each(['kubernetesauthengineconfigs', 'authenginemounts'])(
  '%s that may not be read hide a writer',
  async (plural) => {
    held = {
      kubernetesauthengineconfigs: [named('m')],
      authenginemounts: [named('m')],
      [plural]: [403, status(403, 'Forbidden', { message: 'planted-text' })],
    };
    const problem = problemIn(await cluster.secondWriters('m'));
    expect(problem).toMatchObject({
      code: 'CLUSTER_FORBIDDEN',
      message: `the cluster credentials may not list ${plural}.redhatcop.redhat.io (403)`,
    });
    expect(shown(problem)).not.toContain('planted-text');
  },
);

test('names of resources are cleaned', async () => {
  const object = { metadata: { name: 'a\n::error::x', namespace: 'ns\r' }, spec: { name: 'm' } };
  held = { authenginemounts: [object] };
  expect(await cluster.secondWriters('m')).toMatchObject({
    value: [{ ref: { namespace: 'ns', name: 'a : :error: :x' }, path: 'sys/auth/m' }],
  });
});

test('a version that this action has never seen is found, for it writes all the same', async () => {
  const served = [{ version: 'v1alpha1' }, { version: 'v1' }];
  held = {
    '/apis/redhatcop.redhat.io': [200, { kind: 'APIGroup', versions: served }],
    '/apis/redhatcop.redhat.io/v1/kubernetesauthengineconfigs': [named('m')],
  };
  expect(await cluster.secondWriters('m')).toMatchObject({ value: [{ kind: 'KubernetesAuthEngineConfig' }] });
});
