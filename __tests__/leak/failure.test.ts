import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { approleInputs, tokenInputs } from '../../sandbox/identity.js';
import { kubeconfig } from '../../sandbox/kubeconfig.js';
import { openStage, password, plantable, type RunOptions, type Stage } from './stage.js';

const FREE = plantable('body of an answer');
const PASSWORD = password('password');

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  stage.known.push(FREE, PASSWORD);
}, 60_000);
afterAll(() => stage.stop());

/** Runs, and checks that it failed without telling a secret. */
async function failing(inputs: Record<string, string>, options?: RunOptions): Promise<string> {
  const run = await stage.run(inputs, options);
  stage.vault.clear();
  stage.cluster.clear();
  expect(run.main.exitCode).toBe(1);
  expect(run.leaks()).toEqual([]);
  expect(run.intrusions()).toEqual([]);
  run.remove();
  return run.main.log;
}

/** Bodies as servers and what stands before them write them, with a secret wherever text is free. */
function bodies(status: number): Readonly<Record<string, string>> {
  const { value } = FREE;
  const url = `https://robot:${PASSWORD.value}@vault.example/v1/auth/x/login?token=${PASSWORD.value}`;
  return {
    Status: JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message: `admission webhook "policy.example" denied the request: ${value} ${url}`,
      reason: PASSWORD.value,
      details: { name: value, causes: [{ message: value }] },
      code: status,
    }),
    errors: JSON.stringify({ errors: [value, `1 error occurred:\n\t* ${value} at ${url}`], data: { token: value } }),
    'a page': `<html><body>${value} ${url}</body></html>`,
    'a command': `::error::${value}\n##[set-env name=A]${value}`,
  };
}

const CLUSTER = [
  /\/namespaces\/kube-system$/,
  /selfsubjectaccessreviews$/,
  /\/serviceaccounts\/[^/]+\/token$/,
  /leases/,
];
const VAULT = [/\/auth\/jwt\/login$/, /\/sys\/auth$/, /\/sys\/capabilities-self$/, /\/config$/, /\/policies?\/acl\//];

describe.each([401, 403, 500])('HTTP %i whose body holds secrets', (status) => {
  const names = Object.keys(bodies(status)).map((name, index) => [name, index] as const);
  const rows = names.filter(([, index]) => status === 403 || index < 2);

  test.each(rows)(
    '%s, from the API server',
    async (name, index) => {
      const path = CLUSTER[(index + status) % CLUSTER.length] ?? /./;
      stage.cluster.inject({
        path,
        fault: { status, body: bodies(status)[name] ?? '', headers: { 'x-secret': PASSWORD.value } },
      });
      await failing(await stage.inputs('bind'));
    },
    60_000,
  );

  test.each(rows)(
    '%s, from Vault',
    async (name, index) => {
      const path = VAULT[(index + status) % VAULT.length] ?? /./;
      stage.vault.inject({
        path,
        fault: { status, body: bodies(status)[name] ?? '', headers: { 'x-secret': PASSWORD.value } },
      });
      await failing(await stage.inputs('bind'));
    },
    60_000,
  );
});

test('success whose body is not what it should be', async () => {
  stage.cluster.inject({
    path: /\/namespaces\/kube-system$/,
    fault: { status: 200, body: bodies(200)['a page'] ?? '' },
  });
  stage.vault.inject({ path: /\/auth\/jwt\/login$/, fault: { status: 200, body: bodies(200)['errors'] ?? '' } });
  await failing(await stage.inputs('bind'));
}, 60_000);

test('a redirect to where a secret is in the address', async () => {
  const redirect = `https://robot:${PASSWORD.value}@127.0.0.1:1/${PASSWORD.value}?token=${PASSWORD.value}`;
  stage.cluster.inject({ path: /./, fault: { redirect } });
  await failing(await stage.inputs('bind'));
  stage.vault.inject({ path: /./, fault: { redirect } });
  await failing(await stage.inputs('bind'));
}, 60_000);

describe('a kubeconfig that cannot be used', () => {
  const token = PASSWORD.value;
  const good = () => kubeconfig(stage.cluster.address, stage.cluster.caPem ?? '', { token });
  const texts: Readonly<Record<string, () => string>> = {
    'a token that nobody knows': good,
    'no YAML': () => `${good()}\n: [${token}\n\t- ${token}`,
    'base64 of no YAML': () => Buffer.from(`token: "${token}\n  - ${FREE.value}`).toString('base64'),
    'a token alone': () => token,
    'a token that no header takes': () => good().replace(token, `${token}\\n${token}`),
    'a password': () => good().replace(/ {4}token: .*/, `    username: robot\n    password: ${token}`),
    'an unknown context': () => good().replace('current-context: sandbox', 'current-context: other'),
    'a proxy with a password that is not there': () =>
      good().replace(/( {4})(server: .*)/, `$1$2\n$1proxy-url: http://robot:${token}@127.0.0.1:1`),
    'a proxy of an unknown kind': () =>
      good().replace(/( {4})(server: .*)/, `$1$2\n$1proxy-url: socks9://robot:${token}@127.0.0.1:1`),
    'a server with a password': () => good().replace('https://', `https://robot:${token}@`),
    'a server that is no URL': () => good().replace(/server: .*/, `server: "https://robot:${token}@:bad:"`),
    'a key that is none': () =>
      good().replace(
        / {4}token: .*/,
        `    client-certificate-data: ${Buffer.from(token).toString('base64')}\n    client-key-data: ${Buffer.from(FREE.value).toString('base64')}`,
      ),
    'a plugin that fails': () => good().replace(/ {4}token: .*/, plugin(`echo ${token}; echo ${token} >&2; exit 1`)),
    'a plugin that prints no credential': () => good().replace(/ {4}token: .*/, plugin(`echo '{"token":"'${token}`)),
  };

  test.each(Object.keys(texts))(
    '%s',
    async (name) => {
      await failing({ ...(await stage.inputs('bind')), kubeconfig: texts[name]?.() ?? '' });
    },
    60_000,
  );
});

/** Through the environment, so that the secret is in no command line. */
function plugin(script: string): string {
  return [
    '    exec:',
    '      apiVersion: client.authentication.k8s.io/v1',
    '      command: /bin/sh',
    '      args: ["-c", "eval \\"$PLUGIN_SCRIPT\\""]',
    '      interactiveMode: Never',
    `      env: [{name: PLUGIN_SCRIPT, value: ${JSON.stringify(script)}}]`,
  ].join('\n');
}

describe('Vault credentials that cannot be used', () => {
  const none = { 'vault-role': '', 'vault-jwt-audience': '', 'vault-method': '' };
  const wrong: Readonly<Record<string, () => Promise<Record<string, string>>>> = {
    'a token that nobody knows': async () => ({ ...none, 'vault-token': PASSWORD.value }),
    'a token that no header takes': async () => ({ ...none, 'vault-token': `${PASSWORD.value}\n${PASSWORD.value}` }),
    'a SecretID that nobody knows': async () => ({
      ...none,
      ...(await approleInputs(stage.scene.vault, 'bind')),
      'vault-secret-id': PASSWORD.value,
    }),
    'a role that is a token': async () => {
      const { 'vault-token': token = '' } = await tokenInputs(stage.scene.vault, 'bind');
      stage.known.push({ name: 'token in a wrong place', value: token });
      return { 'vault-role': token };
    },
    'an address with a password': async () => ({
      'vault-url': stage.vault.address.replace('http://', `http://robot:${PASSWORD.value}@`),
    }),
    'an address with a token': async () => ({ 'vault-url': `${stage.vault.address}/?token=${PASSWORD.value}` }),
    'a client key that is none': async () => ({
      'vault-client-certificate': stage.cluster.caPem ?? '',
      'vault-client-key': `-----BEGIN PRIVATE KEY-----\n${PASSWORD.value}\n-----END PRIVATE KEY-----\n`,
    }),
    'a host for Vault with a password': async () => ({
      'kubernetes-host': `https://robot:${PASSWORD.value}@127.0.0.1:1`,
    }),
  };

  test.each(Object.keys(wrong))(
    '%s',
    async (name) => {
      await failing({ ...(await stage.inputs('bind')), ...(await wrong[name]?.()) });
    },
    60_000,
  );
});

test('claims of a refused OIDC token are told, and not the token', async () => {
  const log = await failing(await stage.inputs('bind', { 'vault-role': 'vault-cluster-other' }));
  expect(log).toContain('claims offered: ');
}, 60_000);

test.each([
  { HTTPS_PROXY: `http://robot:${PASSWORD.value}@127.0.0.1:1` },
  { HTTPS_PROXY: `ftp://robot:${PASSWORD.value}@proxy.example` },
])(
  'a proxy with a password in the environment (%#)',
  async (env) => {
    const inputs = await stage.inputs('bind', { 'vault-url': 'https://vault.invalid:8200' });
    await failing(inputs, { env });
  },
  60_000,
);
