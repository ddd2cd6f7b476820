import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { parseBundle } from '../binding/certificate.js';
import { BindError, type Code, problem } from '../binding/errors.js';
import { isLoopback } from '../binding/host.js';
import type { ClusterAccess, HeldAccess, Material } from '../binding/intent.js';
import { cleanName } from '../binding/name.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import { formOf } from '../inputs/material.js';
import type { VaultPort } from '../ports.js';
import { type ClientCertificate, clientCertificate, usable } from './client-certificate.js';
import { runPlugin } from './exec-credential.js';
import { readMaterial, readText } from './files.js';
import type { Endpoint } from './http.js';
import { type KubeCluster, type KubeUser, readKubeconfig } from './kubeconfig-file.js';
import { checkedProxy, proxyFor } from './proxy.js';

/** How to reach the API server and who to be there. */
export interface ClusterCredentials {
  readonly endpoint: Endpoint;
  readonly token?: Secret;
}

export interface CredentialOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly secret: SecretFactory;
  readonly userAgent: string;
  /** How long a credential plugin may take; default: 60 000. */
  readonly pluginTimeoutMs?: number;
}

const UNSUPPORTED = {
  'auth-provider': [
    'uses an auth-provider, which Kubernetes has removed',
    'Use an exec plugin or a ServiceAccount token.',
  ],
  username: [
    'uses a password, which the API server no longer takes',
    'Use a ServiceAccount token or a client certificate.',
  ],
  as: ['impersonates somebody (as)', 'Use a kubeconfig of the identity itself.'],
} as const;

function stop(code: Code, message: string, hint: string): never {
  throw new BindError(problem(code, message, hint));
}

/** Turns the cluster inputs into an endpoint and credentials, every credential a Secret at once. @throws BindError */
export async function clusterCredentials(access: HeldAccess, options: CredentialOptions): Promise<ClusterCredentials> {
  if (access.via === 'kubeconfig') return fromKubeconfig(access.material, access.context, options);
  const caPem = access.ca === undefined ? '' : readMaterial(access.ca);
  const endpoint = endpointFor(access.server, trusting(caPem, access.ca?.source ?? ''), options);
  if (!isSendable(access.token.reveal()))
    stop('INPUT_INVALID', 'kube-token holds characters that no token has', 'Set kube-token to the token alone.');
  return { endpoint, token: access.token };
}

type Kept = Extract<ClusterAccess, { via: 'vault' }>;

/** The access itself, or what Vault keeps of it. @throws BindError */
export async function keptAccess(access: ClusterAccess, vault: Pick<VaultPort, 'secretField'>): Promise<HeldAccess> {
  if (access.via !== 'vault') return access;
  const { context } = access;
  return { via: 'kubeconfig', material: await kept(access, vault), ...(context === undefined ? {} : { context }) };
}

/** What is kept there may be text or base64; a path would be one of this machine. */
async function kept({ path, field }: Kept, vault: Pick<VaultPort, 'secretField'>): Promise<Material> {
  const content = await vault.secretField(path, field);
  const form = formOf(content.reveal());
  if (form === 'path')
    stop(
      'KUBECONFIG_INVALID',
      `field ${field} of ${path} holds no kubeconfig`,
      `Store it with: vault kv put ${path} ${field}=@kubeconfig.`,
    );
  return { form, content, source: 'kubeconfig-vault-path' };
}

/** What an HTTP header takes; anything else would be refused in words that repeat it. */
function isSendable(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

function endpointFor(server: string, tls: Partial<Endpoint>, { env, userAgent }: CredentialOptions): Endpoint {
  if (!URL.canParse(server) || !/^https?:/.test(server))
    stop(
      'KUBECONFIG_INVALID',
      'the API server is not given as an http(s) URL',
      'Set `server:` of the cluster to https://<host>:<port>.',
    );
  const { protocol, host, pathname } = new URL(server);
  const url = `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
  if (protocol === 'http:' && !isLoopback(url))
    stop(
      'CLUSTER_INSECURE',
      `the API server is ${url}: credentials would travel unencrypted`,
      'Use the https URL of the API server.',
    );
  const proxyUrl = tls.proxyUrl ?? proxyFor(url, env);
  return { url, userAgent, ...tls, ...(proxyUrl === undefined ? {} : { proxyUrl }) };
}

async function fromKubeconfig(
  material: Material,
  context: string | undefined,
  options: CredentialOptions,
): Promise<ClusterCredentials> {
  const { cluster, user, files } = readKubeconfig(material, context);
  const name = cleanName(user.name);
  if (user.unsupported) {
    const [how, hint] = UNSUPPORTED[user.unsupported];
    stop('KUBECONFIG_INVALID', `user ${name} ${how}`, hint);
  }
  const endpoint = endpointFor(cluster.server, trust(cluster, options.secret), options);
  const own = clientCertificate(user, options.secret);
  const token = tokenOf(user, options.secret);
  if (user.exec === undefined || token || own) {
    // A proxy on loopback (kubectl proxy) is somebody without being told.
    if (!token && !own && endpoint.url.startsWith('https:'))
      stop('KUBECONFIG_INVALID', `user ${name} holds no credentials`, 'Use a kubeconfig with a ServiceAccount token.');
    return { endpoint: { ...endpoint, ...own }, ...(token ? { token } : {}) };
  }
  refuseCheckout(files, options.env);
  const plugin = await runPlugin(user.exec, user.folder, options);
  return { endpoint: { ...endpoint, ...certified(plugin, user) }, ...(plugin.token ? { token: plugin.token } : {}) };
}

function certified({ certificate }: { certificate?: ClientCertificate }, user: KubeUser): Partial<Endpoint> {
  return certificate === undefined ? {} : usable(certificate, user.name);
}

function tokenOf({ name, token, tokenFile }: KubeUser, secret: SecretFactory): Secret | undefined {
  const value = token || (tokenFile && readText(tokenFile, 'tokenFile').trim());
  if (value === '') return undefined;
  if (!isSendable(value))
    stop(
      'KUBECONFIG_INVALID',
      `the token of user ${cleanName(name)} holds characters that no token has`,
      'Make a new kubeconfig for this identity.',
    );
  return secret('kubernetes token', value);
}

function trust(cluster: KubeCluster, secret: SecretFactory): Partial<Endpoint> {
  const { caData, caFile, serverName, skipTlsVerify } = cluster;
  const source = caData ? 'certificate-authority-data' : 'certificate-authority';
  const caPem = caData ? Buffer.from(caData, 'base64').toString('utf8') : caFile && readText(caFile, source);
  const proxyUrl = cluster.proxyUrl && checkedProxy(cluster.proxyUrl, 'proxy-url of the kubeconfig');
  const password = proxyUrl && new URL(proxyUrl).password;
  if (password) secret('proxy password', decodeURIComponent(password));
  return {
    ...trusting(caPem, source),
    ...(skipTlsVerify ? { skipTlsVerify } : {}),
    ...(serverName ? { serverName } : {}),
    ...(proxyUrl ? { proxyUrl } : {}),
  };
}

/** Node.js takes any text for a bundle and trusts nobody, which would look like a server's fault. */
function trusting(caPem: string, source: string): Partial<Endpoint> {
  if (caPem === '') return {};
  if (!parseBundle(caPem))
    stop('CA_INVALID', `${source} holds no usable certificate`, `Set ${source} to the PEM of the API server's CA.`);
  return { caPem };
}

/** A pull request can bring a kubeconfig, and a plugin in it is a command of the pull request's choosing. */
function refuseCheckout(files: readonly string[], env: NodeJS.ProcessEnv): void {
  const workspace = env['GITHUB_WORKSPACE'];
  if (!workspace) return;
  const root = existsSync(workspace) ? realpathSync(workspace) : resolve(workspace);
  // A link in the checkout counts too: its folder is where a relative command is found.
  const places = files.flatMap((path) => [realpathSync(path), realpathSync(dirname(path))]);
  if (places.some((place) => `${place}${sep}`.startsWith(`${root}${sep}`)))
    stop(
      'KUBECONFIG_EXEC',
      'the kubeconfig runs a credential plugin and comes from the checkout, where a pull request can change it',
      'Give the kubeconfig as a secret in the input kubeconfig, or one with a ServiceAccount token.',
    );
}
