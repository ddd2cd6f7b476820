import { createPrivateKey, X509Certificate } from 'node:crypto';
import { BindError, type Code, problem } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import { readText } from './files.js';
import type { KubeUser } from './kubeconfig-file.js';

export interface ClientCertificate {
  readonly clientCertPem: string;
  readonly clientKey: Secret;
}

const RENEW = 'Make a new kubeconfig for this identity.';

/** The certificate a kubeconfig's user holds inline or as files; undefined for none. @throws BindError */
export function clientCertificate(user: KubeUser, secret: SecretFactory): ClientCertificate | undefined {
  const certPem = material(user.certData, user.certFile, 'client-certificate');
  const key = material(user.keyData, user.keyFile, 'client-key');
  if (user.keyData) secret('kubernetes client key, base64', user.keyData);
  const clientKey = key === '' ? undefined : secret('kubernetes client key', key);
  if (certPem === '' && !clientKey) return undefined;
  if (certPem !== '' && clientKey) return usable({ clientCertPem: certPem, clientKey }, user.name);
  const [has, lacks] = clientKey ? ['key', 'certificate'] : ['certificate', 'key'];
  throw refused('KUBECONFIG_INVALID', user.name, `has a client ${has} without a client ${lacks}`);
}

/** The same pair when it can be used now. @throws BindError that names the user, never the content */
export function usable(pair: ClientCertificate, user: string): ClientCertificate {
  let until: Date;
  try {
    const certificate = new X509Certificate(pair.clientCertPem);
    until = new Date(certificate.validTo);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.clientKey.reveal()))) throw new TypeError('another key');
  } catch {
    throw refused('KUBECONFIG_INVALID', user, 'has a client certificate and key that are not a usable pair');
  }
  if (until.getTime() >= Date.now()) return pair;
  throw refused('CLUSTER_UNAUTHORIZED', user, `has a client certificate that expired at ${until.toISOString()}`);
}

function material(data: string, file: string, source: string): string {
  if (data !== '') return Buffer.from(data, 'base64').toString('utf8');
  return file === '' ? '' : readText(file, source);
}

function refused(code: Code, user: string, how: string): BindError {
  return new BindError(problem(code, `user ${cleanName(user)} of the kubeconfig ${how}`, RENEW));
}
