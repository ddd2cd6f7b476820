import { createPrivateKey, X509Certificate } from 'node:crypto';
import { BindError, problem } from '../binding/errors.js';
import { isLoopback } from '../binding/host.js';
import type { Material, VaultAccess } from '../binding/intent.js';
import { cleanName } from '../binding/name.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import { readMaterial } from './files.js';
import type { Endpoint } from './http.js';
import { proxyFor } from './proxy.js';

type Reach = Pick<VaultAccess, 'url' | 'ca' | 'clientCertificate' | 'clientKey' | 'tlsSkipVerify'>;

/** What an endpoint takes from the run. */
export interface Caller {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secret: SecretFactory;
  readonly userAgent: string;
}

/** How to connect to Vault: files read, certificates checked, proxy chosen. Throws BindError. */
export function vaultEndpoint(access: Reach, caller: Caller): Endpoint {
  const { url, ca, tlsSkipVerify } = access;
  if (url.startsWith('http://') && !isLoopback(url)) throw insecure(url);
  const proxyUrl = proxyFor(url, caller.env);
  // A proxy's password is in its URL, and goes on the wire with every CONNECT.
  if (proxyUrl !== undefined) maskPassword(proxyUrl, caller.secret);
  return {
    url,
    userAgent: caller.userAgent,
    skipTlsVerify: tlsSkipVerify,
    ...(ca ? { caPem: certificates(ca) } : {}),
    ...clientPair(access, caller.secret),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  };
}

function clientPair(access: Reach, secret: SecretFactory): { clientCertPem?: string; clientKey?: Secret } {
  const { clientCertificate, clientKey } = access;
  if (!clientCertificate && !clientKey) return {};
  if (!clientCertificate || !clientKey) {
    const given = clientCertificate ? 'vault-client-certificate' : 'vault-client-key';
    throw new BindError(
      problem('INPUT_MISSING', `${given} is set without its other half`, 'Set both, or neither of the two.'),
    );
  }
  const clientCertPem = certificates(clientCertificate);
  const key = secret('vault client key', readMaterial(clientKey));
  checkPair(new X509Certificate(clientCertPem), key, clientCertificate.source, clientKey.source);
  return { clientCertPem, clientKey: key };
}

function certificates(material: Material): string {
  const pem = readMaterial(material);
  try {
    new X509Certificate(pem);
    return pem;
  } catch {
    throw invalid(
      `${material.source} holds no PEM certificate`,
      `Set ${material.source} to PEM, base64 of PEM or a path.`,
    );
  }
}

function checkPair(certificate: X509Certificate, key: Secret, source: string, keySource: string): void {
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key.reveal()));
  } catch {
    throw invalid(`${keySource} holds no unencrypted PEM key`, `Decrypt it first: openssl pkey -in <file>`);
  }
  if (!fits) throw invalid(`${keySource} is not the key of ${source}`, `Set ${source} and ${keySource} to one pair.`);
  const until = certificate.validToDate;
  if (until.getTime() < Date.now()) {
    throw invalid(`the certificate in ${source} expired at ${until.toISOString()}`, `Set ${source} to a renewed one.`);
  }
}

function insecure(url: string): BindError {
  const seen = `vault-url is ${cleanName(url)}: tokens would travel unencrypted`;
  return new BindError(problem('VAULT_INSECURE', seen, 'Set vault-url to the https address of Vault.'));
}

function invalid(message: string, hint: string): BindError {
  return new BindError(problem('INPUT_INVALID', message, hint));
}

function maskPassword(proxyUrl: string, secret: SecretFactory): void {
  if (!URL.canParse(proxyUrl)) return;
  const { password } = new URL(proxyUrl);
  if (password !== '') secret('proxy password', decodeURIComponent(password));
}
