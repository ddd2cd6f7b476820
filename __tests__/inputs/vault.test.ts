import { describe, expect, test } from '@jest/globals';
import type { Around, Words } from './given.js';
import { intentOf, parsed, refusal, refusals } from './given.js';

const TOKEN = { 'vault-token': 'planted-token' };
const ROLE_ID = { 'vault-role-id': 'planted-role-id' };
const ROLE = { 'vault-role': 'binder' };
const NONE = { 'vault-token': '' };
const VARIABLE: Around = { env: { VAULT_TOKEN: 'planted-variable' } };
const OIDC: Around = { oidc: true };
const BOTH: Around = { ...VARIABLE, ...OIDC };

describe('the method that is guessed', () => {
  test.each<[string, Words, Around, string]>([
    ['a token beats all', { ...TOKEN, ...ROLE_ID, ...ROLE }, BOTH, 'token'],
    ['a RoleID beats a role', { ...NONE, ...ROLE_ID, ...ROLE }, BOTH, 'approle'],
    ['a role beats the variable', { ...NONE, ...ROLE }, BOTH, 'jwt'],
    ['the variable beats OIDC', NONE, BOTH, 'token'],
    ['OIDC is what is left', NONE, OIDC, 'jwt'],
  ])('%s', (_, inputs, around, method) => {
    expect(intentOf(inputs, around).vault.method).toBe(method);
  });

  test('nothing to guess by', () => {
    const found = refusal(NONE);
    expect(found.code).toBe('OIDC_PERMISSION');
    expect(found.message).toBe('no Vault credentials were given, and this job may not mint an OIDC token');
    expect(found.hint).toContain('permissions: {id-token: write, contents: read}');
  });

  test('the variable gives the token and is named', () => {
    const { intent, sources } = parsed(NONE, VARIABLE);
    expect(intent.vault.token?.reveal()).toBe('planted-variable');
    expect(sources['vault-token']).toBe('VAULT_TOKEN');
  });
});

describe('the method that is said', () => {
  test.each<[string, Words, Around, string]>([
    ['jwt', TOKEN, BOTH, 'jwt'],
    ['approle', { ...TOKEN, ...ROLE_ID }, BOTH, 'approle'],
    ['token', { ...NONE, ...ROLE_ID, ...ROLE }, BOTH, 'token'],
  ])('%s beats what is given', (method, inputs, around, path) => {
    const { vault } = intentOf({ ...inputs, 'vault-method': method }, around);
    expect([vault.method, vault.authPath]).toEqual([method, path]);
    expect([vault.token !== undefined, vault.roleId !== undefined]).toEqual([method === 'token', method === 'approle']);
  });

  test.each([{}, { env: { VAULT_TOKEN: 'planted' } }])('jwt needs a job that can mint an OIDC token: %j', (around) => {
    const found = refusal({ 'vault-method': 'jwt', ...NONE }, around);
    expect(found.code).toBe('OIDC_PERMISSION');
    expect(found.hint).toContain('id-token: write');
  });

  test('a role says jwt, and so needs it too', () => {
    expect(refusal({ ...NONE, ...ROLE }).code).toBe('OIDC_PERMISSION');
  });

  test.each([
    ['token', 'vault-method is token, and there is none'],
    ['approle', 'vault-method is approle, and there is no RoleID'],
  ])('%s without its credentials', (method, message) => {
    expect(refusal({ ...NONE, 'vault-method': method }, OIDC)).toMatchObject({ code: 'INPUT_MISSING', message });
  });

  test('an approle may do without a SecretID, as roles with bind_secret_id=false do', () => {
    const { vault } = intentOf({ ...NONE, ...ROLE_ID });
    expect([vault.roleId?.reveal(), vault.secretId]).toEqual(['planted-role-id', undefined]);
  });

  test.each<[string, Words, readonly string[]]>([
    [
      'token',
      { ...TOKEN, ...ROLE, ...ROLE_ID, 'vault-auth-path': 'ci' },
      ['vault-auth-path', 'vault-role', 'vault-role-id'],
    ],
    [
      'jwt',
      { ...TOKEN, ...ROLE, ...ROLE_ID, 'vault-secret-id': 'planted' },
      ['vault-role-id', 'vault-secret-id', 'vault-token'],
    ],
    ['approle', { ...TOKEN, ...ROLE_ID, ...ROLE }, ['vault-role', 'vault-token']],
  ])('%s: what belongs to another one is named as without effect', (method, inputs, idle) => {
    const { intent, sources } = parsed({ ...inputs, 'vault-method': method }, OIDC);
    const told = Object.entries(sources).filter(([, source]) => source.includes('without effect'));
    expect(told.map(([id]) => id).sort()).toEqual(idle);
    for (const [, source] of told) expect(source).toBe(`input, without effect: vault-method is ${method}`);
    expect(intent.vault.role).toBe(method === 'jwt' ? 'binder' : '');
  });
});

describe('vault-auth-path', () => {
  const by = { ...NONE, 'vault-method': 'jwt' };

  test.each([
    ['jwt', 'jwt'],
    ['github/jwt/', 'github/jwt'],
  ])('%s is %s', (path, wanted) => {
    expect(intentOf({ ...by, 'vault-auth-path': path }, OIDC).vault.authPath).toBe(wanted);
  });

  test.each(['auth/jwt', '../sys', 'a b', 'a//b', '/jwt', '{env}'])('%s is refused', (path) => {
    const found = refusal({ ...by, 'vault-auth-path': path }, OIDC);
    expect(found.message).toBe('vault-auth-path is not the path of an auth mount');
    expect(found.hint).toContain('without auth/');
  });
});

describe('vault-url', () => {
  test('missing', () => {
    expect(refusal({ 'vault-url': '' })).toEqual({
      code: 'INPUT_MISSING',
      message: 'vault-url is not set',
      hint: 'Set vault-url, or the variable VAULT_ADDR.',
    });
  });

  test.each(['https://vault.example.com/v1', 'https://vault.example.com:8200/ui/', 'https://vault.example.com/vault'])(
    '%s carries a path',
    (url) => {
      expect(refusal({ 'vault-url': url }).message).toBe('vault-url carries a path');
    },
  );

  test('a variable with a password is named and not repeated', () => {
    const env = { VAULT_ADDR: 'https://planted:planted@vault.example.com' };
    const found = refusal({ 'vault-url': '' }, { env });
    expect(found.message).toBe('VAULT_ADDR carries credentials');
    expect(JSON.stringify(found)).not.toContain('planted');
  });

  test.each(['http://vault.example.com:8200', 'http://10.0.0.1', 'http://127.0.0.1.example.com', 'http://vault.local'])(
    '%s is refused',
    (url) => {
      expect(refusal({ 'vault-url': url }).code).toBe('VAULT_INSECURE');
    },
  );

  test.each(['http://127.0.0.1:8200', 'http://localhost:8200', 'http://[::1]:8200', 'http://vault.localhost'])(
    '%s is taken',
    (url) => {
      expect(intentOf({ 'vault-url': url }).vault.url).toBe(url);
    },
  );
});

describe('namespaces', () => {
  test.each([
    ['', ''],
    ['/', ''],
    ['root', ''],
    ['root/', ''],
    ['/root', ''],
    ['a', 'a'],
    ['a/b', 'a/b'],
    ['/a/b/', 'a/b'],
    ['Team_1.x', 'Team_1.x'],
  ])('%j is %j', (given, wanted) => {
    const { vault } = intentOf({ 'vault-namespace': given });
    expect([vault.namespace, vault.authNamespace]).toEqual([wanted, wanted]);
  });

  test.each(['../x', 'a/../b', '.', '..', 'a//b', 'a b', 'a\u0000b', 'a?b', 'a:b', 'ä'])('%j is refused', (given) => {
    expect(refusal({ 'vault-namespace': given })).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'vault-namespace is not a Vault namespace',
    });
    expect(refusal({ 'vault-auth-namespace': given }).message).toBe('vault-auth-namespace is not a Vault namespace');
  });

  test('a login may happen elsewhere, in the root namespace too', () => {
    const both = { 'vault-namespace': 'team', 'vault-auth-namespace': '/' };
    expect(intentOf(both).vault).toMatchObject({ namespace: 'team', authNamespace: '' });
  });

  test('a namespace that is refused is told once, although it stands for two', () => {
    expect(refusals({}, { env: { VAULT_NAMESPACE: '../x' } }).map(({ message }) => message)).toEqual([
      'VAULT_NAMESPACE is not a Vault namespace',
    ]);
  });
});

describe('certificates', () => {
  test.each([
    ['vault-client-certificate', 'vault-client-key'],
    ['vault-client-key', 'vault-client-certificate'],
  ])('%s without %s', (one, other) => {
    expect(refusal({ [one]: './one.pem' })).toMatchObject({
      code: 'INPUT_MISSING',
      message: `${one} is set without ${other}`,
    });
  });

  test('half a pair from a variable is called by its name', () => {
    const { message } = refusal({}, { env: { VAULT_CLIENT_CERT: './one.pem' } });
    expect(message).toBe('VAULT_CLIENT_CERT is set without vault-client-key');
  });

  test('the bytes of a CA beat its path, as they do for Vault itself', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nplanted\n-----END CERTIFICATE-----';
    const { intent, sources } = parsed({}, { env: { VAULT_CACERT: '/etc/ca.pem', VAULT_CACERT_BYTES: pem } });
    expect([intent.vault.ca?.form, intent.vault.ca?.content.reveal()]).toEqual(['inline', pem]);
    expect(sources['vault-ca-certificate']).toBe('VAULT_CACERT_BYTES, as text');
  });
});
