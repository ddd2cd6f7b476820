import { describe, expect, test } from '@jest/globals';
import type { Facts } from '../../src/binding/facts.js';
import type { Intent } from '../../src/binding/intent.js';
import { writeMark } from '../../src/binding/mark.js';
import { absent, present } from '../../src/binding/observed.js';
import { makePlan } from '../../src/binding/plan.js';
import type { Materials } from '../../src/binding/survey.js';
import { CANARY_DESCRIPTION } from '../../src/binding/vault-plan.js';
import { CA, OTHER_CA } from '../fixtures/certificates.js';
import {
  config,
  dial,
  emptyFacts,
  healthyFacts,
  MARK,
  OTHER_UID,
  runbookFacts,
  survey,
  UNREAD,
} from '../fixtures/facts.js';
import { intent } from '../fixtures/intent.js';

const mount = { type: 'kubernetes', description: writeMark('', MARK), accessor: 'x' };
const NEW_HOST = 'https://api.new.example.com:6443';
const LOCAL_VAULT = { url: 'http://127.0.0.1:8200' };

function mounts(more: Record<string, typeof mount>): Facts['vault']['mounts'] {
  return present({ 'kubernetes-prodtest': mount, ...more });
}

function state(
  over: Partial<{ initialized: boolean; sealed: boolean; hasNamespaces: boolean }>,
): Facts['vault']['health'] {
  return present({
    initialized: true,
    sealed: false,
    standby: false,
    version: '1',
    clusterId: 'vault-1',
    hasNamespaces: true,
    ...over,
  });
}

function typed(type: string): Partial<Facts['vault']> {
  return { mount: present({ ...mount, type }), mounts: present({ 'kubernetes-prodtest': { ...mount, type } }) };
}

const foreign = present({ ...mount, description: writeMark('', { ...MARK, cluster: 'prod', uid: OTHER_UID }) });
const untrusted = present(dial('untrusted', 'unknown-issuer'));
const unreachable = present(dial('unreachable', 'timeout'));

type Case = [string, string[], Facts, Intent?, Materials?];
const CASES: Case[] = [
  ['nothing', [], healthyFacts()],
  ['an empty cluster', [], emptyFacts()],
  ["the runbook's mount", [], runbookFacts()],
  [
    'a Vault without namespaces, asked for one',
    ['VAULT_NAMESPACE'],
    emptyFacts({ vault: { health: state({ hasNamespaces: false }) } }),
    intent({ vault: { namespace: 'team' } }),
  ],
  ['Vault sealed', ['VAULT_SEALED'], healthyFacts({ vault: { health: state({ sealed: true }) } })],
  [
    'Vault not initialised',
    ['VAULT_UNINITIALIZED'],
    healthyFacts({ vault: { health: state({ initialized: false, sealed: true }) } }),
  ],
  ['another type at the path', ['MOUNT_TYPE'], healthyFacts({ vault: typed('oidc') })],
  ['a mount within', ['MOUNT_NESTED'], emptyFacts({ vault: { mounts: present({ 'kubernetes-prodtest/x': mount }) } })],
  [
    'a mount around',
    ['MOUNT_NESTED'],
    emptyFacts({ vault: { mounts: present({ kubernetes: mount }) } }),
    intent({ mount: 'kubernetes/x' }),
  ],
  [
    'a mount that begins alike',
    [],
    emptyFacts({ vault: { mounts: present({ kubernetes: mount, 'kubernetes-prod': mount }) } }),
  ],
  ["another cluster's mount", ['MOUNT_FOREIGN'], healthyFacts({ vault: { mount: foreign } })],
  ["another cluster's mount, allowed", [], healthyFacts({ vault: { mount: foreign } }), intent({ allowRebind: true })],
  ['whose mount cannot be told', ['MOUNT_FOREIGN'], runbookFacts({ rest: { storedDial: unreachable } })],
  [
    'whose mount cannot be told, allowed',
    [],
    runbookFacts({ rest: { storedDial: unreachable } }),
    intent({ allowRebind: true }),
  ],
  [
    'loopback API, Vault elsewhere',
    ['HOST_UNREACHABLE'],
    emptyFacts({ cluster: { server: 'https://127.0.0.1:6443' } }),
  ],
  ['mapped loopback', ['HOST_UNREACHABLE'], emptyFacts({ cluster: { server: 'https://[::ffff:127.0.0.1]:6443' } })],
  ['in-cluster name', ['HOST_UNREACHABLE'], emptyFacts({ cluster: { server: 'https://kubernetes.default.svc' } })],
  ['link-local', ['HOST_UNREACHABLE'], emptyFacts({ cluster: { server: 'https://169.254.1.1:6443' } })],
  [
    'loopback API and loopback Vault',
    [],
    emptyFacts({ cluster: { server: 'https://127.0.0.1:6443' } }),
    intent({ vault: LOCAL_VAULT }),
  ],
  [
    'in-cluster name and loopback Vault',
    ['HOST_UNREACHABLE'],
    emptyFacts({ cluster: { server: 'https://kubernetes.default.svc' } }),
    intent({ vault: LOCAL_VAULT }),
  ],
  ['loopback said explicitly', [], emptyFacts(), intent({ kubernetesHost: 'https://127.0.0.1:6443' })],
  ['http off loopback', ['HOST_INSECURE'], emptyFacts(), intent({ kubernetesHost: 'http://api.example.com:6443' })],
  ['http on loopback', [], emptyFacts(), intent({ kubernetesHost: 'http://127.0.0.1:6443', vault: LOCAL_VAULT })],
  ['a host without scheme', ['HOST_INSECURE'], emptyFacts(), intent({ kubernetesHost: 'api.example.com:6443' })],
  ['no host', ['HOST_INSECURE'], emptyFacts(), intent({ kubernetesHost: 'https://' })],
  ['a CA that is none', ['CA_INVALID'], emptyFacts(), intent(), { kubernetesCaPem: 'garbage' }],
  [
    'a CA cut short',
    ['CA_INVALID'],
    emptyFacts(),
    intent(),
    { kubernetesCaPem: CA.replace(/.{40}\n-----END/, '\n-----END') },
  ],
  ['a CA that does not verify', ['CA_MISMATCH'], emptyFacts({ rest: { desiredDial: untrusted } })],
  ['no CA published yet', ['ROOT_CA_MISSING'], healthyFacts({ cluster: { rootCa: absent } })],
  ['no CA published, one given', [], healthyFacts({ cluster: { rootCa: absent } }), intent(), { kubernetesCaPem: CA }],
  ['CA unreadable, one given', [], healthyFacts({ cluster: { rootCa: UNREAD } }), intent(), { kubernetesCaPem: CA }],
  [
    'namespace on its way out',
    ['NAMESPACE_TERMINATING'],
    healthyFacts({ cluster: { namespace: present({ phase: 'Terminating' }) } }),
  ],
  [
    'credentials without TLS verification',
    ['KUBECONFIG_INSECURE'],
    healthyFacts({ cluster: { skipsTlsVerify: true } }),
  ],
  [
    'the same where nothing is written',
    [],
    healthyFacts({ cluster: { skipsTlsVerify: true } }),
    intent({ mode: 'plan' }),
  ],
  ['a lifetime below the interval', ['TOKEN_LIFETIME'], emptyFacts(), intent({ rotationIntervalSeconds: 86_401 })],
  ['the same where no token is minted', [], healthyFacts(), intent({ rotationIntervalSeconds: 86_401 })],
  [
    'no canary, and none possible',
    ['CANARY_FAILED'],
    healthyFacts({ rest: { desiredDial: unreachable } }),
    intent({ kubernetesHost: NEW_HOST, proveOnCanary: 'never' }),
  ],
  ['no canary, proved by dialling', [], healthyFacts(), intent({ kubernetesHost: NEW_HOST, proveOnCanary: 'never' })],
  [
    "someone's mount where the canary goes",
    ['CANARY_FAILED'],
    healthyFacts({ vault: { mounts: mounts({ 'kubernetes-prodtest-canary': mount }) } }),
    intent({ kubernetesHost: NEW_HOST }),
  ],
  [
    'the same, and no canary is needed',
    [],
    healthyFacts({ vault: { mounts: mounts({ 'kubernetes-prodtest-canary': mount }) } }),
  ],
  [
    'a canary left over',
    [],
    healthyFacts({
      vault: { mounts: mounts({ 'kubernetes-prodtest-canary': { ...mount, description: CANARY_DESCRIPTION } }) },
    }),
    intent({ kubernetesHost: NEW_HOST }),
  ],
  ['a pin that is a wildcard', ['INPUT_INVALID'], healthyFacts(), intent(), { gitopsPolicyText: 'path "a" {} # *' }],
  ['a pin that is a text', [], healthyFacts(), intent(), { gitopsPolicyText: 'path "a" {} # *\n' }],
];

describe('what forbids writing', () => {
  test.each(CASES)('%s: %j', (_name, codes, facts, wanted = intent(), materials = {}) => {
    const { blockers } = makePlan(survey(facts, wanted, materials));
    expect(blockers.map(({ code }) => code)).toEqual(codes);
    for (const blocker of blockers) {
      expect(blocker.message).not.toBe('');
      expect(blocker.hint).toMatch(/\.$/);
    }
  });

  test.each(['identity', 'namespace', 'rootCa', 'reviewer', 'probe', 'delegator'] as const)(
    'cluster.%s unread',
    (key) => {
      const { blockers } = makePlan(survey(healthyFacts({ cluster: { [key]: UNREAD } })));
      expect(blockers.map(({ code }) => code)).toEqual(['CLUSTER_FORBIDDEN']);
    },
  );

  test.each(['a', 'b', 'proof'] as const)('anchor %s unread', (slot) => {
    const anchors = { ...healthyFacts().cluster.anchors, [slot]: UNREAD };
    expect(makePlan(survey(healthyFacts({ cluster: { anchors } }))).blockers).toHaveLength(1);
  });

  test.each([
    'health',
    'login',
    'mounts',
    'config',
    'connectionRole',
    'probeRole',
    'basePolicy',
    'mountPolicy',
    'capabilities',
  ] as const)('vault.%s unread', (key) => {
    expect(makePlan(survey(healthyFacts({ vault: { [key]: UNREAD } }))).blockers).toHaveLength(1);
  });

  test('what is judged by its own check alone does not', () => {
    const facts = healthyFacts({ cluster: { secondWriters: UNREAD, legacyToken: UNREAD, connection: UNREAD } });
    expect(makePlan(survey(facts)).blockers).toEqual([]);
  });

  test('all of it is said at once, and each only once', () => {
    const facts = healthyFacts({
      cluster: { skipsTlsVerify: true, identity: UNREAD, probe: UNREAD, namespace: present({ phase: 'Terminating' }) },
      rest: { desiredDial: untrusted },
    });
    const codes = makePlan(survey(facts)).blockers.map(({ code }) => code);
    expect([...codes].sort()).toEqual([
      'CA_MISMATCH',
      'CLUSTER_FORBIDDEN',
      'KUBECONFIG_INSECURE',
      'NAMESPACE_TERMINATING',
    ]);
  });

  test('both clusters are named', () => {
    const [blocker] = makePlan(survey(healthyFacts({ vault: { mount: foreign } }))).blockers;
    expect(blocker?.message).toMatch(
      new RegExp(`cluster prod \\(kube-system ${OTHER_UID}\\).* cluster prodtest \\(kube-system ${MARK.uid}\\)`),
    );
  });
});

const WARNINGS: Case[] = [
  ['nothing', [], healthyFacts()],
  [
    'loopback said explicitly',
    ['HOST_UNREACHABLE'],
    emptyFacts(),
    intent({ kubernetesHost: 'https://127.0.0.1:6443' }),
  ],
  [
    'taken by allow-rebind',
    ['MOUNT_FOREIGN'],
    healthyFacts({ vault: { mount: foreign } }),
    intent({ allowRebind: true }),
  ],
  ['allow-rebind that is not needed', [], healthyFacts(), intent({ allowRebind: true })],
  ['clocks apart', ['LOGIN_CLOCK'], healthyFacts({ cluster: { skewSeconds: -61 } })],
  ['clocks a minute apart', [], healthyFacts({ cluster: { skewSeconds: 60 } })],
  [
    'a live mount without canary',
    ['CANARY_FAILED'],
    healthyFacts(),
    intent({ kubernetesHost: NEW_HOST, proveOnCanary: 'never' }),
  ],
  [
    'another CA without canary',
    ['CANARY_FAILED'],
    healthyFacts({ vault: { config: present(config({ kubernetesCaCert: OTHER_CA })) } }),
    intent({ proveOnCanary: 'never' }),
  ],
];

describe('what is warned of', () => {
  test.each(WARNINGS)('%s: %j', (_name, codes, facts, wanted = intent()) => {
    expect(makePlan(survey(facts, wanted)).warnings.map(({ code }) => code)).toEqual(codes);
  });
});
