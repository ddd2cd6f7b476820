import { isLoopback } from '../binding/host.js';
import type { ClusterAccess, Material } from '../binding/intent.js';
import { Secret } from '../binding/secret.js';
import type { Reader } from './reader.js';
import { type Repositories, workKubeconfig } from './repository.js';

const NOTHING: Material = { form: 'inline', content: new Secret('nothing', '', () => undefined), source: 'kubeconfig' };

/** The UID of a cluster that is gone, in place of credentials for it; undefined where the mode needs the cluster. */
export function readClusterUid(reader: Reader, doesWithout: boolean): string | undefined {
  const { text, source } = reader.value('cluster-uid');
  if (text === '') return undefined;
  const isUid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
  if (!isUid)
    reader.fail('INPUT_INVALID', `${source} is no UID`, 'Take it from the output cluster-uid of an earlier run.');
  if (!doesWithout) {
    reader.fail(
      'INPUT_CONFLICT',
      'cluster-uid belongs to mode unbind',
      'Leave it out: the cluster tells its UID itself.',
    );
    return undefined;
  }
  if (!reader.isInput('kubeconfig') && !reader.isInput('kube-server')) return text;
  reader.fail(
    'INPUT_CONFLICT',
    'cluster-uid and cluster credentials are both set',
    'Set cluster-uid alone for a cluster that is gone, and the credentials alone for one that lives.',
  );
  return undefined;
}

/** How to reach and be someone on the cluster: a kubeconfig, or a server with a token. */
export function readClusterAccess(reader: Reader, repositories: Repositories, cluster: string): ClusterAccess {
  const isServer = reader.isInput('kube-server') || reader.isInput('kube-token');
  const given = ['kubeconfig', 'kubeconfig-vault-path', 'kube-server'].filter((id) =>
    id === 'kube-server' ? isServer : reader.isInput(id),
  );
  if (given.length > 1) {
    reader.fail(
      'INPUT_CONFLICT',
      `${given.join(' and ')} are both set, and each names a cluster`,
      'Set one of them: kubeconfig, kubeconfig-vault-path, or kube-server with kube-token.',
    );
  }
  if (isServer) return byToken(reader);
  const context = reader.text('kube-context');
  if (reader.isInput('kubeconfig-vault-path')) return byVault(reader, context);
  if (!reader.isGiven('kubeconfig')) {
    const found = workKubeconfig(reader, repositories, cluster, context);
    if (found) return found;
  }
  const material = reader.material('kubeconfig', true);
  if (!material) {
    reader.fail(
      'KUBECONFIG_MISSING',
      'no cluster credentials were given',
      'Set kubeconfig, kubeconfig-vault-path, or kube-server with kube-token, or the variable KUBECONFIG.',
    );
  }
  if (reader.isInput('kube-ca-certificate')) {
    reader.value('kube-ca-certificate');
    reader.unused('kube-ca-certificate', 'it belongs to kube-server');
  }
  return { via: 'kubeconfig', material: material ?? NOTHING, ...(context === '' ? {} : { context }) };
}

/** A path that `vault kv get` takes, and the field after a `#`. */
function byVault(reader: Reader, context: string): ClusterAccess {
  const { text, source } = reader.value('kubeconfig-vault-path');
  const [path = '', field = 'kubeconfig', ...rest] = reader.fill(text, source).split('#');
  const bare = path.replace(/^\/+|\/+$/g, '');
  const parts = bare.split('/');
  const isPath = parts.length > 1 && parts.every((part) => /^[\w@.-]+$/.test(part) && !/^\.+$/.test(part));
  if (!isPath || !/^[\w.-]+$/.test(field) || rest.length > 0) {
    reader.fail(
      'INPUT_INVALID',
      `${source} is no path of a KV secret`,
      'Write it as vault kv get takes it, with the field after a #: secret/clusters/{cluster}#kubeconfig.',
    );
  }
  return { via: 'vault', path: bare, field, ...(context === '' ? {} : { context }) };
}

function byToken(reader: Reader): ClusterAccess {
  const server = originOf(reader, 'kube-server');
  const token = reader.secret('kube-token');
  const ca = reader.material('kube-ca-certificate');
  if (server === undefined && !reader.isInput('kube-server'))
    reader.fail('INPUT_MISSING', 'kube-token is set without kube-server', 'Set kube-server to the API server URL.');
  if (!token)
    reader.fail('INPUT_MISSING', 'kube-server is set without kube-token', 'Set kube-token to a ServiceAccount token.');
  if (reader.isInput('kube-context')) {
    reader.value('kube-context');
    reader.unused('kube-context', 'it belongs to kubeconfig');
  }
  if (server?.startsWith('http:') && !isLoopback(server)) {
    reader.fail(
      'CLUSTER_INSECURE',
      'kube-server is an http URL: credentials would travel unencrypted',
      'Use the https URL of the API server.',
    );
  }
  return { via: 'token', server: server ?? '', token: token ?? NOTHING.content, ...(ca ? { ca } : {}) };
}

/** An http(s) URL without credentials, query or trailing slash; undefined after a problem was noted or none is given. */
export function originOf(reader: Reader, id: string, allowPath = true): string | undefined {
  const { text, source } = reader.value(id);
  if (text === '') return undefined;
  const wrong = wrongOf(text, allowPath);
  if (wrong === undefined) {
    const { protocol, host, pathname } = new URL(text);
    return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
  }
  // The value stays out of the message: it may carry a password.
  reader.fail(
    'INPUT_INVALID',
    `${source} ${wrong}`,
    `Set ${source} to an origin such as https://host.example.com:6443.`,
  );
  return undefined;
}

function wrongOf(text: string, allowPath: boolean): string | undefined {
  if (!URL.canParse(text)) return 'is not a URL';
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.hostname === '') return 'is not an https URL';
  if (url.username !== '' || url.password !== '') return 'carries credentials';
  if (url.search !== '' || url.hash !== '') return 'carries a query or a fragment';
  if (!allowPath && url.pathname.replace(/\/+$/, '') !== '') return 'carries a path';
  return undefined;
}
