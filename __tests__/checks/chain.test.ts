import { describe, expect, test } from '@jest/globals';
import type { GitopsFacts, ResourceFact, RoleFact, VaultFacts } from '../../src/binding/facts.js';
import { absent, present } from '../../src/binding/observed.js';
import type { CheckResult } from '../../src/checks/check.js';
import { gitopsChecks } from '../../src/checks/gitops.js';
import { ACCEPTED, healthyFacts, refused, role, survey } from '../fixtures/facts.js';
import { intent as bound } from '../fixtures/intent.js';
import { condition, FORBIDDEN, facts, intent, NOW, resource, seen } from './gitops-facts.js';

const HOUR = 3_600_000;
const REF = { namespace: 'ci', name: 'quay-auth' };
const AUTH = { namespace: 'ci', name: 'k8s' };
const CONNECTION = { namespace: 'ci', name: 'vault' };
const WAY =
  'VaultStaticSecret ci/quay-auth → VaultAuth ci/k8s → role gitops-prodtest on auth/kubernetes-prodtest → gitops/data/registry/quay';
const LOGIN_403 =
  'URL: PUT https://u:hunter2hunter2@v:8200/v1/auth/kubernetes-prodtest/login\nCode: 403. Errors:\n\n* permission denied';

const healthy = [condition('Healthy', 'True')];
const failing = (message: string) => [condition('Healthy', 'False'), condition('SecretSynced', 'False', { message })];

function secret(more: Partial<ResourceFact> = {}): ResourceFact {
  return resource('VaultStaticSecret', healthy, {
    ref: REF,
    lastGeneration: 1,
    destination: REF,
    authRef: AUTH,
    source: { mount: 'gitops', path: 'gitops/data/registry/quay', namespace: '' },
    makes: { create: true, type: '' },
    createdAt: NOW - 2 * HOUR,
    ...more,
  });
}

function auth(more: Partial<NonNullable<ResourceFact['login']>> = {}): ResourceFact {
  const login = {
    method: 'kubernetes',
    mount: 'kubernetes-prodtest',
    namespace: '',
    role: 'gitops-prodtest',
    serviceAccount: 'default',
    audiences: [],
    allowedNamespaces: [],
    connection: CONNECTION,
    inherits: false,
    ...more,
  };
  return resource('VaultAuth', [], { ref: AUTH, valid: true, login });
}

const connection = (more: Partial<ResourceFact> = {}): ResourceFact =>
  resource('VaultConnection', healthy, { ref: CONNECTION, valid: true, ...more });

const READER = present({ text: 'path "gitops/data/*" { capabilities = ["read", "list"] }' });
const BOUND: RoleFact = role({
  serviceAccountNamespaces: ['openshift-gitops', 'ci'],
  tokenPolicies: ['gitops-prodtest'],
});

interface Scene {
  vso?: readonly ResourceFact[];
  vco?: readonly ResourceFact[];
  vault?: Partial<VaultFacts>;
  live?: Parameters<typeof healthyFacts>[0];
  facts?: Partial<GitopsFacts>;
}

function look({ vso = [secret(), auth(), connection()], vco, vault = {}, live, facts: more = {} }: Scene = {}) {
  const seenFacts = facts({ vso: seen(...vso), ...(vco ? { vco: seen(...vco) } : {}), ...more });
  const vaultFacts = { gitopsRole: present(BOUND), gitopsPolicy: READER, ...vault };
  const joined = survey(healthyFacts({ ...live, vault: vaultFacts }), bound({ mode: 'verify' }));
  return gitopsChecks(seenFacts, intent(), NOW, joined);
}

function row(results: readonly CheckResult[], id: string): CheckResult {
  const found = results.find((result) => result.id === id);
  if (found === undefined) throw new Error(`no row ${id}`);
  return found;
}

/** What is broken, how, and how the first broken link reads. */
const BROKEN: [string, Scene, RegExp, string | undefined][] = [
  ['no VaultAuth', { vso: [secret(), connection()] }, /^VaultAuth ci\/k8s does not exist/, undefined],
  [
    'no VaultConnection',
    { vso: [secret(), auth()] },
    /^VaultConnection ci\/vault of VaultAuth ci\/k8s does not/,
    undefined,
  ],
  [
    'a VaultConnection that cannot reach Vault',
    {
      vso: [
        secret(),
        auth(),
        connection({ valid: false, conditions: [condition('VaultPing', 'False', { message: 'dial tcp: x' })] }),
      ],
    },
    /^VaultConnection ci\/vault: Vault unreachable/,
    undefined,
  ],
  [
    'a VaultAuth of another namespace',
    { vso: [secret({ ref: { namespace: 'team', name: 'x' } }), auth(), connection()] },
    /^VaultAuth ci\/k8s does not allow namespace team/,
    undefined,
  ],
  ['no mount', { vault: { mount: absent } }, /^auth\/kubernetes-prodtest does not exist/, 'LOGIN_MOUNT'],
  [
    'no role',
    { vault: { gitopsRole: absent } },
    /^auth\/kubernetes-prodtest has no role gitops-prodtest/,
    'LOGIN_ROLE',
  ],
  [
    'a role for other namespaces',
    { vault: { gitopsRole: present({ ...BOUND, serviceAccountNamespaces: ['openshift-gitops'] }) } },
    /^role gitops-prodtest on auth\/kubernetes-prodtest does not bind namespace ci/,
    'LOGIN_UNBOUND',
  ],
  [
    'a role for another ServiceAccount',
    { vault: { gitopsRole: present({ ...BOUND, serviceAccountNames: ['vso'] }) } },
    /does not bind ServiceAccount default/,
    'LOGIN_UNBOUND',
  ],
  [
    'a role with an audience',
    { vault: { gitopsRole: present({ ...BOUND, audience: 'vault' }) } },
    /wants an audience/,
    'LOGIN_AUDIENCE',
  ],
  [
    'a role without policies',
    { vault: { gitopsRole: present({ ...BOUND, tokenPolicies: ['default'] }) } },
    /carries no policy/,
    'VAULT_FORBIDDEN',
  ],
  [
    'no policy',
    { vault: { gitopsPolicy: absent } },
    /^policy gitops-prodtest of role gitops-prodtest does not exist/,
    'VAULT_FORBIDDEN',
  ],
  [
    'a policy for other paths',
    { vault: { gitopsPolicy: present({ text: 'path "gitops/data/prodtest/*" { capabilities = ["read"] }' }) } },
    /^policy gitops-prodtest does not let role gitops-prodtest read gitops\/data\/registry\/quay/,
    'VAULT_FORBIDDEN',
  ],
  [
    'a policy that only lists',
    { vault: { gitopsPolicy: present({ text: 'path "gitops/data/*" { capabilities = ["list"] }' }) } },
    /does not let role/,
    'VAULT_FORBIDDEN',
  ],
];

describe('a chain to Vault', () => {
  test('that holds is green, and so is its Secret', () => {
    const results = look();
    expect(row(results, 'vso.resources')).toMatchObject({ state: 'green', detail: '3 resources' });
    expect(row(results, 'secret.ci/quay-auth')).toMatchObject({ state: 'green', detail: 'Opaque, 2 keys' });
  });

  test.each(BROKEN)('with %s is red although its last sync succeeded', (_what, scene, link, code) => {
    const results = look(scene);
    const { state, detail, hint, ...rest } = row(results, 'vso.resources');
    expect(state).toBe('red');
    expect(detail.replace(/^\d of \d resources not proven: VaultStaticSecret \S+: /, '')).toMatch(link);
    expect(hint).not.toBe('');
    if (code !== undefined) expect(rest.code).toBe(code);
    expect(row(results, 'secret.ci/quay-auth').detail).toMatch(/^present, but stale: VaultStaticSecret/);
  });

  test.each(BROKEN)('with %s tells so where the Secret is missing', (_what, scene, link) => {
    const { state, detail, hint } = row(
      look({ ...scene, facts: { secrets: { 'ci/quay-auth': absent } } }),
      'secret.ci/quay-auth',
    );
    expect(state).toBe('red');
    expect(detail).toMatch(/^absent; VaultStaticSecret \S+ → VaultAuth ci\/k8s/);
    expect(detail.slice(detail.indexOf(': ') + 2)).toMatch(link);
    expect(detail).toMatch(/; waited for 2 h$/);
    expect(hint).not.toBe('');
  });

  test.each<[string, Scene]>([
    ['its role was not read', { vault: { gitopsRole: FORBIDDEN } }],
    ['its policy was not read', { vault: { gitopsPolicy: FORBIDDEN } }],
    [
      'its role carries a policy that nobody read',
      {
        vault: { gitopsRole: present({ ...BOUND, tokenPolicies: ['gitops-prodtest', 'more'] }), gitopsPolicy: absent },
      },
    ],
    [
      'it logs in through another mount',
      { vso: [secret(), auth({ mount: 'kubernetes-team' }), connection()], vault: { gitopsRole: absent } },
    ],
    [
      'it logs in to another Vault namespace',
      { vso: [secret(), auth({ namespace: 'team' }), connection()], vault: { gitopsRole: absent } },
    ],
    ['its role is another', { vso: [secret(), auth({ role: 'team' }), connection()], vault: { gitopsRole: absent } }],
    [
      'its VaultAuth allows every namespace',
      { vso: [secret({ authRef: AUTH }), auth({ allowedNamespaces: ['*'] }), connection()] },
    ],
  ])('is not called broken where %s', (_what, scene) => {
    expect(row(look(scene), 'vso.resources').state).toBe('green');
  });

  test('one cause of many failures is one line, with the resources it explains', () => {
    const many = Array.from({ length: 9 }, (_, index) =>
      secret({
        ref: { namespace: 'ci', name: `s${index}` },
        destination: { namespace: 'ci', name: `s${index}` },
        conditions: failing(LOGIN_403),
      }),
    );
    const { detail, code } = row(
      look({ vso: [...many, auth(), connection()], vault: { gitopsRole: absent } }),
      'vso.resources',
    );
    expect(detail).toBe(
      '9 of 11 resources not proven: VaultStaticSecret ci/s0, ci/s1, ci/s2, ci/s3 and 5 more: auth/kubernetes-prodtest has no role gitops-prodtest',
    );
    expect(code).toBe('LOGIN_ROLE');
  });

  test('a bare 403 is told by the classifier of logins, and as past once logins work', () => {
    const vso = [secret({ conditions: failing(LOGIN_403) }), auth(), connection()];
    const broken = look({
      vso,
      live: { rest: { liveLogin: present(refused(403, 'permission denied')) }, cluster: { reviewer: absent } },
    });
    expect(row(broken, 'vso.resources')).toMatchObject({
      code: 'LOGIN_REVIEWER',
      detail: expect.stringContaining('its tokens died with it'),
    });
    const healed = row(look({ vso, live: { rest: { liveLogin: present(ACCEPTED) } } }), 'vso.resources');
    expect(healed).toMatchObject({
      state: 'red',
      detail: expect.stringContaining('logins through auth/kubernetes-prodtest work now'),
    });
    expect(JSON.stringify([broken, healed])).not.toContain('hunter2');
  });
});

describe('a vault-config-operator resource', () => {
  const policy = resource('Policy', [condition('ReconcileSuccessful', 'True')], {
    target: 'sys/policies/acl/gitops-prodtest',
  });
  const kept = resource('KubernetesAuthEngineRole', [...policy.conditions], {
    target: 'auth/kubernetes-prodtest/role/gitops-prodtest',
  });

  test('that claims what Vault does not have is red', () => {
    expect(row(look({ vco: [policy, kept] }), 'vco.resources').state).toBe('green');
    const { state, detail } = row(look({ vco: [policy, kept], vault: { gitopsRole: absent } }), 'vco.resources');
    expect([state, detail]).toEqual([
      'red',
      '1 of 2 resources not proven: KubernetesAuthEngineRole openshift-gitops/it: auth/kubernetes-prodtest/role/gitops-prodtest does not exist in Vault, though it shows success',
    ]);
  });

  test('whose login is refused says why, from what is seen around it', () => {
    const failed = {
      ...policy,
      authPath: 'kubernetes-prodtest',
      role: 'kube-auth',
      account: 'default',
      conditions: [condition('ReconcileFailed', 'False', { message: LOGIN_403 })],
    };
    const { code, detail } = row(
      look({ vco: [failed], vault: { connectionRole: present(role({ serviceAccountNames: ['vco'] })) } }),
      'vco.resources',
    );
    expect([code, detail]).toEqual([
      'LOGIN_UNBOUND',
      expect.stringContaining('does not bind ServiceAccount openshift-gitops/default'),
    ]);
  });
});

describe('an operator', () => {
  const beats = (vso: number, vco = 1000): Partial<GitopsFacts> => ({
    heartbeats: { vso: present({ renewedAt: NOW - vso }), vco: present({ renewedAt: NOW - vco }) },
  });

  test('that renews its Lease is not mentioned', () => {
    expect(row(look({ facts: beats(10_000) }), 'vso.resources')).toMatchObject({
      state: 'green',
      detail: '3 resources',
    });
  });

  test('that does not run makes its row red, and its Secrets stale', () => {
    const results = look({ facts: beats(3 * HOUR) });
    expect(row(results, 'vso.resources')).toMatchObject({
      state: 'red',
      detail: 'vault-secrets-operator does not run: it last renewed its Lease 3 h ago; when it did: 3 resources',
    });
    expect(row(results, 'secret.ci/quay-auth').detail).toBe(
      'present, but stale: vault-secrets-operator does not run: it last renewed its Lease 3 h ago',
    );
    expect(row(results, 'vco.resources').state).toBe('green');
    expect(row(look({ facts: beats(1000, HOUR) }), 'vco.resources').state).toBe('red');
    const missing = { ...beats(HOUR), secrets: { 'ci/quay-auth': absent } };
    expect(row(look({ facts: missing }), 'secret.ci/quay-auth').detail).toMatch(
      /^absent; VaultStaticSecret .*does not run.*waited for 2 h$/,
    );
  });
});

describe('a Secret', () => {
  const there = (type: string, keys: number): Partial<GitopsFacts> => ({
    secrets: { 'ci/quay-auth': present({ type, keys }) },
  });
  const dockerconfig = secret({ makes: { create: true, type: 'kubernetes.io/dockerconfigjson' } });
  const elsewhere = secret({ destination: { namespace: 'ci', name: 'quay' } });
  const filled = secret({ makes: { create: false, type: '' } });
  const old = secret({ generation: 2 });

  test.each<[string, Scene, string, RegExp]>([
    [
      'of the wanted type',
      { vso: [dockerconfig, auth(), connection()], facts: there('kubernetes.io/dockerconfigjson', 1) },
      'green',
      /^kubernetes\.io\/dockerconfigjson, 1 key$/,
    ],
    [
      'of another type',
      { vso: [dockerconfig, auth(), connection()], facts: there('Opaque', 1) },
      'red',
      /^present as Opaque, while VaultStaticSecret ci\/quay-auth makes it as kubernetes/,
    ],
    ['without a key', { facts: there('Opaque', 0) }, 'red', /^present and empty/],
    [
      'written elsewhere now',
      { vso: [elsewhere, auth(), connection()], facts: there('Opaque', 1) },
      'red',
      /^present, but stale: VaultStaticSecret ci\/quay-auth writes Secret quay and not this one$/,
    ],
    [
      'of an older generation',
      { vso: [old, auth(), connection()], facts: there('Opaque', 1) },
      'red',
      /^present, but stale: .*generation 2 not reconciled yet$/,
    ],
    [
      'that nobody claims',
      { vso: [], facts: there('Opaque', 1) },
      'green',
      /^Opaque, 1 key; no VaultStaticSecret makes it$/,
    ],
    [
      'missing, written elsewhere',
      { vso: [elsewhere, auth(), connection()], facts: { secrets: { 'ci/quay-auth': absent } } },
      'red',
      /^absent; VaultStaticSecret ci\/quay-auth writes Secret quay in its place$/,
    ],
    [
      'missing, only to be filled',
      { vso: [filled, auth(), connection()], facts: { secrets: { 'ci/quay-auth': absent } } },
      'red',
      /destination\.create is false/,
    ],
    [
      'missing, path empty',
      {
        vso: [
          secret({ conditions: failing('empty response from Vault, path="gitops/data/registry/quay"') }),
          auth(),
          connection(),
        ],
        facts: { secrets: { 'ci/quay-auth': absent } },
      },
      'red',
      /: no secret at the path \(gitops\/data\/registry\/quay\); waited for 2 h$/,
    ],
    [
      'not to be read, healthy',
      { facts: { secrets: { 'ci/quay-auth': FORBIDDEN } } },
      'green',
      /^by VaultStaticSecret status: ci\/quay-auth is healthy and current$/,
    ],
    [
      'not to be read, outdated',
      { vso: [old, auth(), connection()], facts: { secrets: { 'ci/quay-auth': FORBIDDEN } } },
      'unknown',
      /403; VaultStaticSecret ci\/quay-auth: generation 2/,
    ],
    [
      'not to be read, role gone',
      { vault: { gitopsRole: absent }, facts: { secrets: { 'ci/quay-auth': FORBIDDEN } } },
      'unknown',
      /has no role/,
    ],
  ])('%s', (_what, scene, state, detail) => {
    const found = row(look(scene), 'secret.ci/quay-auth');
    expect(found).toMatchObject({ state, detail: expect.stringMatching(detail) });
    expect(found.hint === '').toBe(state === 'green');
  });

  test('says the whole way by name', () => {
    const { detail } = row(
      look({ vault: { gitopsRole: absent }, facts: { secrets: { 'ci/quay-auth': absent } } }),
      'secret.ci/quay-auth',
    );
    expect(detail).toContain(`absent; ${WAY}: auth/kubernetes-prodtest has no role gitops-prodtest`);
    expect(detail.length).toBeLessThan(400);
  });
});

test('a second writer that is refused is left to the row about second writers; any other failure is not', () => {
  const refs = ['kubernetes-prodtest', 'elsewhere'].map((name) => ({ namespace: 'openshift-gitops', name }));
  const message = 'Code: 403. Errors:\n\n* 1 error occurred:\n\t* permission denied';
  const denied = [condition('ReconcileFailed', 'False', { message, observedGeneration: 1 })];
  const [ours, other] = refs.map((ref) => resource('KubernetesAuthEngineConfig', denied, { ref }));
  const writer = {
    kind: 'KubernetesAuthEngineConfig',
    ref: refs[0],
    path: 'auth/kubernetes-prodtest/config',
    harmless: false,
  };
  const live = { cluster: { secondWriters: present([writer]) } } as Scene['live'];
  const fine = resource('Policy', [condition('ReconcileSuccessful', 'True', { observedGeneration: 1 })]);
  const alone = row(look({ vco: [fine, ours as ResourceFact], live }), 'vco.resources');
  expect(alone).toMatchObject({ state: 'green', detail: expect.stringContaining('which mount.single-writer judges') });
  const both = row(look({ vco: [fine, ours as ResourceFact, other as ResourceFact], live }), 'vco.resources');
  expect(both).toMatchObject({ state: 'red', detail: expect.stringMatching(/^1 of 3 .*elsewhere/) });
});
