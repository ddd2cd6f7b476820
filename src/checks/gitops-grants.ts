import type { Grant } from '../binding/facts.js';
import type { Intent } from '../binding/intent.js';
import { ARGOCD } from './argocd.js';
import { OPERATOR_LEASES } from './operator.js';

const VSO_RESOURCES = [
  'vaultconnections',
  'vaultauths',
  'vaultstaticsecrets',
  'vaultdynamicsecrets',
  'vaultpkisecrets',
];

/** Namespaces whose Applications and ApplicationSets the checklist looks at. */
export function applicationNamespaces(intent: Intent): readonly string[] {
  return [...new Set([ARGOCD.namespace, ...intent.applications.map(({ namespace }) => namespace)])];
}

/**
 * The Kubernetes permissions that the GitOps checklist reads with, and no more. Every kind of vault-config-operator
 * is one grant on `*`: new versions bring new kinds, and one that went unread would look green.
 */
export function gitopsGrants(intent: Intent): readonly Grant[] {
  const list = (group: string, resource: string, namespace?: string): Grant => ({
    verb: 'list',
    group,
    resource,
    ...(namespace === undefined ? {} : { namespace }),
  });
  return [
    list('argoproj.io', 'argocds', ARGOCD.namespace),
    ...applicationNamespaces(intent).flatMap((namespace) => [
      list('argoproj.io', 'applicationsets', namespace),
      list('argoproj.io', 'applications', namespace),
    ]),
    list('redhatcop.redhat.io', '*'),
    ...VSO_RESOURCES.map((resource) => list('secrets.hashicorp.com', resource)),
    list('', 'events'),
    ...Object.values(OPERATOR_LEASES).map((name) => ({ ...list('coordination.k8s.io', 'leases'), name })),
    ...intent.secrets.map(({ namespace, name }) => ({ verb: 'get', group: '', resource: 'secrets', namespace, name })),
  ];
}
