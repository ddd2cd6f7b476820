import type { ServiceAccountFact } from '../binding/facts.js';
import { cleanName } from '../binding/name.js';
import { absent, type Observed, present } from '../binding/observed.js';
import type { ClusterPort, DelegatorLook } from '../ports.js';
import type { KubeApi } from './kube-api.js';
import { at, core, LABELS, text } from './kubernetes-object.js';
import { readOpenshift } from './openshift.js';
import { secondWriters } from './second-writer.js';

export const BINDINGS = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const DELEGATOR_ROLE = 'system:auth-delegator';

export type KubernetesReads = Pick<
  ClusterPort,
  'identity' | 'namespace' | 'rootCa' | 'serviceAccount' | 'delegator' | 'secondWriters' | 'openshift'
>;

function map<T, R>(seen: Observed<T>, change: (value: T) => R): Observed<R> {
  return seen.state === 'present' ? present(change(seen.value)) : seen;
}

export function kubernetesReads(api: KubeApi): KubernetesReads {
  return {
    identity: async () =>
      map(await api.get('/api/v1/namespaces/kube-system'), (found) => ({ uid: text(at(found, 'metadata', 'uid')) })),
    namespace: async (name) =>
      map(await api.get(`/api/v1/namespaces/${encodeURIComponent(name)}`), (found) => ({
        phase: cleanName(text(at(found, 'status', 'phase'))),
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
    secondWriters: (mount) => secondWriters(api, mount),
    openshift: () => readOpenshift(api),
  };
}

export function serviceAccountOf(object: unknown): ServiceAccountFact {
  const annotations = at(object, 'metadata', 'annotations');
  const entries = typeof annotations === 'object' && annotations !== null ? Object.entries(annotations) : [];
  const own = entries.filter(
    ([key, value]) => key.startsWith('vault-cluster-bind.bitiq.io/') && typeof value === 'string',
  );
  return {
    uid: text(at(object, 'metadata', 'uid')),
    annotations: Object.fromEntries(own) as Record<string, string>,
    managed: isManaged(object),
  };
}

function isManaged(object: unknown): boolean {
  return Object.entries(LABELS).every(([name, value]) => at(object, 'metadata', 'labels', name) === value);
}

async function findDelegator(api: KubeApi, preferred: string, namespace: string, name: string): Promise<DelegatorLook> {
  const named = await api.get(`${BINDINGS}/${encodeURIComponent(preferred)}`);
  // Two reviewers of one cluster, as of two reviewer namespaces, each need a binding of their own.
  const free = named.state === 'present' ? `${preferred}-${namespace}-${name}` : preferred;
  if (named.state === 'unreadable') return { given: named, free };
  if (named.state === 'present' && delegates(named.value, namespace, name))
    return { given: present({ name: preferred, managed: isManaged(named.value) }), free };
  const all = await api.list(BINDINGS, (binding) =>
    delegates(binding, namespace, name)
      ? { name: cleanName(text(at(binding, 'metadata', 'name'))), managed: isManaged(binding) }
      : undefined,
  );
  if (all.state !== 'present') return { given: all, free };
  const other = all.value.find((found) => found !== undefined);
  return { given: other === undefined ? absent : present(other), free };
}

/** Whether a binding gives the ServiceAccount system:auth-delegator (or everything). */
export function delegates(binding: unknown, namespace: string, name: string): boolean {
  const role = text(at(binding, 'roleRef', 'name'));
  if (at(binding, 'roleRef', 'kind') !== 'ClusterRole' || (role !== DELEGATOR_ROLE && role !== 'cluster-admin'))
    return false;
  const subjects = at(binding, 'subjects');
  const user = `system:serviceaccount:${namespace}:${name}`;
  const groups = [`system:serviceaccounts:${namespace}`, 'system:serviceaccounts', 'system:authenticated'];
  return (
    Array.isArray(subjects) &&
    subjects.some((subject: unknown) => {
      const kind = at(subject, 'kind');
      const named = text(at(subject, 'name'));
      if (kind === 'ServiceAccount') return named === name && at(subject, 'namespace') === namespace;
      return kind === 'User' ? named === user : kind === 'Group' && groups.includes(named);
    })
  );
}
