import { describe, expect, test } from '@jest/globals';
import { UID } from '../fixtures/facts.js';
import { HOST } from '../fixtures/intent.js';
import { intentOf, parsed, refusal, refusals } from './given.js';

const NONE = { 'kube-server': '', 'kube-token': '' };
const KUBECONFIG = { ...NONE, kubeconfig: './kubeconfig' };

describe('which credentials', () => {
  test('none at all', () => {
    expect(refusal(NONE)).toEqual({
      code: 'KUBECONFIG_MISSING',
      message: 'no cluster credentials were given',
      hint: 'Set kubeconfig, kubeconfig-vault-path, or kube-server with kube-token, or the variable KUBECONFIG.',
    });
  });

  test.each([{ kubeconfig: './k' }, { kubeconfig: './k', 'kube-token': '' }, { kubeconfig: './k', 'kube-server': '' }])(
    'two kinds: %j',
    (inputs) => {
      expect(refusals(inputs).map(({ code }) => code)).toContain('INPUT_CONFLICT');
    },
  );

  test('KUBECONFIG is there on many machines: it conflicts with nothing, and what is given wins', () => {
    const { intent, sources } = parsed({}, { env: { KUBECONFIG: '/home/me/.kube/config' } });
    expect(intent.access?.via).toBe('token');
    expect(sources['kubeconfig']).toBeUndefined();
  });

  test('a server without a token, and a token without a server', () => {
    expect(refusal({ 'kube-token': '' }).message).toBe('kube-server is set without kube-token');
    expect(refusal({ 'kube-server': '' }).message).toBe('kube-token is set without kube-server');
  });

  test('what belongs to the other kind is named as without effect', () => {
    expect(parsed({ 'kube-context': 'west' }).sources['kube-context']).toBe(
      'input, without effect: it belongs to kubeconfig',
    );
    expect(parsed({ ...KUBECONFIG, 'kube-ca-certificate': './ca.pem' }).sources['kube-ca-certificate']).toBe(
      'input, without effect: it belongs to kube-server',
    );
  });
});

describe('cluster-uid', () => {
  const inputs = { ...NONE, mode: 'unbind', 'cluster-uid': UID };

  test('stands for a cluster that is gone, whatever KUBECONFIG says', () => {
    const intent = intentOf(inputs, { env: { KUBECONFIG: '/home/me/.kube/config' } });
    expect([intent.clusterUid, intent.access]).toEqual([UID, undefined]);
  });

  test.each(['planted', UID.toUpperCase(), `${UID}0`, '6a1c0f5e'])('%s is no UID', (uid) => {
    expect(refusal({ ...inputs, 'cluster-uid': uid })).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'cluster-uid is no UID',
    });
  });

  test.each([{ kubeconfig: './kubeconfig' }, { 'kube-server': HOST, 'kube-token': 'planted' }])(
    'contradicts credentials of a cluster that lives: %j',
    (credentials) => {
      expect(refusal({ ...inputs, ...credentials })).toMatchObject({
        code: 'INPUT_CONFLICT',
        message: 'cluster-uid and cluster credentials are both set',
      });
    },
  );

  test.each(['bind', 'plan', 'rotate', 'verify'])('mode %s asks the cluster itself', (mode) => {
    expect(refusal({ ...KUBECONFIG, mode, 'cluster-uid': UID })).toMatchObject({
      code: 'INPUT_CONFLICT',
      message: 'cluster-uid belongs to mode unbind',
    });
  });
});

describe.each(['kube-server', 'kubernetes-host', 'vault-url'])('%s', (id) => {
  test.each([
    ['api.example.com:6443', 'is not an https URL'],
    ['api.example.com', 'is not a URL'],
    ['//api.example.com', 'is not a URL'],
    ['https://', 'is not a URL'],
    ['https://a b', 'is not a URL'],
    ['https://api.example.com:99999', 'is not a URL'],
    ['ftp://api.example.com', 'is not an https URL'],
    ['file:///etc/passwd', 'is not an https URL'],
    ['https://planted:planted@api.example.com', 'carries credentials'],
    ['https://planted@api.example.com', 'carries credentials'],
    ['https://:planted@api.example.com', 'carries credentials'],
    ['https://api.example.com/?token=planted', 'carries a query or a fragment'],
    ['https://api.example.com/#planted', 'carries a query or a fragment'],
  ])('%s %s, and is not repeated', (url, wrong) => {
    const found = refusal({ [id]: url });
    expect(found).toEqual({
      code: 'INPUT_INVALID',
      message: `${id} ${wrong}`,
      hint: `Set ${id} to an origin such as https://host.example.com:6443.`,
    });
  });

  test.each([
    ['https://API.Example.com:6443/', 'https://api.example.com:6443'],
    ['https://api.example.com:443', 'https://api.example.com'],
    ['HTTPS://api.example.com//', 'https://api.example.com'],
    ['https://[2001:DB8::1]:6443', 'https://[2001:db8::1]:6443'],
  ])('%s is %s', (url, wanted) => {
    const { access, kubernetesHost, vault } = intentOf({ [id]: url });
    const server = access?.via === 'token' ? access.server : '';
    const seen: Readonly<Record<string, unknown>> = {
      'kube-server': server,
      'kubernetes-host': kubernetesHost,
      'vault-url': vault.url,
    };
    expect(seen[id]).toBe(wanted);
  });
});

test('an API server may live below a path, as behind Rancher', () => {
  const { access, kubernetesHost } = intentOf({
    'kube-server': 'https://rancher.example.com/k8s/clusters/c-1/',
    'kubernetes-host': 'https://rancher.example.com/k8s/clusters/c-1',
  });
  expect(access).toMatchObject({ server: 'https://rancher.example.com/k8s/clusters/c-1' });
  expect(kubernetesHost).toBe('https://rancher.example.com/k8s/clusters/c-1');
});

describe('http', () => {
  test.each([
    'http://api.example.com',
    'http://10.0.0.1:8001',
    'http://127.0.0.1.example.com',
    'http://localhost.example',
  ])('to the API server at %s is refused', (server) => {
    expect(refusal({ 'kube-server': server }).code).toBe('CLUSTER_INSECURE');
  });

  test.each(['http://127.0.0.1:8001', 'http://localhost:8001', 'http://[::1]:8001', 'http://127.9.9.9'])(
    'on loopback, as kubectl proxy has it, is taken: %s',
    (server) => {
      expect(intentOf({ 'kube-server': server }).access).toMatchObject({ server });
    },
  );

  test.each(['http://api.example.com', 'http://127.0.0.1:8001'])('is nothing to give to Vault: %s', (host) => {
    expect(refusal({ 'kubernetes-host': host }).code).toBe('HOST_INSECURE');
  });
});

test('what Vault is given is left open when nobody says it', () => {
  expect(Object.keys(intentOf())).not.toContain('kubernetesHost');
  expect(intentOf({ 'kubernetes-host': `${HOST}/` }).kubernetesHost).toBe(HOST);
});
