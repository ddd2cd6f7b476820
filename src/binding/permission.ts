import { MODES } from '../modes.js';
import { anchorName, leaseName } from './anchor.js';
import { DELEGATOR } from './cluster-plan.js';
import type { Facts, Grant } from './facts.js';
import { groupBy } from './group.js';
import type { Intent } from './intent.js';
import { PROBE } from './role.js';
import type { Action, Plan } from './step.js';
import { changes } from './step.js';
import type { Survey } from './survey.js';

const SLOTS = ['a', 'b', 'proof'] as const;

/** Name of the incumbent script's never-expiring token Secret. */
export function legacySecret(intent: Intent): string {
  return intent.reviewer.name;
}

/** What looking takes on the cluster, in every mode. */
export function readGrants(intent: Intent, hash: string): readonly Grant[] {
  const { namespace, name } = intent.reviewer;
  const secrets = [...SLOTS.map((slot) => anchorName(name, hash, slot)), legacySecret(intent)];
  return [
    { verb: 'get', group: '', resource: 'namespaces', name: 'kube-system' },
    { verb: 'get', group: '', resource: 'namespaces', name: namespace },
    { verb: 'get', group: '', resource: 'configmaps', namespace, name: 'kube-root-ca.crt' },
    { verb: 'get', group: '', resource: 'serviceaccounts', namespace, name },
    { verb: 'get', group: '', resource: 'serviceaccounts', namespace, name: PROBE },
    {
      verb: 'get',
      group: '',
      resource: 'serviceaccounts',
      namespace: intent.connection.namespace,
      name: intent.connection.name,
    },
    ...secrets.map((secret) => ({ verb: 'get', group: '', resource: 'secrets', namespace, name: secret })),
    { verb: 'get', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings', name: DELEGATOR },
    { verb: 'list', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' },
    { verb: 'list', group: 'redhatcop.redhat.io', resource: 'kubernetesauthengineconfigs' },
    { verb: 'list', group: 'redhatcop.redhat.io', resource: 'authenginemounts' },
  ];
}

/** Where the cluster is OpenShift, what it says of its API server; without it two rows are warnings, and nothing is blocked. */
export function openshiftGrants({ cluster }: Facts): readonly Grant[] {
  if (cluster.openshift?.state !== 'present') return [];
  return ['infrastructures', 'apiservers'].map((resource) => ({
    verb: 'get',
    group: 'config.openshift.io',
    resource,
    name: 'cluster',
  }));
}

/** What proving a login as the probe takes. */
export function probeGrants(intent: Intent): readonly Grant[] {
  return [tokenGrant(intent.reviewer.namespace, PROBE)];
}

function tokenGrant(namespace: string, name: string): Grant {
  return { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespace, name };
}

/** What the lock takes. */
function leaseGrants(intent: Intent, hash: string): readonly Grant[] {
  const { namespace } = intent.reviewer;
  const lease = { group: 'coordination.k8s.io', resource: 'leases', namespace };
  return [
    { verb: 'create', ...lease },
    ...['get', 'update', 'delete'].map((verb) => ({ verb, ...lease, name: leaseName(hash) })),
  ];
}

/** What minting a reviewer token and its short-lived proof anchor takes. */
function mintGrants(intent: Intent, hash: string): readonly Grant[] {
  const { namespace, name } = intent.reviewer;
  const anchors = SLOTS.map((slot) => ({
    group: '',
    resource: 'secrets',
    namespace,
    name: anchorName(name, hash, slot),
  }));
  return [
    { verb: 'create', group: '', resource: 'secrets', namespace },
    ...anchors.flatMap((anchor) => [
      { verb: 'patch', ...anchor },
      { verb: 'delete', ...anchor },
    ]),
    { verb: 'patch', group: '', resource: 'serviceaccounts', namespace, name },
    tokenGrant(namespace, name),
  ];
}

/** `bind` on system:auth-delegator, or the two rights it gives held by the binder itself. */
export const BIND_DELEGATOR: Grant = {
  verb: 'bind',
  group: 'rbac.authorization.k8s.io',
  resource: 'clusterroles',
  name: 'system:auth-delegator',
};
export const DELEGATED: readonly Grant[] = [
  { verb: 'create', group: 'authentication.k8s.io', resource: 'tokenreviews' },
  { verb: 'create', group: 'authorization.k8s.io', resource: 'subjectaccessreviews' },
];

function actionGrants(action: Action, intent: Intent, hash: string): readonly Grant[] {
  const { namespace, name } = intent.reviewer;
  switch (action.do) {
    case 'create-namespace':
      return [{ verb: 'create', group: '', resource: 'namespaces' }];
    case 'create-reviewer':
    case 'create-probe':
      return [{ verb: 'create', group: '', resource: 'serviceaccounts', namespace }];
    case 'create-delegator':
      return [{ verb: 'create', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings' }, BIND_DELEGATOR];
    case 'mint-reviewer-token':
      return mintGrants(intent, hash);
    case 'delete-anchor':
      return [{ verb: 'delete', group: '', resource: 'secrets', namespace, name: anchorName(name, hash, action.slot) }];
    case 'mark-reviewer':
      return [{ verb: 'patch', group: '', resource: 'serviceaccounts', namespace, name }];
    case 'forget':
      return [{ verb: 'patch', group: '', resource: 'serviceaccounts', namespace, name }];
    case 'remove-service-account':
      return [{ verb: 'delete', group: '', resource: 'serviceaccounts', namespace, name: action.name }];
    case 'remove-delegator':
      return [
        { verb: 'delete', group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings', name: action.name },
      ];
    default:
      return [];
  }
}

/** Every Kubernetes permission this plan needs, each once. */
export function planGrants(plan: Plan, survey: Survey): readonly Grant[] {
  const { intent, hash } = survey;
  if (intent.access === undefined) return [];
  const removes = MODES[intent.mode].plan === 'unbind';
  const needed = [...readGrants(intent, hash), ...(removes ? [] : probeGrants(intent))];
  // A mode that applies no plan, now or when it is printed for another run, holds neither its rights nor VCO's token.
  if (!MODES[intent.mode].blocks) return distinct(needed);
  const writes = changes(plan);
  // The ServiceAccount of VCO may come with the bootstrap; until then there is nobody to prove a login as.
  const exists = survey.facts.cluster.connection.state !== 'absent' || connectionWillExist(survey);
  if (MODES[intent.mode].provesConnection && exists)
    needed.push(tokenGrant(intent.connection.namespace, intent.connection.name));
  if (writes.length > 0) needed.push(...leaseGrants(intent, hash));
  for (const step of writes) needed.push(...actionGrants(step.action, intent, hash));
  return distinct(needed);
}

function connectionWillExist(survey: Survey): boolean {
  const { connection, reviewer } = survey.intent;
  return connection.namespace === reviewer.namespace && connection.name === 'default';
}

/** Every Kubernetes permission that `unbind` may ever need. */
export function unbindGrants(intent: Intent, hash: string): readonly Grant[] {
  const actions: readonly Action[] = [
    ...SLOTS.map((slot) => ({ do: 'delete-anchor', slot }) as const),
    { do: 'forget' },
    { do: 'remove-service-account', name: intent.reviewer.name },
    { do: 'remove-service-account', name: PROBE },
    { do: 'remove-delegator', name: DELEGATOR },
  ];
  return distinct([
    ...readGrants(intent, hash),
    { verb: 'list', group: 'redhatcop.redhat.io', resource: '*' },
    { verb: 'list', group: '', resource: 'events' },
    ...leaseGrants(intent, hash),
    ...actions.flatMap((action) => actionGrants(action, intent, hash)),
  ]);
}

/** Every Kubernetes permission that `bind` may ever need. */
export function bindGrants(intent: Intent, hash: string): readonly Grant[] {
  const actions: readonly Action[] = [
    { do: 'create-reviewer' },
    { do: 'create-delegator', name: DELEGATOR },
    { do: 'mint-reviewer-token', slot: 'a', reuse: false },
  ];
  return distinct([
    ...readGrants(intent, hash),
    ...probeGrants(intent),
    tokenGrant(intent.connection.namespace, intent.connection.name),
    ...leaseGrants(intent, hash),
    ...actions.flatMap((action) => actionGrants(action, intent, hash)),
  ]);
}

/** What `rotate` needs of the cluster: a new token, nothing new besides. */
export function rotateGrants(intent: Intent, hash: string): readonly Grant[] {
  return distinct([
    ...readGrants(intent, hash),
    ...probeGrants(intent),
    ...leaseGrants(intent, hash),
    ...mintGrants(intent, hash),
  ]);
}

function distinct(grants: readonly Grant[]): readonly Grant[] {
  return [...new Map(grants.map((grant) => [describeGrant(grant), grant])).values()];
}

/** A grant in the words of RBAC. */
export function describeGrant(grant: Grant): string {
  return describe(grant.verb, grant, grant.name ?? '');
}

function describe(verbs: string, { resource, subresource, group, namespace }: Grant, names: string): string {
  const full = [resource + (subresource ? `/${subresource}` : ''), group].filter(Boolean).join('.');
  return `${verbs} ${full}${names ? ` ${names}` : ''}${namespace ? ` in namespace ${namespace}` : ''}`;
}

/** Many grants on one line each object kind: verbs on one object first, then objects with the same verbs. */
export function describeGrants(grants: readonly Grant[]): string {
  const objects = groupBy(grants, (grant) => describe('', grant, grant.name ?? ''));
  const held = [...objects.values()].map((same) => ({
    grant: same[0] as Grant,
    verbs: [...new Set(same.map(({ verb }) => verb))].join(', '),
  }));
  const alike = groupBy(held, ({ grant, verbs }) => describe(verbs, grant, grant.name ? '*' : ''));
  return [...alike.values()]
    .map((same) => {
      const { grant, verbs } = same[0] as (typeof held)[number];
      return describe(verbs, grant, same.flatMap((one) => one.grant.name ?? []).join(', '));
    })
    .join('; ');
}
