import { afterAll, describe, expect, test } from '@jest/globals';
import { openCheckout } from '../../src/adapters/checkout.js';
import { BindError, type Problem } from '../../src/binding/errors.js';
import type { FleetIntent } from '../../src/binding/intent.js';
import { isFleet, parseFleet } from '../../src/inputs.js';
import { clustersFolder } from '../fixtures/clusters.js';
import { given, intentOf, refusal, type Words } from './given.js';

const folder = clustersFolder({ west: 'prodtest', east: 'prod', south: 'prod' });
afterAll(() => folder.remove());

function fleetOf(inputs: Words, env: Words = {}): FleetIntent {
  const words = { mode: 'fleet', 'clusters-path': folder.path, ...inputs };
  const from = given(words, { env, checkout: openCheckout });
  expect(isFleet(from)).toBe(true);
  return parseFleet(from).intent;
}

function refusals(inputs: Words): readonly Problem[] {
  try {
    fleetOf(inputs);
    return [];
  } catch (thrown) {
    if (thrown instanceof BindError) return thrown.problems;
    throw thrown;
  }
}

describe('mode fleet', () => {
  test('needs the clusters repository and nothing else', () => {
    expect(fleetOf({}, { VAULT_ADDR: 'https://vault.example.com', KUBECONFIG: '/x' })).toMatchObject({
      mode: 'fleet',
      env: '',
      clusters: ['*'],
      clustersPath: folder.path,
      mount: 'kubernetes-{env}',
    });
  });

  test('names and globs, lines or commas', () => {
    expect(fleetOf({ cluster: 'west\neast, e*\n# not this' }).clusters).toEqual(['west', 'east', 'e*']);
    expect(fleetOf({ 'reports-path': 'reports' }).reportsPath).toBe('reports');
  });

  test.each<[Words, string, RegExp]>([
    [{ cluster: '../x' }, 'INPUT_INVALID', /^cluster has \.\.\/x, which is neither a name nor a glob/],
    [{ cluster: 'a/b' }, 'INPUT_INVALID', /cluster has a\/b/],
    [{ 'clusters-path': '' }, 'INPUT_MISSING', /clusters-path is not set/],
    [{ 'clusters-path': '/no/such/folder' }, 'CHECKOUT_INVALID', /there is no such folder/],
    [{ 'vault-url': 'https://vault.example.com' }, 'INPUT_CONFLICT', /mode fleet does not look at vault-url/],
    [{ mount: '{clustr}' }, 'INPUT_INVALID', /\{clustr\}, which stands for nothing/],
    [{ clusterss: 'x' }, 'INPUT_UNKNOWN', /no input clusterss/],
  ])('refuses %j', (inputs, code, message) => {
    expect(refusals(inputs)).toEqual([{ code, message: expect.stringMatching(message), hint: expect.any(String) }]);
  });

  test('its own input is refused elsewhere', () => {
    expect(refusal({ 'reports-path': 'reports' }).message).toBe('reports-path belongs to mode fleet');
  });
});

describe('the cluster of the other modes', () => {
  const around = { checkout: openCheckout };
  const here = { 'clusters-path': folder.path };

  test('is the one whose environment it is', () => {
    expect(intentOf(here, around)).toMatchObject({ env: 'prodtest', cluster: 'west' });
    expect(intentOf({ ...here, cluster: 'south', env: 'prod', mode: 'verify' }, around).cluster).toBe('south');
  });

  test.each<[Words, string, string]>([
    [{ env: 'prod', mode: 'verify' }, 'CLUSTER_UNKNOWN', '2 clusters have gitops.env prod: east, south'],
    [
      { env: 'stage' },
      'CLUSTER_UNKNOWN',
      'no cluster has gitops.env stage; there are east (prod), south (prod), west (prodtest)',
    ],
    [{ cluster: 'wets' }, 'CLUSTER_UNKNOWN', 'no cluster fits wets; there are east, south, west'],
    [{ cluster: 'east' }, 'INPUT_CONFLICT', 'env is prodtest, and clusters/east/cluster.yaml says gitops.env: prod'],
  ])('%j is refused', (inputs, code, message) => {
    expect(refusal({ ...here, ...inputs }, around)).toMatchObject({ code, message });
  });
});

describe('credentials beside the cluster.yaml', () => {
  const own = clustersFolder({ west: 'prodtest' });
  own.git('init', '-q');
  own.write('.gitignore', '.work/\n');
  own.write('clusters/west/.work/kubeconfig', 'kind: Config\n');
  own.git('add', '.');
  afterAll(() => own.remove());
  const inputs = { 'clusters-path': own.path, 'kube-server': '', 'kube-token': '' };

  test('are taken when they are not committed and nothing else is given', () => {
    const { access } = intentOf(inputs, { checkout: openCheckout });
    expect(access).toMatchObject({
      via: 'kubeconfig',
      material: { form: 'path', source: 'clusters/west/.work/kubeconfig' },
    });
    const given = intentOf(inputs, { checkout: openCheckout, env: { KUBECONFIG: '/home/me/.kube/config' } });
    expect(given.access).toMatchObject({ material: { source: 'KUBECONFIG' } });
  });

  test('are refused when a commit has them', () => {
    own.git('add', '-f', 'clusters/west/.work/kubeconfig');
    expect(refusal(inputs, { checkout: openCheckout }).code).toBe('KUBECONFIG_COMMITTED');
  });
});

test.each<[Words, string]>([
  [{ 'kubeconfig-vault-path': 'secret' }, 'INPUT_INVALID'],
  [{ 'kubeconfig-vault-path': 'secret/../x' }, 'INPUT_INVALID'],
  [{ 'kubeconfig-vault-path': 'secret/x#a#b' }, 'INPUT_INVALID'],
  [{ 'kubeconfig-vault-path': 'secret/x', kubeconfig: 'kind: Config\n' }, 'INPUT_CONFLICT'],
])('%j is refused', (inputs, code) => {
  expect(refusal({ 'kube-server': '', 'kube-token': '', ...inputs }).code).toBe(code);
});
