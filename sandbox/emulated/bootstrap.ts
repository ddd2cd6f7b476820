import { randomUUID } from 'node:crypto';
import { RBAC_GROUP } from './authorizer.ts';
import { builtIn } from './built-in.ts';
import { complete } from './default.ts';
import { type Fields, type KubeObject, timestamp } from './object.ts';
import type { World } from './world.ts';

const PUBLIC = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz'];
const OPENID = ['/.well-known/openid-configuration', '/openid/v1/jwks'];
const EVERYBODY = 'system:authenticated';

const may = (verb: string, group: string, ...resources: string[]): Fields => ({
  verbs: [verb],
  apiGroups: [group],
  resources,
});
const at = (...nonResourceURLs: string[]): Fields => ({ verbs: ['get'], nonResourceURLs });

/** The roles of every cluster that the action or its tests meet, and the groups they are bound to. */
const ROLES: readonly [name: string, rules: Fields[], groups: string[]][] = [
  ['cluster-admin', [may('*', '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }], ['system:masters']],
  ['system:discovery', [at(...DISCOVERY, '/version', '/version/')], [EVERYBODY]],
  [
    'system:basic-user',
    [
      may('create', 'authorization.k8s.io', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
      may('create', 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
    [EVERYBODY],
  ],
  ['system:public-info-viewer', [at(...PUBLIC)], [EVERYBODY, 'system:unauthenticated']],
  [
    'system:service-account-issuer-discovery',
    [at(...OPENID.flatMap((path) => [path, `${path}/`]))],
    ['system:serviceaccounts'],
  ],
  [
    'system:auth-delegator',
    [
      may('create', 'authentication.k8s.io', 'tokenreviews'),
      may('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
    [],
  ],
];

function put(world: World, plural: string, metadata: KubeObject['metadata'], rest: Fields): void {
  const resource = builtIn(plural);
  const { group, version, kind } = resource;
  const object: KubeObject = {
    kind,
    apiVersion: group === '' ? version : `${group}/${version}`,
    metadata: { ...metadata, uid: randomUUID(), creationTimestamp: timestamp(world.now()) },
    ...rest,
  };
  complete(resource, object);
  world.store.put(resource, object);
}

/** What a fresh cluster holds before anybody asks for anything. */
export function bootstrap(world: World): void {
  for (const name of ['kube-system', 'kube-public', 'kube-node-lease', 'default'])
    put(world, 'namespaces', { name }, {});
  for (const [name, rules, groups] of ROLES) {
    const metadata = {
      name,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    };
    put(world, 'clusterroles', metadata, { rules });
    if (groups.length === 0) continue;
    const subjects = groups.map((group) => ({ kind: 'Group', apiGroup: RBAC_GROUP, name: group }));
    put(world, 'clusterrolebindings', metadata, { subjects, roleRef: { kind: 'ClusterRole', name } });
  }
}
