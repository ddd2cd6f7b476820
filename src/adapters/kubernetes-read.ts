import { problem } from '../binding/errors.js';
import type { DelegatorFact, SecretRow, ServiceAccountFact } from '../binding/facts.js';
import { absent, type Observed, present, unreadable } from '../binding/observed.js';
import type { ClusterPort, LeaseFact } from '../ports.js';
import type { KubeApi } from './kube-api.js';
import { secondWriters } from './second-writer.js';

/** The only way Secrets are looked at: no fallback to JSON, so that a server that cannot do Tables answers 406. */
export const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';
export const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const DELEGATOR_ROLE = 'system:auth-delegator';

export type KubernetesReads = Pick<
  ClusterPort,
  'identity' | 'namespace' | 'rootCa' | 'serviceAccount' | 'delegator' | 'secretRow' | 'lease' | 'secondWriters'
>;

export function core(namespace: string, resource: string, name?: string): string {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}`;
  return name === undefined ? path : `${path}/${encodeURIComponent(name)}`;
}

export function leasePath(namespace: string, name?: string): string {
  return core(namespace, 'leases', name).replace('/api/v1', '/apis/coordination.k8s.io/v1');
}

/** A value below `path`, or undefined where anything on the way is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null ? (found as Record<string | number, unknown>)[key] : undefined,
    value,
  );
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function map<T, R>(seen: Observed<T>, change: (value: T) => R): Observed<R> {
  return seen.state === 'present' ? present(change(seen.value)) : seen;
}

export function kubernetesReads(api: KubeApi): KubernetesReads {
  return {
    identity: async () =>
      map(await api.get('/api/v1/namespaces/kube-system'), (found) => ({ uid: text(at(found, 'metadata', 'uid')) })),
    namespace: async (name) =>
      map(await api.get(`/api/v1/namespaces/${encodeURIComponent(name)}`), (found) => ({
        phase: text(at(found, 'status', 'phase')),
      })),
    async rootCa(namespace) {
      const seen = await api.get(core(namespace, 'configmaps', 'kube-root-ca.crt'));
      const pem = seen.state === 'present' ? text(at(seen.value, 'data', 'ca.crt')) : '';
      if (seen.state !== 'present') return seen;
      return pem === '' ? absent : present(pem);
    },
    serviceAccount: async (namespace, name) =>
      map(await api.get(core(namespace, 'serviceaccounts', name)), serviceAccountOf),
    delegator: (preferred, namespace, name) => findDelegator(api, preferred, namespace, name),
    secretRow: (namespace, name) => readSecretRow(api, namespace, name),
    lease: async (namespace, name) => map(await api.get(leasePath(namespace, name)), leaseOf),
    secondWriters: (mount) => secondWriters(api, mount),
  };
}

export function serviceAccountOf(object: unknown): ServiceAccountFact {
  const annotations = at(object, 'metadata', 'annotations');
  const entries = typeof annotations === 'object' && annotations !== null ? Object.entries(annotations) : [];
  const own = entries.filter(
    ([key, value]) => key.startsWith('vault-cluster-bind.bitiq.io/') && typeof value === 'string',
  );
  return { uid: text(at(object, 'metadata', 'uid')), annotations: Object.fromEntries(own) as Record<string, string> };
}

export function leaseOf(object: unknown): LeaseFact {
  const renewed = Date.parse(text(at(object, 'spec', 'renewTime')));
  const seconds = Number(at(object, 'spec', 'leaseDurationSeconds') ?? 0);
  return {
    holder: text(at(object, 'spec', 'holderIdentity')),
    expiresAt: (Number.isNaN(renewed) ? 0 : renewed) + seconds * 1000,
    resourceVersion: text(at(object, 'metadata', 'resourceVersion')),
  };
}

async function readSecretRow(api: KubeApi, namespace: string, name: string): Promise<Observed<SecretRow>> {
  const asked = { verb: 'get', resource: 'secrets', namespace, name };
  const seen = await api.get(`${core(namespace, 'secrets', name)}?includeObject=None`, asked, TABLE);
  if (seen.state !== 'present') return seen;
  const columns = at(seen.value, 'columnDefinitions');
  const names = Array.isArray(columns) ? columns.map((column) => text(at(column, 'name'))) : [];
  const cells = at(seen.value, 'rows', 0, 'cells');
  const type = at(cells, names.indexOf('Type'));
  const keys = at(cells, names.indexOf('Data'));
  if (at(seen.value, 'kind') !== 'Table' || typeof type !== 'string' || typeof keys !== 'number') {
    return unreadable(
      problem(
        'CLUSTER_ERROR',
        `${api.server} did not answer with the table of Secret ${namespace}/${name}`,
        'Check that no proxy before the API server drops the Accept header.',
      ),
    );
  }
  return present({ type, keys });
}

async function findDelegator(
  api: KubeApi,
  preferred: string,
  namespace: string,
  name: string,
): Promise<Observed<DelegatorFact>> {
  const named = await api.get(`${BINDINGS}/${preferred}`);
  if (named.state === 'unreadable') return named;
  if (named.state === 'present' && delegates(named.value, namespace, name)) return present({ name: preferred });
  const all = await api.list(BINDINGS, (binding) =>
    delegates(binding, namespace, name) ? text(at(binding, 'metadata', 'name')) : '',
  );
  if (all.state !== 'present') return all;
  const other = all.value.find((found) => found !== '');
  if (other !== undefined) return present({ name: other });
  if (named.state === 'absent') return absent;
  return unreadable(
    problem(
      'PLAN_CHANGED',
      `ClusterRoleBinding ${preferred} exists and does not give ${DELEGATOR_ROLE} to ${namespace}/${name}`,
      `Look at it (\`kubectl get clusterrolebinding ${preferred} -o yaml\`); delete it when it is a leftover of another reviewer, then run this again.`,
    ),
  );
}

/** Whether a binding gives the ServiceAccount system:auth-delegator (or everything). */
export function delegates(binding: unknown, namespace: string, name: string): boolean {
  const role = text(at(binding, 'roleRef', 'name'));
  if (at(binding, 'roleRef', 'kind') !== 'ClusterRole' || (role !== DELEGATOR_ROLE && role !== 'cluster-admin'))
    return false;
  const subjects = at(binding, 'subjects');
  const user = `system:serviceaccount:${namespace}:${name}`;
  return (
    Array.isArray(subjects) &&
    subjects.some((subject: unknown) => {
      const kind = at(subject, 'kind');
      const named = at(subject, 'name');
      if (kind === 'ServiceAccount') return named === name && at(subject, 'namespace') === namespace;
      return kind === 'User' && named === user;
    })
  );
}
