import { BindError, problem } from '../binding/errors.js';
import type { Grant } from '../binding/facts.js';
import { absent, present, unreadable } from '../binding/observed.js';
import type { SecretFactory } from '../binding/secret.js';
import type { ClusterPort, MintRequest } from '../ports.js';
import type { KubeApi } from './kube-api.js';
import { at, BINDINGS, core, delegates, leaseOf, leasePath, serviceAccountOf, TABLE, text } from './kubernetes-read.js';

export type KubernetesWrites = Pick<
  ClusterPort,
  | 'createNamespace'
  | 'createServiceAccount'
  | 'annotateServiceAccount'
  | 'createDelegator'
  | 'createAnchor'
  | 'annotateAnchor'
  | 'deleteAnchor'
  | 'mintToken'
  | 'missingGrants'
  | 'takeLease'
  | 'releaseLease'
>;

const LABELS = { 'app.kubernetes.io/managed-by': 'vault-cluster-bind' };
const MERGE = 'application/merge-patch+json';

/** Creating what is already there is fine: another run or a person was faster. */
async function create(
  api: KubeApi,
  path: string,
  resource: string,
  namespace: string | undefined,
  body: object,
): Promise<{ body: unknown; made: boolean }> {
  const asked = { verb: 'create', resource, ...(namespace === undefined ? {} : { namespace }) };
  const answer = await api.send(path, { asked, body });
  if (answer.status === 409 && answer.reason === 'AlreadyExists') return { body: undefined, made: false };
  if (answer.status >= 300) throw new BindError(api.problem(answer, asked));
  return { body: answer.body, made: true };
}

export function kubernetesWrites(api: KubeApi, secret: SecretFactory): KubernetesWrites {
  return {
    async createNamespace(name) {
      await create(api, '/api/v1/namespaces', 'namespaces', undefined, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    },
    async createServiceAccount(namespace, name, annotations) {
      const body = {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name, namespace, annotations, labels: LABELS },
      };
      const { body: made } = await create(api, core(namespace, 'serviceaccounts'), 'serviceaccounts', namespace, body);
      if (made !== undefined) return serviceAccountOf(made);
      const seen = await api.get(core(namespace, 'serviceaccounts', name));
      return serviceAccountOf(seen.state === 'present' ? seen.value : {});
    },
    async annotateServiceAccount(namespace, name, annotations) {
      const asked = { verb: 'patch', resource: 'serviceaccounts', namespace, name };
      await api.must(core(namespace, 'serviceaccounts', name), {
        asked,
        contentType: MERGE,
        body: { metadata: { annotations } },
      });
    },
    createDelegator: (name, namespace, serviceAccount) => createDelegator(api, name, namespace, serviceAccount),
    createAnchor: (namespace, name, annotations) => createAnchor(api, namespace, name, annotations),
    async annotateAnchor(namespace, name, annotations) {
      const asked = { verb: 'patch', resource: 'secrets', namespace, name };
      const path = `${core(namespace, 'secrets', name)}?includeObject=None`;
      await api.must(path, { asked, contentType: MERGE, accept: TABLE, body: { metadata: { annotations } } });
    },
    deleteAnchor: (namespace, name, uid) => deleteAnchor(api, namespace, name, uid),
    mintToken: (request) => mint(api, secret, request),
    missingGrants: (grants) => missingGrants(api, grants),
    takeLease: (namespace, name, holder, ttlSeconds, previous) =>
      takeLease(api, namespace, name, holder, ttlSeconds, previous),
    async releaseLease(namespace, name, held) {
      const asked = { verb: 'delete', resource: 'leases', namespace, name };
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { resourceVersion: held.resourceVersion },
      };
      await api.send(leasePath(namespace, name), { asked, body });
    },
  };
}

async function createDelegator(api: KubeApi, name: string, namespace: string, serviceAccount: string): Promise<void> {
  const body = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: LABELS },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: serviceAccount, namespace }],
  };
  const { made } = await create(api, BINDINGS, 'clusterrolebindings.rbac.authorization.k8s.io', undefined, body);
  if (made) return;
  const seen = await api.get(`${BINDINGS}/${name}`);
  if (seen.state === 'present' && delegates(seen.value, namespace, serviceAccount)) return;
  throw new BindError(
    problem(
      'PLAN_CHANGED',
      `ClusterRoleBinding ${name} appeared and does not bind ${namespace}/${serviceAccount}`,
      `Look at it: kubectl get clusterrolebinding ${name} -o yaml`,
    ),
  );
}

/** An empty Secret that nobody can fill: immutable. Its answer is a Table, as every answer about a Secret is. */
async function createAnchor(
  api: KubeApi,
  namespace: string,
  name: string,
  annotations: Readonly<Record<string, string>>,
): Promise<{ uid: string }> {
  const asked = { verb: 'create', resource: 'secrets', namespace, name };
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    immutable: true,
    metadata: { name, namespace, annotations, labels: LABELS },
  };
  const answer = await api.send(`${core(namespace, 'secrets')}?includeObject=Metadata`, { asked, body, accept: TABLE });
  if (answer.status === 409 && answer.reason === 'AlreadyExists') return { uid: await anchorUid(api, namespace, name) };
  if (answer.status >= 300) throw new BindError(api.problem(answer, asked));
  return { uid: text(at(answer.body, 'rows', 0, 'object', 'metadata', 'uid')) };
}

/** The UID of an anchor without reading it: a delete that is not carried out answers with a Status that names it. */
async function anchorUid(api: KubeApi, namespace: string, name: string): Promise<string> {
  const asked = { verb: 'delete', resource: 'secrets', namespace, name };
  const answer = await api.send(`${core(namespace, 'secrets', name)}?dryRun=All`, {
    asked,
    accept: 'application/json',
    body: { apiVersion: 'v1', kind: 'DeleteOptions', dryRun: ['All'] },
  });
  if (answer.status === 404) return '';
  if (answer.status >= 300) throw new BindError(api.problem(answer, asked));
  return text(at(answer.body, 'details', 'uid'));
}

async function deleteAnchor(api: KubeApi, namespace: string, name: string, known: string | undefined): Promise<void> {
  const uid = known ?? (await anchorUid(api, namespace, name));
  if (uid === '') return;
  const asked = { verb: 'delete', resource: 'secrets', namespace, name };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
  const answer = await api.send(core(namespace, 'secrets', name), { asked, body });
  if (answer.status === 404) return;
  // The UID we remember may be of an earlier anchor of the same name: look again, once.
  if (answer.status === 409 && known !== undefined) return deleteAnchor(api, namespace, name, undefined);
  if (answer.status >= 300) throw new BindError(api.problem(answer, asked));
}

async function mint(
  api: KubeApi,
  secret: SecretFactory,
  request: MintRequest,
): Promise<{ token: ReturnType<SecretFactory>; expiresAt: number }> {
  const { namespace, name, ttlSeconds, anchor } = request;
  const asked = { verb: 'create', resource: 'serviceaccounts/token', namespace, name };
  const bound = anchor === undefined ? {} : { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: anchor } };
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: ttlSeconds, ...bound },
  };
  const answer = await api.must(`${core(namespace, 'serviceaccounts', name)}/token`, { asked, body });
  const value = text(at(answer, 'status', 'token'));
  const expiresAt = Date.parse(text(at(answer, 'status', 'expirationTimestamp')));
  if (value === '' || Number.isNaN(expiresAt))
    throw new BindError(
      problem(
        'CLUSTER_ERROR',
        `${api.server} answered a TokenRequest without a token`,
        "Check the API server's version and its admission webhooks.",
      ),
    );
  return { token: secret(`token of ${namespace}/${name}`, value), expiresAt };
}

async function missingGrants(api: KubeApi, grants: readonly Grant[]): ReturnType<ClusterPort['missingGrants']> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const asked = { verb: 'create', resource: 'selfsubjectaccessreviews.authorization.k8s.io' };
  try {
    const allowed = await Promise.all(
      grants.map(async (grant) => {
        const body = {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: grant },
        };
        return at(await api.must(path, { asked, body }), 'status', 'allowed') === true;
      }),
    );
    return present(grants.filter((_, index) => !allowed[index]));
  } catch (thrown) {
    if (thrown instanceof BindError) return unreadable(thrown.problems[0] ?? thrown);
    return absent;
  }
}

async function takeLease(
  api: KubeApi,
  namespace: string,
  name: string,
  holder: string,
  ttlSeconds: number,
  previous: Parameters<ClusterPort['takeLease']>[4],
): ReturnType<ClusterPort['takeLease']> {
  const now = new Date(Date.now() + (api.skewSeconds() ?? 0) * 1000).toISOString().replace('Z', '000Z');
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace, labels: LABELS, ...(previous ? { resourceVersion: previous.resourceVersion } : {}) },
    spec: { holderIdentity: holder, leaseDurationSeconds: ttlSeconds, acquireTime: now, renewTime: now },
  };
  const asked = { verb: previous ? 'update' : 'create', resource: 'leases.coordination.k8s.io', namespace, name };
  const answer = await api.send(leasePath(namespace, previous ? name : undefined), { asked, body: lease });
  // Taken, renewed or deleted by someone else in between.
  if (answer.status === 409 || (previous && answer.status === 404)) return undefined;
  if (answer.status >= 300) throw new BindError(api.problem(answer, asked));
  return leaseOf(answer.body);
}
