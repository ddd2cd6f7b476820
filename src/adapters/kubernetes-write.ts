import { BindError, type Problem, problem, problemOf } from '../binding/errors.js';
import type { Grant } from '../binding/facts.js';
import { present, unreadable } from '../binding/observed.js';
import type { SecretFactory } from '../binding/secret.js';
import type { ClusterPort, MintRequest } from '../ports.js';
import type { KubeApi } from './kube-api.js';
import { type Asked, strangeProblem } from './kube-error.js';
import { at, core, LABELS, MERGE, text } from './kubernetes-object.js';
import { BINDINGS, delegates, serviceAccountOf } from './kubernetes-read.js';

export type KubernetesWrites = Pick<
  ClusterPort,
  | 'createNamespace'
  | 'createServiceAccount'
  | 'annotateServiceAccount'
  | 'createDelegator'
  | 'deleteDelegator'
  | 'deleteServiceAccount'
  | 'mintToken'
  | 'missingGrants'
>;

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
  return { body: api.accepted(answer, asked), made: true };
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
      if (seen.state === 'present') return serviceAccountOf(seen.value);
      throw new BindError(seen.state === 'unreadable' ? seen.problem : vanished(`ServiceAccount ${namespace}/${name}`));
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
    deleteDelegator: (name) =>
      remove(api, `${BINDINGS}/${encodeURIComponent(name)}`, {
        verb: 'delete',
        resource: 'clusterrolebindings.rbac.authorization.k8s.io',
        name,
      }),
    deleteServiceAccount: (namespace, name) =>
      remove(api, core(namespace, 'serviceaccounts', name), {
        verb: 'delete',
        resource: 'serviceaccounts',
        namespace,
        name,
      }),
    mintToken: (request) => mint(api, secret, request),
    missingGrants: (grants) => missingGrants(api, grants),
  };
}

async function remove(api: KubeApi, path: string, asked: Asked): Promise<void> {
  const answer = await api.send(path, { asked });
  if (answer.status === 404 && answer.reason === 'NotFound') return;
  api.accepted(answer, asked);
}

function vanished(what: string): Problem {
  return problem('PLAN_CHANGED', `${what} was deleted while it was made`, 'Run this again.');
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
  const seen = await api.get(`${BINDINGS}/${encodeURIComponent(name)}`);
  if (seen.state === 'present' && delegates(seen.value, namespace, serviceAccount)) return;
  if (seen.state === 'unreadable') throw new BindError(seen.problem);
  if (seen.state === 'absent') throw new BindError(vanished(`ClusterRoleBinding ${name}`));
  throw new BindError(
    problem(
      'PLAN_CHANGED',
      `ClusterRoleBinding ${name} appeared and does not bind ${namespace}/${serviceAccount}`,
      `Look at it: kubectl get clusterrolebinding ${name} -o yaml`,
    ),
  );
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
  try {
    const allowed = await Promise.all(grants.map((grant) => isAllowed(api, grant)));
    return present(grants.filter((_, index) => !allowed[index]));
  } catch (thrown) {
    return unreadable(problemOf(thrown));
  }
}

async function isAllowed(api: KubeApi, grant: Grant): Promise<boolean> {
  const asked = { verb: 'create', resource: 'selfsubjectaccessreviews.authorization.k8s.io' };
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: grant },
  };
  const answer = await api.must('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { asked, body });
  const allowed = at(answer, 'status', 'allowed');
  if (typeof allowed === 'boolean') return allowed;
  throw new BindError(strangeProblem(asked, api.server));
}
