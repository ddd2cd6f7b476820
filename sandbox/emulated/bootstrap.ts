import { RBAC_GROUP } from './authorizer.ts';
import { type Fields, type KubeObject, timestamp } from './object.ts';
import { stamp } from './stamp.ts';
import type { World } from './world.ts';

const NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

const AUTHENTICATED = 'system:authenticated';
const VERSION = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const DISCOVERY = ['/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*', ...VERSION];

const reads = (urls: readonly string[]): Fields => ({ verbs: ['get'], nonResourceURLs: urls });
const creates = (group: string, ...resources: string[]): Fields => ({
  verbs: ['create'],
  apiGroups: [group],
  resources,
});

/** The ClusterRoles that every cluster has, as far as anybody here is bound to them, and the groups they are bound to. */
const ROLES: readonly [name: string, rules: readonly Fields[], groups: readonly string[]][] = [
  [
    'cluster-admin',
    [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
    ['system:masters'],
  ],
  [
    'system:auth-delegator',
    [creates('authentication.k8s.io', 'tokenreviews'), creates('authorization.k8s.io', 'subjectaccessreviews')],
    [],
  ],
  [
    'system:basic-user',
    [
      creates('authorization.k8s.io', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
      creates('authentication.k8s.io', 'selfsubjectreviews'),
    ],
    [AUTHENTICATED],
  ],
  ['system:discovery', [reads(DISCOVERY)], [AUTHENTICATED]],
  ['system:public-info-viewer', [reads(VERSION)], [AUTHENTICATED, 'system:unauthenticated']],
  [
    'system:service-account-issuer-discovery',
    [
      reads([
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ]),
    ],
    ['system:serviceaccounts'],
  ],
];

function put(world: World, plural: string, object: Fields): void {
  const place = { group: RBAC_GROUP, plural };
  const { apiVersion = `${RBAC_GROUP}/v1`, kind, metadata, ...rest } = object as unknown as KubeObject;
  world.store.put(place, stamp({ apiVersion, kind, metadata, ...rest }, timestamp(world.now())));
}

/** What a control plane makes of itself when it starts for the first time. */
export function bootstrap(world: World): void {
  const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
  for (const [name, rules, groups] of ROLES) {
    put(world, 'clusterroles', { kind: 'ClusterRole', metadata: { name, labels }, rules });
    if (groups.length === 0) continue;
    put(world, 'clusterrolebindings', {
      kind: 'ClusterRoleBinding',
      metadata: { name, labels },
      roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name },
      subjects: groups.map((group) => ({ apiGroup: RBAC_GROUP, kind: 'Group', name: group })),
    });
  }
  for (const name of NAMESPACES) {
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
    world.store.put({ group: '', plural: 'namespaces' }, stamp(namespace, timestamp(world.now())));
  }
}
