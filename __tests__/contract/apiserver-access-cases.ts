import { AUTHZ, asks, type Case, CORE, MERGE, RBAC, TABLE } from './apiserver-cases.js';

const RBAC_GROUP = 'rbac.authorization.k8s.io';

const bindingTo = (role: string, name: string): object => ({
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ kind: 'User', name: 'bob' }],
});
const roleOf = (name: string, ...rules: object[]): object => ({ metadata: { name }, rules });
const rule = (verbs: string[], group: string, resources: string[], more: object = {}): object => ({
  verbs,
  apiGroups: [group],
  resources,
  ...more,
});
/** What `bob` may do, and may give away, while roles come to be. */
export const ACCESS: readonly Case[] = [
  ['POST', `${RBAC}/clusterroles`, roleOf('r', rule(['get', 'list'], '', ['secrets'], { resourceNames: ['one'] }))],
  ['POST', `${RBAC}/clusterroles`, roleOf('bad', rule([], '', ['secrets']))],
  ['POST', `${RBAC}/clusterroles`, roleOf('bad', { verbs: ['get'], resources: ['x'] })],
  ['POST', `${RBAC}/clusterrolebindings`, bindingTo('r', 'b')],
  ['GET', `${RBAC}/clusterrolebindings/b?includeObject=None`, undefined, TABLE],
  ['PATCH', `${RBAC}/clusterrolebindings/b`, { roleRef: { name: 'view' } }, MERGE],
  [
    'POST',
    `${RBAC}/clusterrolebindings`,
    { ...bindingTo('r', 'c'), subjects: [{ kind: 'ServiceAccount', name: 'x' }] },
  ],
  ['POST', `${AUTHZ}/selfsubjectaccessreviews`, asks('get', 'secrets', { name: 'one' }), {}, 'bob'],
  ['GET', `${CORE}/secrets/one`, undefined, {}, 'bob'],
  ['GET', `${CORE}/secrets/two`, undefined, {}, 'bob'],
  ['POST', `${RBAC}/clusterroles`, roleOf('rbac', rule(['create', 'update'], 'rbac.authorization.k8s.io', ['*']))],
  ['POST', `${RBAC}/clusterrolebindings`, bindingTo('rbac', 'bob-rbac')],
  ['POST', `${RBAC}/clusterrolebindings`, bindingTo('cluster-admin', 'up'), {}, 'bob'],
  ['POST', `${RBAC}/clusterrolebindings`, bindingTo('system:auth-delegator', 'up'), {}, 'bob'],
  ['POST', `${RBAC}/clusterrolebindings?dryRun=All`, bindingTo('none', 'up'), {}, 'bob'],
  ['POST', `${RBAC}/clusterroles`, roleOf('up', rule(['get', 'delete'], '', ['secrets', 'pods'])), {}, 'bob'],
  ['POST', `${RBAC}/clusterroles`, roleOf('ok', rule(['get'], '', ['secrets'], { resourceNames: ['one'] })), {}, 'bob'],
  ['POST', `${RBAC}/namespaces/default/roles`, roleOf('local', rule(['get'], '', ['configmaps']))],
  [
    'POST',
    `${RBAC}/namespaces/default/rolebindings`,
    { ...bindingTo('x', 'local'), roleRef: { kind: 'Role', name: 'local' } },
  ],
  ['GET', `${CORE}/configmaps/none`, undefined, {}, 'bob'],
  ['GET', '/api/v1/namespaces/kube-system/configmaps/none', undefined, {}, 'bob'],
  ['GET', '/api/v1/configmaps', undefined, {}, 'bob'],
  ['GET', '/api/v1/namespaces/default', undefined, {}, 'bob'],
  ['POST', `${AUTHZ}/selfsubjectaccessreviews`, asks('get', 'configmaps', { name: 'x' }), {}, 'bob'],
  ['POST', `${AUTHZ}/selfsubjectaccessreviews`, asks('*', '*', { group: '*' }), {}, 'bob'],
  ['POST', `${AUTHZ}/selfsubjectaccessreviews`, asks('create', 'serviceaccounts', { subresource: 'token' }), {}, 'bob'],
  [
    'POST',
    `${RBAC}/namespaces/default/rolebindings`,
    { ...bindingTo('x', 'none'), roleRef: { kind: 'Role', name: 'none' } },
    {},
    'bob',
  ],
  ['POST', `${RBAC}/namespaces/default/rolebindings`, bindingTo('none', 'dangling')],
  ['GET', '/api/v1/pods', undefined, {}, 'bob'],
  [
    'POST',
    `${RBAC}/clusterroles`,
    roleOf('binds', rule(['bind'], RBAC_GROUP, ['clusterroles'], { resourceNames: ['cluster-admin'] })),
  ],
  ['POST', `${RBAC}/clusterrolebindings`, bindingTo('binds', 'bob-binds')],
  [
    'POST',
    `${AUTHZ}/selfsubjectaccessreviews`,
    {
      spec: {
        resourceAttributes: { verb: 'bind', group: RBAC_GROUP, resource: 'clusterroles', name: 'cluster-admin' },
      },
    },
    {},
    'bob',
  ],
  ['POST', `${RBAC}/clusterrolebindings?dryRun=All`, bindingTo('system:auth-delegator', 'try'), {}, 'bob'],
  ['POST', `${RBAC}/clusterrolebindings?dryRun=All`, bindingTo('cluster-admin', 'try'), {}, 'bob'],
];
