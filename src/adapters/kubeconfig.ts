import { X509Certificate } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, resolve, sep } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { BindError, type Code, problem } from '../binding/errors.js';
import { isLoopback } from '../binding/host.js';
import type { ClusterAccess, Material } from '../binding/intent.js';
import { cleanName, nearest } from '../binding/name.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import { runPlugin } from './exec-credential.js';
import { expandHome, readMaterial, readText } from './files.js';
import type { Endpoint } from './http.js';
import { proxyFor } from './proxy.js';

/** How to reach the API server and who to be there. */
export interface ClusterCredentials {
  readonly endpoint: Endpoint;
  readonly token?: Secret;
}

export interface CredentialOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly secret: SecretFactory;
  readonly userAgent: string;
}

type User = NonNullable<ReturnType<KubeConfig['getCurrentUser']>>;
type Cluster = NonNullable<ReturnType<KubeConfig['getCurrentCluster']>>;

function stop(code: Code, message: string, hint: string): never {
  throw new BindError(problem(code, message, hint));
}

/** Turns the cluster inputs into an endpoint and credentials, every credential a Secret at once. */
export async function clusterCredentials(
  access: ClusterAccess,
  options: CredentialOptions,
): Promise<ClusterCredentials> {
  if (access.via === 'kubeconfig') return fromKubeconfig(access.material, access.context, options);
  const ca = access.ca === undefined ? {} : { caPem: readMaterial(access.ca) };
  return { endpoint: endpointFor(access.server, { ...ca }, options), token: access.token };
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
  const { config, files } = load(material);
  const { cluster, user } = pick(config, context, material.source);
  const base = files[0] === undefined ? process.cwd() : dirname(files[0]);
  if (user.exec) refuseCheckout(files, options.env);
  if (user.authProvider)
    stop(
      'KUBECONFIG_INVALID',
      `user ${cleanName(user.name)} uses an auth-provider, which Kubernetes has removed`,
      'Use an exec plugin or a ServiceAccount token.',
    );
  if (user.username)
    stop(
      'KUBECONFIG_INVALID',
      `user ${cleanName(user.name)} uses a password, which the API server no longer takes`,
      'Use a ServiceAccount token or a client certificate.',
    );
  const plugin = user.exec ? await runPlugin(user.exec, base, options.env, options.secret) : {};
  const own = clientCertificate(user, options.secret);
  const certificate =
    own ??
    (plugin.clientCertPem && plugin.clientKey
      ? { clientCertPem: plugin.clientCertPem, clientKey: plugin.clientKey }
      : undefined);
  if (certificate) refuseExpired(certificate.clientCertPem, user.name);
  const token = user.token ? options.secret('kubernetes token', user.token.trim()) : plugin.token;
  const endpoint = endpointFor(cluster.server, { ...trust(cluster), ...certificate }, options);
  return { endpoint, ...(token ? { token } : {}) };
}

interface Loaded {
  readonly config: KubeConfig;
  /** Where it came from; empty for text. */
  readonly files: readonly string[];
}

function load(material: Material): Loaded {
  if (material.form !== 'path') return { config: parse(readMaterial(material), material.source), files: [] };
  const listed = material.content
    .reveal()
    .split(delimiter)
    .filter((path) => path !== '')
    .map(expandHome);
  // As kubectl: files of a list that do not exist are passed over, the first to name something wins.
  const files = listed.length > 1 ? listed.filter((path) => existsSync(path)) : listed;
  const [first, ...rest] = files.map((path) => {
    const config = parse(readText(path, material.source), material.source);
    config.makePathsAbsolute(dirname(resolve(path)));
    return config;
  });
  if (!first) stop('KUBECONFIG_INVALID', `${material.source} names no file that exists`, 'Check the paths.');
  for (const other of rest) merge(first, other);
  return { config: first, files };
}

function merge(into: KubeConfig, other: KubeConfig): void {
  const fresh = <T extends { readonly name: string }>(held: readonly T[], more: readonly T[]): T[] => [
    ...held,
    ...more.filter((entry) => !held.some(({ name }) => name === entry.name)),
  ];
  into.clusters = fresh(into.clusters, other.clusters);
  into.users = fresh(into.users, other.users);
  into.contexts = fresh(into.contexts, other.contexts);
  into.currentContext ||= other.currentContext;
}

function parse(text: string, source: string): KubeConfig {
  const config = new KubeConfig();
  try {
    // client-node knows the option under a spelling of its own.
    config.loadFromString(text.replace(/^(\s*(?:- )?)tokenFile:/gm, '$1token-file:'));
  } catch {
    stop(
      'KUBECONFIG_INVALID',
      `${source} is not a kubeconfig: it cannot be parsed as YAML with clusters, users and contexts`,
      'Make one with: kubectl config view --raw --flatten --minify | base64 -w0',
    );
  }
  if (config.clusters.length === 0)
    stop(
      'KUBECONFIG_INVALID',
      `${source} is not a kubeconfig: it names no cluster`,
      'Make one with: kubectl config view --raw --flatten --minify | base64 -w0',
    );
  return config;
}

function pick(config: KubeConfig, wanted: string | undefined, source: string): { cluster: Cluster; user: User } {
  const name = wanted ?? config.currentContext;
  const names = config.contexts.map((context) => context.name);
  const context = config.getContextObject(name);
  if (!context) {
    const near = nearest(name, names);
    const seen = name ? `${source} has no context ${cleanName(name)}` : `${source} has no current context`;
    const known =
      names.length === 0 ? 'It has no contexts.' : `It has: ${names.map(cleanName).slice(0, 10).join(', ')}.`;
    stop('KUBECONFIG_CONTEXT', seen, `${known} Set kube-context${near ? ` (did you mean ${cleanName(near)}?)` : ''}.`);
  }
  const cluster = config.getCluster(context.cluster);
  const user = config.getUser(context.user);
  if (!cluster)
    stop(
      'KUBECONFIG_CONTEXT',
      `context ${cleanName(name)} names a cluster that ${source} does not hold`,
      'Make one with: kubectl config view --raw --flatten --minify',
    );
  if (!user)
    stop(
      'KUBECONFIG_CONTEXT',
      `context ${cleanName(name)} names a user that ${source} does not hold`,
      'Make one with: kubectl config view --raw --flatten --minify',
    );
  return { cluster, user };
}

function trust(cluster: Cluster): Partial<Endpoint> {
  const ca = cluster.caData
    ? Buffer.from(cluster.caData, 'base64').toString('utf8')
    : cluster.caFile
      ? readText(cluster.caFile, 'certificate-authority')
      : undefined;
  return {
    ...(ca === undefined ? {} : { caPem: ca }),
    ...(cluster.skipTLSVerify ? { skipTlsVerify: true } : {}),
    ...(cluster.tlsServerName ? { serverName: cluster.tlsServerName } : {}),
    ...(cluster.proxyUrl ? { proxyUrl: cluster.proxyUrl } : {}),
  };
}

function clientCertificate(
  user: User,
  secret: SecretFactory,
): { clientCertPem: string; clientKey: Secret } | undefined {
  const cert = user.certData
    ? Buffer.from(user.certData, 'base64').toString('utf8')
    : user.certFile
      ? readText(user.certFile, 'client-certificate')
      : undefined;
  const key = user.keyData
    ? Buffer.from(user.keyData, 'base64').toString('utf8')
    : user.keyFile
      ? readText(user.keyFile, 'client-key')
      : undefined;
  if (key !== undefined && user.keyData) secret('kubernetes client key, base64', user.keyData);
  const clientKey = key === undefined ? undefined : secret('kubernetes client key', key);
  return cert !== undefined && clientKey ? { clientCertPem: cert, clientKey } : undefined;
}

function refuseExpired(certPem: string, user: string): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certPem);
  } catch {
    stop(
      'KUBECONFIG_INVALID',
      `the client certificate of user ${cleanName(user)} is no certificate`,
      'Make a new kubeconfig.',
    );
  }
  const until = new Date(certificate.validTo);
  if (until.getTime() < Date.now())
    stop(
      'CLUSTER_UNAUTHORIZED',
      `the client certificate of user ${cleanName(user)} expired at ${until.toISOString()}`,
      'Make a new kubeconfig for this identity.',
    );
}

/** A pull request can bring a kubeconfig, and a plugin in it is a command of the pull request's choosing. */
function refuseCheckout(files: readonly string[], env: NodeJS.ProcessEnv): void {
  const workspace = env['GITHUB_WORKSPACE'];
  if (!workspace) return;
  const root = existsSync(workspace) ? realpathSync(workspace) : resolve(workspace);
  const inside = files.find((path) => `${realpathSync(path)}${sep}`.startsWith(`${root}${sep}`));
  if (inside)
    stop(
      'KUBECONFIG_EXEC',
      'the kubeconfig runs a credential plugin and comes from the checkout, where a pull request can change it',
      'Give the kubeconfig as a secret in the input kubeconfig, or one with a ServiceAccount token.',
    );
}
