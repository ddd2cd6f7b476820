import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAuthority } from '../../sandbox/pki.ts';
import { openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import { clusterWrites, vaultWrites } from './write.ts';

type Inputs = Record<string, string>;

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  const role = { role_type: 'jwt', user_claim: 'repository', bound_audiences: ['vault'], token_policies: ['default'] };
  await scene.vault.request('POST', 'auth/jwt/role/elsewhere', { ...role, bound_claims: { repository_id: '1' } });
}, 60_000);

afterAll(() => scene?.stop());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const kubeconfig = (pattern: RegExp, to: string): string => scene.cluster.adminKubeconfig.replace(pattern, to);
const bySelf = (more: Inputs): Inputs => ({ 'vault-token': '', 'vault-method': 'jwt', ...more });

/** Inputs laid over the admin's, the code they end in, and what the message says besides. */
const REFUSED: [string, () => Inputs, string, RegExp][] = [
  ['an unknown input', () => ({ kubeconfg: 'x' }), 'INPUT_UNKNOWN', /kubeconfg.*did you mean kubeconfig/is],
  ["another action's spelling", () => ({ tlsSkipVerify: 'true' }), 'INPUT_UNKNOWN', /vault-tls-skip-verify/],
  ['no where a boolean belongs', () => ({ 'vault-tls-skip-verify': 'no' }), 'INPUT_INVALID', /vault-tls-skip-verify/],
  ['no env', () => ({ env: '' }), 'INPUT_MISSING', /env/],
  ['an env that climbs', () => ({ env: '../x' }), 'INPUT_INVALID', /env is \.\.\/x/],
  ['a kubeconfig that is no YAML', () => ({ kubeconfig: 'a: b: c\n\t- [' }), 'KUBECONFIG_INVALID', /kubeconfig/],
  ['base64 of words', () => ({ kubeconfig: base64('word '.repeat(40)) }), 'KUBECONFIG_INVALID', /kubeconfig/],
  [
    'base64 of noise',
    () => ({ kubeconfig: Buffer.from(Array.from({ length: 200 }, (_, at) => (at * 37) % 256)).toString('base64') }),
    'INPUT_INVALID',
    /kubeconfig is neither/,
  ],
  ['a path to nothing', () => ({ kubeconfig: './nothing' }), 'INPUT_INVALID', /no such file/],
  ['a context that is not there', () => ({ 'kube-context': 'prod' }), 'KUBECONFIG_CONTEXT', /no context prod/],
  [
    'a server that is down',
    () => ({ kubeconfig: kubeconfig(/server: .*/, 'server: https://127.0.0.1:1') }),
    'CLUSTER_UNREACHABLE',
    /127\.0\.0\.1:1/,
  ],
  [
    'a wrong CA',
    () => ({
      kubeconfig: kubeconfig(
        /certificate-authority-data: .*/,
        `certificate-authority-data: ${base64(createAuthority('another').certPem)}`,
      ),
    }),
    'CLUSTER_TLS',
    /cannot be verified/,
  ],
  [
    'an expired client certificate',
    () => {
      const { certPem, keyPem } = createAuthority('x').client(
        { user: 'late' },
        { notAfter: new Date(Date.now() - 1000) },
      );
      return {
        kubeconfig: scene.cluster.adminKubeconfig
          .replace(/client-certificate-data: .*/, `client-certificate-data: ${base64(certPem)}`)
          .replace(/client-key-data: .*/, `client-key-data: ${base64(keyPem)}`),
      };
    },
    'CLUSTER_UNAUTHORIZED',
    /expired/,
  ],
  [
    'a token nobody knows',
    () => ({
      kubeconfig: '',
      'kube-server': scene.cluster.server,
      'kube-token': 'junk',
      'kube-ca-certificate': scene.cluster.caPem,
    }),
    'CLUSTER_UNAUTHORIZED',
    /401/,
  ],
  [
    'an API server over http',
    () => ({ kubeconfig: '', 'kube-server': 'http://api.example.com', 'kube-token': 'x' }),
    'CLUSTER_INSECURE',
    /http/,
  ],
  ['a Vault over http', () => ({ 'vault-url': 'http://vault.example.com:8200' }), 'VAULT_INSECURE', /http/],
  ['a Vault that is down', () => ({ 'vault-url': 'http://127.0.0.1:1' }), 'VAULT_UNREACHABLE', /127\.0\.0\.1:1/],
  ['a Vault namespace that is not there', () => ({ 'vault-namespace': 'nope' }), 'VAULT_NAMESPACE', /nope/],
  [
    'a wrong auth path',
    () => bySelf({ 'vault-role': 'x', 'vault-auth-path': 'nope' }),
    'VAULT_LOGIN',
    /auth\/nope.*repository_id=654321/s,
  ],
  ['a wrong role', () => bySelf({ 'vault-role': 'nope' }), 'VAULT_LOGIN', /role nope.*repository_id=654321/s],
  [
    'claims the role does not bind',
    () => bySelf({ 'vault-role': 'elsewhere', 'vault-jwt-audience': 'vault' }),
    'VAULT_LOGIN',
    /claims.*repository_id=654321/s,
  ],
  ['an audience the role does not bind', () => bySelf({ 'vault-role': 'elsewhere' }), 'VAULT_LOGIN', /audience/],
  [
    'an approle that does not exist',
    () => ({ 'vault-token': '', 'vault-method': 'approle', 'vault-role-id': 'a', 'vault-secret-id': 'b' }),
    'VAULT_LOGIN',
    /approle/,
  ],
  ['a Vault token that is none', () => ({ 'vault-token': 'hvs.nothing' }), 'VAULT_TOKEN', /does not accept the token/],
  ['env prod', () => ({ env: 'prod' }), 'PROD_REFUSED', /prod/],
  ['a lifetime below 10 m', () => ({ 'reviewer-token-ttl': '9m' }), 'INPUT_INVALID', /9m.*10m/],
  ['a lifetime that is none', () => ({ 'reviewer-token-ttl': 'soon' }), 'INPUT_INVALID', /soon.*not a duration/],
];

/** Runs with the admin's rights, so that nothing but the refusal keeps it from writing. */
async function refused(inputs: Inputs, env?: Record<string, string>): Promise<SceneRun> {
  const writes = async (): Promise<number> =>
    (await vaultWrites(scene.vault)).length + (await clusterWrites(scene.cluster)).length;
  const before = await writes();
  const ended = await scene.run({ ...scene.adminInputs(), ...inputs }, env);
  expect(await writes()).toBe(before);
  expect(ended.main.exitCode).toBe(1);
  expect(ended.main.stderr).toBe('');
  expect(ended.main.annotations.filter(({ level }) => level === 'error')).toHaveLength(1);
  ended.main.remove();
  return ended;
}

function told({ report }: SceneRun): { code: string; text: string }[] {
  const all = [...report.blockers, ...report.errors] as { code: string; message: string; hint: string }[];
  return all.map(({ code, message, hint }) => ({ code, text: `${message}\n${hint}` }));
}

describe('refused with a code and a next step, and nothing written', () => {
  test.each(REFUSED)('%s', async (_title, inputs, code, text) => {
    const ended = await refused(inputs());
    expect(ended.report.verdict).not.toBe('green');
    expect(told(ended)[0]).toEqual({ code, text: expect.stringMatching(text) });
    // The same trouble is told once.
    expect(told(ended)).toHaveLength(1);
    expect(ended.main.summary).toContain(code);
  });

  test('a job without id-token: write', async () => {
    const ended = await refused(bySelf({ 'vault-role': 'x' }), {});
    expect(told(ended)).toEqual([{ code: 'OIDC_PERMISSION', text: expect.stringContaining('id-token: write') }]);
  });

  test('everything that is wrong is told at once', async () => {
    const ended = await refused({ mode: 'binds', mount: 'auth/x', 'vault-url': 'https://me:hunter22@x', secrets: 'a' });
    expect(told(ended).map(({ text }) => text.split(' ')[0])).toEqual(['mode', 'vault-url', 'mount', 'secrets']);
    expect(JSON.stringify(ended.report) + ended.main.stdout).not.toContain('hunter22');
  });

  test('identities without rights: every missing path and verb', async () => {
    const { body } = await scene.vault.request('POST', 'auth/token/create', { policies: ['default'], ttl: '10m' });
    const kubeconfigOfNobody = await scene.cluster.kubeconfigFor({ user: 'nobody' });
    const ended = await refused({ 'vault-token': body.auth.client_token, kubeconfig: kubeconfigOfNobody });
    expect(told(ended).map(({ code }) => code)).toEqual(['PERMISSION_MISSING', 'PERMISSION_MISSING']);
    const [cluster, vault] = told(ended).map(({ text }) => text);
    for (const grant of [
      /create namespaces/,
      /create serviceaccounts in namespace openshift-gitops/,
      /create clusterrolebindings/,
      /bind clusterroles\S* system:auth-delegator/,
      /create secrets in namespace/,
      /create leases/,
      /create serviceaccounts\/token .*vault-token-reviewer/,
    ]) {
      expect(cluster).toMatch(grant);
    }
    for (const path of ['sys/auth [read]', 'sys/auth/kubernetes-prodtest [', 'auth/kubernetes-prodtest/config ['])
      expect(vault).toContain(path);
  });

  test.each([
    ['another type', 'kubernetes-prodtest', 'MOUNT_TYPE'],
    ['a path within it', 'kubernetes-prodtest/nested', 'MOUNT_NESTED'],
  ])('an auth mount of %s', async (_title, path, code) => {
    await scene.vault.request('POST', `sys/auth/${path}`, { type: 'userpass' });
    const ended = await refused({});
    await scene.vault.request('DELETE', `sys/auth/${path}`);
    expect(told(ended).map((problem) => problem.code)).toEqual([code]);
  });

  test('a sealed Vault', async () => {
    await scene.vault.seal();
    const ended = await refused({});
    await scene.vault.unseal();
    expect(told(ended).map(({ code }) => code)).toEqual(['VAULT_SEALED']);
    expect(ended.report.verdict).toBe('unknown');
  });
});

test('verify on a cluster without openshift-gitops is red and says so', async () => {
  const ended = await refused({ mode: 'verify' });
  expect(ended.report.verdict).toBe('red');
  const checks = ended.report.checks as { id: string; category: string; state: string; detail: string }[];
  expect(checks.find(({ id }) => id === 'reviewer.service-account')).toMatchObject({
    state: 'red',
    detail: 'namespace openshift-gitops does not exist',
  });
  expect(checks.filter(({ category, state }) => category === 'gitops' && state === 'green')).toEqual([]);
});
