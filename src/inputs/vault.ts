import { isLoopback } from '../binding/host.js';
import type { VaultAccess, VaultMethod } from '../binding/intent.js';
import { isMountPath } from '../binding/mount-path.js';
import { originOf } from './cluster.js';
import type { Reader } from './reader.js';

const METHODS: readonly VaultMethod[] = ['jwt', 'approle', 'token'];

/** What each method reads; what others read is without effect. */
const BELONGS: Readonly<Record<VaultMethod, readonly string[]>> = {
  jwt: ['vault-role', 'vault-auth-path'],
  approle: ['vault-role-id', 'vault-secret-id', 'vault-auth-path'],
  token: ['vault-token'],
};

/** Where Vault is, for what is judged from files alone; no credentials are read. */
export function readVaultPlace(reader: Reader): VaultAccess {
  const url = reader.isGiven('vault-url') ? readUrl(reader) : '';
  const namespace = namespaceOf(reader, 'vault-namespace');
  const nobody = { method: 'token', authPath: 'token', role: '', audience: '', tlsSkipVerify: false } as const;
  return { url, namespace, authNamespace: namespace, ...nobody };
}

/** How to reach Vault and log in. */
export function readVaultAccess(reader: Reader): VaultAccess {
  const url = readUrl(reader);
  const namespace = namespaceOf(reader, 'vault-namespace');
  const authNamespace = reader.isInput('vault-auth-namespace')
    ? namespaceOf(reader, 'vault-auth-namespace')
    : namespace;
  const method = methodOf(reader);
  const ca = reader.material('vault-ca-certificate');
  const clientCertificate = reader.material('vault-client-certificate');
  const clientKey = reader.material('vault-client-key', true);
  if (clientCertificate && !clientKey) half(reader, clientCertificate.source, 'vault-client-key');
  if (clientKey && !clientCertificate) half(reader, clientKey.source, 'vault-client-certificate');
  return {
    url,
    namespace,
    authNamespace,
    method,
    authPath: authPathOf(reader, method),
    role: method === 'jwt' ? reader.text('vault-role') : '',
    // Kept for every method: plan fills it into the JWT role it prints.
    audience: reader.text('vault-jwt-audience'),
    ...credentials(reader, method),
    ...(ca ? { ca } : {}),
    ...(clientCertificate ? { clientCertificate } : {}),
    ...(clientKey ? { clientKey } : {}),
    tlsSkipVerify: reader.boolean('vault-tls-skip-verify'),
  };
}

function readUrl(reader: Reader): string {
  const url = originOf(reader, 'vault-url', false);
  if (url === undefined && !reader.isGiven('vault-url')) {
    reader.fail('INPUT_MISSING', 'vault-url is not set', 'Set vault-url, or the variable VAULT_ADDR.');
  }
  if (url?.startsWith('http:') && !isLoopback(url)) {
    reader.fail(
      'VAULT_INSECURE',
      'vault-url is an http URL: tokens would travel unencrypted',
      'Set vault-url to the https address of Vault.',
    );
  }
  return url ?? '';
}

function methodOf(reader: Reader): VaultMethod {
  const method = reader.isInput('vault-method') ? reader.oneOf('vault-method', METHODS) : guess(reader);
  if (method === undefined) return 'token';
  for (const [other, ids] of Object.entries(BELONGS)) {
    for (const id of other === method ? [] : ids.filter((one) => !BELONGS[method].includes(one))) {
      if (!reader.isInput(id)) continue;
      reader.value(id);
      reader.unused(id, `vault-method is ${method}`);
    }
  }
  if (method === 'jwt' && !reader.canMintOidcToken) {
    reader.fail(
      'OIDC_PERMISSION',
      'vault-method is jwt, and this job may not mint an OIDC token',
      'Add to the job: permissions: {id-token: write, contents: read}; a called workflow needs it in its caller too.',
    );
  }
  return method;
}

/** A given token is what somebody wants used; without one a job proves itself by OIDC. */
function guess(reader: Reader): VaultMethod | undefined {
  if (reader.isInput('vault-token')) return 'token';
  if (reader.isInput('vault-role-id')) return 'approle';
  if (reader.isInput('vault-role')) return 'jwt';
  if (reader.isGiven('vault-token')) return 'token';
  if (reader.canMintOidcToken) return 'jwt';
  reader.fail(
    'OIDC_PERMISSION',
    'no Vault credentials were given, and this job may not mint an OIDC token',
    'Add to the job: permissions: {id-token: write, contents: read}; or set vault-role-id, vault-token or VAULT_TOKEN.',
  );
  return undefined;
}

function credentials(reader: Reader, method: VaultMethod): Pick<VaultAccess, 'token' | 'roleId' | 'secretId'> {
  if (method === 'token') {
    const token = reader.secret('vault-token');
    if (!token && reader.isInput('vault-method'))
      reader.fail('INPUT_MISSING', 'vault-method is token, and there is none', 'Set vault-token, or VAULT_TOKEN.');
    return token ? { token } : {};
  }
  if (method === 'jwt') return {};
  const roleId = reader.secret('vault-role-id');
  const secretId = reader.secret('vault-secret-id');
  if (!roleId) reader.fail('INPUT_MISSING', 'vault-method is approle, and there is no RoleID', 'Set vault-role-id.');
  return { ...(roleId ? { roleId } : {}), ...(secretId ? { secretId } : {}) };
}

function authPathOf(reader: Reader, method: VaultMethod): string {
  const { text, source } = method === 'token' ? { text: '', source: '' } : reader.value('vault-auth-path');
  if (text === '') return method;
  const path = text.replace(/\/+$/, '');
  if (isMountPath(path)) return path;
  reader.fail(
    'INPUT_INVALID',
    `${source} is not the path of an auth mount`,
    `Write ${source} without auth/ in front, e.g. jwt.`,
  );
  return method;
}

function namespaceOf(reader: Reader, id: string): string {
  const { text, source } = reader.value(id);
  const path = text.replace(/^\/+|\/+$/g, '');
  if (path === '' || path === 'root') return '';
  if (path.split('/').every((part) => /^[A-Za-z0-9._-]+$/.test(part) && !/^\.+$/.test(part))) return path;
  reader.fail(
    'INPUT_INVALID',
    `${source} is not a Vault namespace`,
    `Set ${source} to a path such as team or team/app.`,
  );
  return '';
}

function half(reader: Reader, source: string, missing: string): void {
  reader.fail('INPUT_MISSING', `${source} is set without ${missing}`, 'Set both, or neither of the two.');
}
