import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { BindError } from '../src/binding/errors.js';
import type { Intent, Material } from '../src/binding/intent.js';
import type { Secret } from '../src/binding/secret.js';
import { INPUTS } from '../src/inputs/row.js';
import { parseInputs, sourceLines } from '../src/inputs.js';
import { MODES } from '../src/modes.js';
import { UID } from './fixtures/facts.js';
import { HOST, VAULT } from './fixtures/intent.js';
import { type Around, given, intentOf, LEAST, parsed, refusal, refusals, type Words } from './inputs/given.js';

const PEM = '-----BEGIN CERTIFICATE-----\nplanted\n-----END CERTIFICATE-----';

function text(material: Material | undefined): string | undefined {
  return material?.content.reveal();
}

/** An input, a value for it, where the value must show in the intent, and what the input needs beside it. */
interface Sample {
  readonly value: string;
  readonly seen: (intent: Intent) => unknown;
  readonly wanted: unknown;
  readonly beside?: Words;
}

const BY_KUBECONFIG: Words = { 'kube-server': '', 'kube-token': '' };
const BY_JWT: Words = { 'vault-token': '', 'vault-method': 'jwt' };
const BY_APPROLE: Words = { 'vault-token': '', 'vault-role-id': 'planted-role-id' };
const access = ({ access }: Intent): unknown =>
  access?.via === 'token'
    ? { server: access.server, token: access.token.reveal(), ca: text(access.ca) }
    : access?.via === 'vault'
      ? { path: access.path, field: access.field, context: access.context }
      : { kubeconfig: text(access?.material), context: access?.context };

const byToken = { server: HOST, token: 'planted-kube-token', ca: undefined };
const kubeconfig = { kubeconfig: 'kind: Config\n', context: undefined };

const SAMPLES: Readonly<Record<string, Sample>> = {
  mode: { value: 'verify', seen: ({ mode }) => mode, wanted: 'verify' },
  env: { value: 'stage', seen: ({ env }) => env, wanted: 'stage' },
  cluster: { value: 'ocp-west', seen: ({ cluster }) => cluster, wanted: 'ocp-west' },
  'clusters-path': { value: 'clusters-repo', seen: ({ clustersPath }) => clustersPath, wanted: 'clusters-repo' },
  'gitops-path': { value: 'gitops-repo', seen: ({ gitopsPath }) => gitopsPath, wanted: 'gitops-repo' },
  'kubeconfig-vault-path': {
    value: 'secret/clusters/{cluster}#admin',
    seen: access,
    wanted: { path: 'secret/clusters/prodtest', field: 'admin', context: undefined },
    beside: BY_KUBECONFIG,
  },
  kubeconfig: {
    value: 'kind: Config\nclusters: []',
    seen: access,
    wanted: { ...kubeconfig, kubeconfig: 'kind: Config\nclusters: []' },
    beside: BY_KUBECONFIG,
  },
  'kube-context': {
    value: 'admin@west',
    seen: access,
    wanted: { kubeconfig: './kubeconfig', context: 'admin@west' },
    beside: { ...BY_KUBECONFIG, kubeconfig: './kubeconfig' },
  },
  'kube-server': {
    value: 'https://api.west.example.com:6443/',
    seen: access,
    wanted: { ...byToken, server: 'https://api.west.example.com:6443' },
  },
  'kube-token': { value: 'planted-other', seen: access, wanted: { ...byToken, token: 'planted-other' } },
  'kube-ca-certificate': { value: PEM, seen: access, wanted: { ...byToken, ca: PEM } },
  'cluster-uid': {
    value: UID,
    seen: ({ clusterUid, access }) => [clusterUid, access],
    wanted: [UID, undefined],
    beside: { ...BY_KUBECONFIG, mode: 'unbind' },
  },
  'kubernetes-host': {
    value: 'https://api-int.west.example.com:6443',
    seen: ({ kubernetesHost }) => kubernetesHost,
    wanted: 'https://api-int.west.example.com:6443',
  },
  'kubernetes-ca-certificate': { value: PEM, seen: ({ kubernetesCa }) => text(kubernetesCa), wanted: PEM },
  'vault-url': { value: 'https://bao.example.com/', seen: ({ vault }) => vault.url, wanted: 'https://bao.example.com' },
  'vault-namespace': {
    value: 'team/app/',
    seen: ({ vault }) => [vault.namespace, vault.authNamespace],
    wanted: ['team/app', 'team/app'],
  },
  'vault-auth-namespace': {
    value: 'root',
    seen: ({ vault }) => [vault.namespace, vault.authNamespace],
    wanted: ['team', ''],
    beside: { 'vault-namespace': 'team' },
  },
  'vault-method': { value: 'token', seen: ({ vault }) => vault.method, wanted: 'token' },
  'vault-auth-path': { value: 'ci/jwt', seen: ({ vault }) => vault.authPath, wanted: 'ci/jwt', beside: BY_JWT },
  'vault-role': { value: 'binder', seen: ({ vault }) => vault.role, wanted: 'binder', beside: { 'vault-token': '' } },
  'vault-jwt-audience': { value: 'vault', seen: ({ vault }) => vault.audience, wanted: 'vault', beside: BY_JWT },
  'vault-token': { value: 'planted-other', seen: ({ vault }) => vault.token?.reveal(), wanted: 'planted-other' },
  'vault-role-id': {
    value: 'planted-other',
    seen: ({ vault }) => [vault.method, vault.roleId?.reveal()],
    wanted: ['approle', 'planted-other'],
    beside: BY_APPROLE,
  },
  'vault-secret-id': {
    value: 'planted-other',
    seen: ({ vault }) => [vault.method, vault.secretId?.reveal()],
    wanted: ['approle', 'planted-other'],
    beside: BY_APPROLE,
  },
  'vault-ca-certificate': { value: PEM, seen: ({ vault }) => text(vault.ca), wanted: PEM },
  'vault-client-certificate': {
    value: PEM,
    seen: ({ vault }) => text(vault.clientCertificate),
    wanted: PEM,
    beside: { 'vault-client-key': './key.pem' },
  },
  'vault-client-key': {
    value: './other.pem',
    seen: ({ vault }) => text(vault.clientKey),
    wanted: './other.pem',
    beside: { 'vault-client-certificate': PEM },
  },
  'vault-tls-skip-verify': { value: 'true', seen: ({ vault }) => vault.tlsSkipVerify, wanted: true },
  mount: { value: 'k8s/{cluster}', seen: ({ mount }) => mount, wanted: 'k8s/west', beside: { cluster: 'west' } },
  'reviewer-namespace': { value: 'review', seen: ({ reviewer }) => reviewer.namespace, wanted: 'review' },
  'reviewer-service-account': { value: 'looker', seen: ({ reviewer }) => reviewer.name, wanted: 'looker' },
  'reviewer-token-ttl': {
    value: '1h30m',
    seen: ({ reviewerTokenTtlSeconds }) => reviewerTokenTtlSeconds,
    wanted: 5400,
  },
  'rotation-interval': {
    value: '12h',
    seen: ({ rotationIntervalSeconds }) => rotationIntervalSeconds,
    wanted: 43_200,
  },
  'connection-role': { value: 'vco', seen: ({ connectionRole }) => connectionRole, wanted: 'vco' },
  'connection-policy': { value: 'vco', seen: ({ connectionPolicy }) => connectionPolicy, wanted: 'vco' },
  'connection-policy-scope': {
    value: 'shared',
    seen: ({ connectionPolicyScope }) => connectionPolicyScope,
    wanted: 'shared',
  },
  'connection-namespace': { value: 'vco', seen: ({ connection }) => connection.namespace, wanted: 'vco' },
  'connection-service-account': { value: 'manager', seen: ({ connection }) => connection.name, wanted: 'manager' },
  'app-namespace': {
    value: 'shop-{env}',
    seen: ({ appNamespace, secrets }) => [appNamespace, secrets.at(-1)?.namespace],
    wanted: ['shop-prodtest', 'shop-prodtest'],
  },
  'gitops-role': { value: 'gitops', seen: ({ gitopsRole }) => gitopsRole, wanted: 'gitops' },
  'gitops-policy': { value: 'gitops', seen: ({ gitopsPolicy }) => gitopsPolicy, wanted: 'gitops' },
  'gitops-policy-file': {
    value: 'vault/policy: draft.hcl',
    seen: ({ gitopsPolicyText }) => [gitopsPolicyText?.form, text(gitopsPolicyText)],
    wanted: ['path', 'vault/policy: draft.hcl'],
  },
  checks: { value: 'gitops', seen: ({ checks }) => checks, wanted: ['gitops'] },
  wait: {
    value: '15m',
    seen: ({ waitSeconds, timeoutSeconds }) => [waitSeconds, timeoutSeconds],
    wanted: [900, 1500],
  },
  applications: { value: 'a/b', seen: ({ applications }) => applications, wanted: [{ namespace: 'a', name: 'b' }] },
  secrets: { value: 'a/b', seen: ({ secrets }) => secrets, wanted: [{ namespace: 'a', name: 'b' }] },
  'skip-checks': { value: 'mount.ca', seen: ({ skipChecks }) => skipChecks, wanted: ['mount.ca'] },
  timeout: { value: '1h', seen: ({ timeoutSeconds }) => timeoutSeconds, wanted: 3600 },
  'allow-rebind': { value: 'true', seen: ({ allowRebind }) => allowRebind, wanted: true },
  'allow-prod': { value: 'true', seen: ({ allowProd }) => allowProd, wanted: true },
  'prove-on-canary': { value: 'never', seen: ({ proveOnCanary }) => proveOnCanary, wanted: 'never' },
  'github-token': {
    value: 'planted-github-token',
    seen: ({ people }) => [people?.token.reveal(), people?.comment, people?.failureIssue],
    wanted: ['planted-github-token', true, true],
  },
  comment: {
    value: 'false',
    seen: ({ people }) => [people?.comment, people?.failureIssue],
    wanted: [false, true],
    beside: { 'github-token': 'planted-github-token' },
  },
  'failure-issue': {
    value: 'false',
    seen: ({ people }) => [people?.comment, people?.failureIssue],
    wanted: [true, false],
    beside: { 'github-token': 'planted-github-token' },
  },
  'bootstrap-command': {
    value: 'make bootstrap-gitops CLUSTER=prodtest',
    seen: ({ bootstrapCommand, timeoutSeconds }) => [bootstrapCommand, timeoutSeconds],
    wanted: ['make bootstrap-gitops CLUSTER=prodtest', 2400],
  },
  'hide-names': { value: 'true', seen: ({ hideNames }) => hideNames, wanted: true },
  'report-path': { value: 'out/report.json', seen: ({ reportPath }) => reportPath, wanted: 'out/report.json' },
};

const WITH_OIDC: Around = { oidc: true };

/** Mode fleet alone looks at it: __tests__/inputs/fleet.test.ts. */
const LIVE = INPUTS.filter(({ id }) => id !== 'reports-path');

describe.each(LIVE)('$id', ({ id, variables }) => {
  const sample = SAMPLES[id];
  if (!sample) throw new Error(`no sample of ${id}`);
  const { value, seen, wanted, beside = {} } = sample;

  test('is read, and named as what gave it', () => {
    const { intent, sources } = parsed({ ...beside, [id]: value }, WITH_OIDC);
    expect(seen(intent)).toEqual(wanted);
    expect(sources[id]).toMatch(/^input(, as (text|a path))?$/);
  });

  test('may be spelt with underscores, and padded', () => {
    const { [id]: _, ...rest } = { ...LEAST, ...beside };
    const { intent, sources } = parseInputs(given({ ...rest, [id.replaceAll('-', '_')]: ` ${value}\n` }, WITH_OIDC));
    expect(seen(intent)).toEqual(wanted);
    expect(sources[id]).toMatch(/^input\b/);
  });

  if (variables.length === 0) return;
  test.each(variables)('falls back to %s, which an input beats', (variable) => {
    const env = { [variable]: value };
    const { intent, sources } = parsed({ ...beside, [id]: '' }, { env });
    expect(seen(intent)).toEqual(wanted);
    expect(sources[id]).toMatch(new RegExp(`^${variable}(, as (text|a path))?$`));
    const beaten = parsed({ ...beside, [id]: value }, { env: { [variable]: 'false' } });
    expect(seen(beaten.intent)).toEqual(wanted);
    expect(beaten.sources[id]).toMatch(/^input\b/);
  });
});

test.each(INPUTS.filter(({ preset }) => preset !== ''))('$id has its default when it is blank', ({ id }) => {
  const blank = parsed({ [id]: ' \n' });
  expect(blank.sources[id]).toBe('default');
  expect(blank.intent).toEqual(intentOf());
});

test('every sample is of an input', () => {
  expect(Object.keys(SAMPLES).sort()).toEqual(LIVE.map(({ id }) => id).sort());
});

test('the least one gives is enough, and all else has its default', () => {
  const { access: cluster, vault, ...rest } = intentOf();
  expect(access({ access: cluster } as Intent)).toEqual(byToken);
  expect(vault).toMatchObject({
    url: VAULT,
    namespace: '',
    authNamespace: '',
    method: 'token',
    role: '',
    audience: '',
    tlsSkipVerify: false,
  });
  expect(rest).toEqual({
    mode: 'bind',
    env: 'prodtest',
    cluster: 'prodtest',
    mount: 'kubernetes-prodtest',
    reviewer: { namespace: 'openshift-gitops', name: 'vault-token-reviewer' },
    reviewerTokenTtlSeconds: 86_400,
    rotationIntervalSeconds: 86_400,
    connectionRole: 'kube-auth',
    connectionPolicy: 'kube-auth',
    connectionPolicyScope: 'mount',
    connection: { namespace: 'openshift-gitops', name: 'default' },
    appNamespace: 'bitiq-prodtest',
    gitopsRole: 'gitops-prodtest',
    gitopsPolicy: 'gitops-prodtest',
    filesOnly: false,
    checks: ['contract', 'binding', 'gitops'],
    waitSeconds: 0,
    timeoutSeconds: 600,
    applications: [
      { namespace: 'openshift-gitops', name: 'vault-config-prodtest' },
      { namespace: 'openshift-gitops', name: 'vault-runtime-prodtest' },
    ],
    secrets: [
      { namespace: 'openshift-gitops', name: 'argocd-image-updater-secret' },
      { namespace: 'openshift-pipelines', name: 'quay-auth' },
      { namespace: 'openshift-pipelines', name: 'github-webhook-secret' },
      { namespace: 'openshift-pipelines', name: 'gitops-repo-creds' },
      { namespace: 'bitiq-prodtest', name: 'toy-service-config' },
      { namespace: 'bitiq-prodtest', name: 'toy-web-config' },
    ],
    skipChecks: [],
    allowRebind: false,
    allowProd: false,
    proveOnCanary: 'auto',
    hideNames: false,
  });
});

test('the lifetime asked for a token is that of the mode', () => {
  expect(intentOf({ mode: 'bind' }).reviewerTokenTtlSeconds).toBe(24 * 3600);
  expect(intentOf({ mode: 'rotate' }).reviewerTokenTtlSeconds).toBe(72 * 3600);
  expect(intentOf({ mode: 'rotate', 'reviewer-token-ttl': '30h' }).reviewerTokenTtlSeconds).toBe(30 * 3600);
});

describe('the sources of values', () => {
  test('are told a line each, defaults in one, values in none', () => {
    const inputs = { ...LEAST, 'vault-url': '', cluster: 'west', 'vault-role': 'binder', kubeconfig: '' };
    const { sources } = parseInputs(given(inputs, { env: { VAULT_ADDR: VAULT } }));
    const lines = sourceLines(sources);
    expect(lines).toContain('vault-url: from VAULT_ADDR');
    expect(lines).toContain('cluster: from input');
    expect(lines).toContain('vault-role: from input, without effect: vault-method is token');
    expect(lines.at(-1)).toMatch(/^default: mode, .*mount, .*hide-names$/);
    expect(lines.join('\n')).not.toMatch(/planted|example\.com|binder|west|prodtest/);
  });
});

describe('booleans', () => {
  const ids = ['vault-tls-skip-verify', 'allow-rebind', 'allow-prod', 'hide-names'];

  test.each(ids.flatMap((id) => ['no', 'yes', '1', '0', 'on', 'truee', 't', 'null'].map((word) => [id, word])))(
    '%s: %s is refused',
    (id, word) => {
      expect(refusal({ [id]: word })).toEqual({
        code: 'INPUT_INVALID',
        message: `${id} is neither true nor false`,
        hint: `Set ${id} to true or false.`,
      });
    },
  );

  test.each([
    ['true', true],
    ['True', true],
    ['TRUE', true],
    ['false', false],
    ['False', false],
  ])('%s is %s', (word, wanted) => {
    expect(intentOf({ 'allow-rebind': word }).allowRebind).toBe(wanted);
  });

  test.each([
    ['1', true],
    ['t', true],
    ['true', true],
    ['0', false],
    ['F', false],
    ['false', false],
  ])('VAULT_SKIP_VERIFY=%s is %s, as Vault itself has it', (word, wanted) => {
    expect(intentOf({}, { env: { VAULT_SKIP_VERIFY: word } }).vault.tlsSkipVerify).toBe(wanted);
  });

  test('a variable that is neither is called by its own name', () => {
    const { message } = refusal({}, { env: { VAULT_SKIP_VERIFY: 'no' } });
    expect(message).toBe('VAULT_SKIP_VERIFY is neither true nor false');
  });
});

describe('choices', () => {
  test.each([
    ['mode', 'binds', /Did you mean bind\?/],
    ['mode', 'Verify', /Did you mean verify\?/],
    ['mode', 'unbound-everything', /^Set mode to one of them/],
    ['vault-method', 'app-role', /Did you mean approle\?/],
    ['connection-policy-scope', 'mounts', /Did you mean mount\?/],
    ['prove-on-canary', 'alway', /Did you mean always\?/],
    ['prove-on-canary', 'true', /^Set prove-on-canary to one of them/],
  ])('%s: %s is refused with what is near', (id, word, hint) => {
    const found = refusal({ [id]: word });
    expect(found.code).toBe('INPUT_INVALID');
    expect(found.message).toMatch(new RegExp(`^${id} is ${word}, which is not one of `));
    expect(found.hint).toMatch(hint);
  });

  test.each(Object.keys(MODES).filter((mode) => mode !== 'fleet'))('mode %s is taken', (mode) => {
    expect(intentOf({ mode }).mode).toBe(mode);
  });
});

describe('env', () => {
  test('is required, and missing alone is told once', () => {
    expect(refusal({ env: '' })).toMatchObject({ code: 'INPUT_MISSING', message: 'env is not set' });
  });

  test.each(['../x', 'Prod', 'a'.repeat(41), 'a_b', '-a', 'a-', 'a.b', 'a b', 'a/b', '{env}', 'prod::set-output'])(
    '%s is refused once, not once more in every name made of it',
    (env) => {
      const found = refusal({ env });
      expect(found.code).toBe('INPUT_INVALID');
      expect(found.message).toMatch(/^env is .*, which is no name of lower-case letters, digits and hyphens$/);
      expect(found.message).not.toContain('::');
    },
  );

  test.each(['a', 'prod2', 'a'.repeat(40), '9-lives'])('%s is taken', (env) => {
    const intent = intentOf({ env });
    expect([intent.env, intent.cluster, intent.mount]).toEqual([env, env, `kubernetes-${env}`]);
  });

  test.each(['Prod', '../x', 'x'.repeat(41)])('cluster %s is refused alike', (cluster) => {
    expect(refusal({ cluster }).message).toMatch(/^cluster is /);
  });
});

describe('production', () => {
  test.each(Object.entries(MODES))('mode %s asks for leave when it writes', (mode, { writes }) => {
    const found = refusals({ env: 'prod', mode });
    expect(found.map(({ code }) => code)).toEqual(writes ? ['PROD_REFUSED'] : []);
    expect(refusals({ env: 'prod', mode, 'allow-prod': 'true' })).toEqual([]);
    for (const { message, hint } of found) {
      expect(message).toBe(`mode ${mode} writes, and env is prod`);
      expect(hint).toContain('allow-prod: true');
    }
  });

  test('no leave is given by a word that is not true', () => {
    const codes = refusals({ env: 'prod', 'allow-prod': 'yes' }).map(({ code }) => code);
    expect(codes).toEqual(['INPUT_INVALID', 'PROD_REFUSED']);
  });
});

describe('what is right alone and wrong together', () => {
  test.each([
    [{ 'connection-role': 'same', 'gitops-role': 'same' }],
    [{ 'gitops-role': 'kube-auth' }],
    [{ 'connection-role': 'vault-cluster-bind-probe' }],
    [{ 'gitops-role': 'vault-cluster-bind-probe' }],
  ])('one role of a mount for two purposes: %j', (names) => {
    expect(refusal(names).code).toBe('INPUT_CONFLICT');
  });

  test('two roles that cannot be read are not told to be the same', () => {
    const codes = refusals({ 'connection-role': 'A B', 'gitops-role': '../x' }).map(({ code }) => code);
    expect(codes).toEqual(['INPUT_INVALID', 'INPUT_INVALID']);
  });

  test.each([
    ['15m', '15m'],
    ['15m', '10m'],
  ])('wait %s with timeout %s', (wait, timeout) => {
    expect(refusal({ wait, timeout })).toMatchObject({
      code: 'INPUT_CONFLICT',
      message: 'timeout ends the run before wait is over',
    });
  });

  test('the limit of a run is past what it waits', () => {
    expect(intentOf({ wait: '6h' }).timeoutSeconds).toBe(6 * 3600 + 600);
    expect(intentOf({ wait: '15m', timeout: '16m' }).timeoutSeconds).toBe(960);
  });
});

test('every problem is told at once, in the order of the inputs', () => {
  const found = refusals({
    mode: 'bnd',
    env: 'Prod',
    'kube-server': 'ftp://x',
    'vault-url': 'https://a:b@vault.example.com',
    'vault-tls-skip-verify': 'no',
    mount: 'auth/x',
    'reviewer-token-ttl': 'soon',
    secrets: 'not-a-ref',
    'hide-name': 'true',
    'skip-checks': 'mount.host, mount.hots',
  });
  expect(found.map(({ message }) => message.split(' ').slice(0, 5).join(' '))).toEqual([
    'there is no input hide-name',
    'mode is bnd, which is',
    'env is Prod, which is',
    'kube-server is not an https',
    'vault-url carries credentials',
    'vault-tls-skip-verify is neither true nor',
    'mount is auth/x, which cannot',
    'reviewer-token-ttl is soon, which is',
    'secrets has not-a-ref, which is',
    'skip-checks has mount.hots, which is',
  ]);
  for (const { message, hint } of found) {
    expect(message).not.toMatch(/\.$/);
    expect(hint).toMatch(/^[A-Z].*[.?]$/);
  }
});

describe('no secret shows', () => {
  const SECRETS: Words = {
    'kube-token': 'planted-kube-token',
    'vault-token': 'planted-vault-token',
    'vault-role-id': 'planted-role-id',
    'vault-secret-id': 'planted-secret-id',
    'vault-client-key': '-----BEGIN PRIVATE KEY-----\nplanted-client-key\n-----END PRIVATE KEY-----',
    kubeconfig: 'users:\n- user:\n    token: planted-kubeconfig-token\n',
  };
  const WAYS: readonly (readonly [string, Words])[] = [
    ['a token on both sides', {}],
    ['an approle', { 'vault-method': 'approle', 'vault-token': '' }],
    ['a kubeconfig', { kubeconfig: SECRETS['kubeconfig'] ?? '', 'kube-server': '', 'kube-token': '' }],
  ];
  const surfaces = (value: unknown): string =>
    [JSON.stringify(value), inspect(value, { depth: null, showHidden: true, getters: true }), String(value)].join('\n');

  test.each(WAYS)('in what comes of %s, and all that is used is masked', (_, way) => {
    const { kubeconfig: _kubeconfig, ...rest } = SECRETS;
    const from = given({ ...LEAST, ...rest, 'vault-client-certificate': PEM, ...way });
    const { intent, sources } = parseInputs(from);
    expect(surfaces(intent)).toContain('[secret ');
    for (const shown of [surfaces(intent), surfaces(sources), sourceLines(sources).join('\n')])
      expect(shown).not.toContain('planted');
    const used = [intent.access, intent.vault]
      .flatMap((part) => Object.values(part ?? {}) as (string | Secret | Material)[])
      .map((part) => (typeof part === 'object' && 'content' in part ? part.content : part))
      .flatMap((part) => (typeof part === 'object' && part.reveal() !== PEM ? [part.reveal()] : []));
    expect([...from.masked].sort()).toEqual(used.sort());
    expect(used.length).toBeGreaterThan(2);
  });

  test('in any problem, however much is wrong', () => {
    const from = given({
      ...SECRETS,
      'vault-method': 'token',
      'kube-server': 'https://planted-user:planted-password@api.example.com',
      'kubernetes-host': 'https://api.example.com/?token=planted-query',
      'vault-url': 'https://planted-user:planted-password@vault.example.com/#planted-fragment',
      'vault-namespace': '../planted-namespace',
      'vault-auth-path': 'planted path',
      'vault-tls-skip-verify': 'planted-boolean',
      // Pasted where it does not belong, a token is told from a name by its shape alone.
      env: 'hvs.plantedplantedplantedplanted',
      mode: 'eyJplantedplanted.planted.planted',
      mount: 'sha256~plantedplantedplantedplanted',
      wait: 'ghp_plantedplantedplantedplanted',
      checks: 'https://planted:planted@vault.example.com',
      'vault-tokn': 'planted-unknown-input',
    });
    let thrown: unknown;
    try {
      parseInputs(from);
    } catch (error) {
      thrown = error;
    }
    if (!(thrown instanceof BindError)) throw new Error('it was accepted');
    expect(thrown.problems.length).toBeGreaterThan(10);
    expect([surfaces(thrown), surfaces(thrown.problems), thrown.stack ?? ''].join('\n')).not.toContain('planted');
  });
});
