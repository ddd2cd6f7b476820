import type { Resource } from './resources.ts';

type Row = Pick<Resource, 'group' | 'plural' | 'kind' | 'isNamespaced'> & Partial<Resource>;

function resource(row: Row): Resource {
  return {
    version: 'v1',
    singular: row.kind.toLowerCase(),
    listKind: `${row.kind}List`,
    shortNames: [],
    hasStatus: false,
    ...row,
  };
}

const RBAC = 'rbac.authorization.k8s.io';

const CORE: Row[] = [
  {
    group: '',
    plural: 'configmaps',
    kind: 'ConfigMap',
    isNamespaced: true,
    shortNames: ['cm'],
    members: ['data', 'binaryData', 'immutable'],
  },
  {
    group: '',
    plural: 'events',
    kind: 'Event',
    isNamespaced: true,
    shortNames: ['ev'],
    members: [
      ...['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'type'],
      ...['eventTime', 'series', 'action', 'related', 'reportingComponent', 'reportingInstance'],
    ],
  },
  {
    group: '',
    plural: 'namespaces',
    kind: 'Namespace',
    isNamespaced: false,
    shortNames: ['ns'],
    hasStatus: true,
    members: ['spec', 'status'],
  },
  {
    group: '',
    plural: 'secrets',
    kind: 'Secret',
    isNamespaced: true,
    members: ['data', 'stringData', 'type', 'immutable'],
  },
  {
    group: '',
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    isNamespaced: true,
    shortNames: ['sa'],
    members: ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'],
  },
];

const GROUPS: Row[] = [
  { group: 'coordination.k8s.io', plural: 'leases', kind: 'Lease', isNamespaced: true, members: ['spec'] },
  {
    group: RBAC,
    plural: 'clusterrolebindings',
    kind: 'ClusterRoleBinding',
    isNamespaced: false,
    members: ['subjects', 'roleRef'],
  },
  {
    group: RBAC,
    plural: 'clusterroles',
    kind: 'ClusterRole',
    isNamespaced: false,
    members: ['rules', 'aggregationRule'],
  },
  { group: RBAC, plural: 'rolebindings', kind: 'RoleBinding', isNamespaced: true, members: ['subjects', 'roleRef'] },
  { group: RBAC, plural: 'roles', kind: 'Role', isNamespaced: true, members: ['rules'] },
  {
    group: 'apiextensions.k8s.io',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    isNamespaced: false,
    shortNames: ['crd', 'crds'],
    hasStatus: true,
    members: ['spec', 'status'],
  },
];

const REVIEWS: Row[] = [
  { group: 'authentication.k8s.io', plural: 'selfsubjectreviews', kind: 'SelfSubjectReview', isNamespaced: false },
  { group: 'authentication.k8s.io', plural: 'tokenreviews', kind: 'TokenReview', isNamespaced: false },
  {
    group: 'authorization.k8s.io',
    plural: 'localsubjectaccessreviews',
    kind: 'LocalSubjectAccessReview',
    isNamespaced: true,
  },
  {
    group: 'authorization.k8s.io',
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    isNamespaced: false,
  },
  {
    group: 'authorization.k8s.io',
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    isNamespaced: false,
  },
  { group: 'authorization.k8s.io', plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', isNamespaced: false },
].map((row) => ({ ...row, isReview: true, members: ['spec', 'status'] }));

/** Resources that are served without any CustomResourceDefinition. */
export const BUILT_IN: readonly Resource[] = [...CORE, ...GROUPS, ...REVIEWS].map(resource);

/** @throws when no built-in resource has that name. */
export function builtIn(plural: string): Resource {
  const found = BUILT_IN.find((one) => one.plural === plural);
  if (found === undefined) throw new Error(`no built-in resource ${plural}`);
  return found;
}
