import type {
  ApplicationFact,
  ApplicationSetFact,
  ArgoInstanceFact,
  ConditionFact,
  FailedApply,
  ResourceFact,
} from '../binding/facts.js';
import type { ForeignText } from '../binding/foreign.js';
import type { ObjectRef } from '../binding/intent.js';
import { dig, foreignOf, integerOf, itemsOf, nameOf, timeOf, wordOf } from './gitops-json.js';
import { vsoReferencesOf } from './vso-facts.js';

const MOST_FAILURES = 5;
const COMPONENTS = [
  'applicationController',
  'applicationSetController',
  'notificationsController',
  'redis',
  'repo',
  'server',
  'sso',
];

export function argoInstanceOf(object: unknown): ArgoInstanceFact {
  const components: Record<string, string> = {};
  for (const component of COMPONENTS) {
    const status = nameOf(dig(object, 'status', component));
    if (status !== '') components[component] = status;
  }
  return { ref: refOf(object), phase: nameOf(dig(object, 'status', 'phase')), components };
}

export function applicationSetOf(object: unknown): ApplicationSetFact {
  return { ref: refOf(object), conditions: conditionsOf(object), generation: generationOf(object) };
}

export function applicationOf(object: unknown): ApplicationFact {
  const owners = itemsOf(dig(object, 'metadata', 'ownerReferences'));
  const owner = owners.find((candidate) => dig(candidate, 'kind') === 'ApplicationSet');
  const reconciledAt = timeOf(dig(object, 'status', 'reconciledAt'));
  return {
    ref: refOf(object),
    owner: wordOf(dig(owner, 'name')),
    repoUrls: repoUrlsOf(object),
    sync: wordOf(dig(object, 'status', 'sync', 'status')),
    health: wordOf(dig(object, 'status', 'health', 'status')),
    operationPhase: wordOf(dig(object, 'status', 'operationState', 'phase')),
    operationMessage: foreignOf(dig(object, 'status', 'operationState', 'message')),
    conditions: conditionsOf(object),
    retries: integerOf(dig(object, 'status', 'operationState', 'retryCount')) ?? 0,
    failures: failuresOf(object),
    deleting: dig(object, 'metadata', 'deletionTimestamp') !== undefined,
    outdated: isOutdated(object),
    ...(reconciledAt === undefined ? {} : { reconciledAt }),
  };
}

function failuresOf(object: unknown): FailedApply[] {
  const results = itemsOf(dig(object, 'status', 'operationState', 'syncResult', 'resources'));
  return results
    .filter((result) => dig(result, 'status') === 'SyncFailed')
    .slice(0, MOST_FAILURES)
    .map((result) => ({
      kind: nameOf(dig(result, 'kind')),
      name: nameOf(dig(result, 'name')),
      message: foreignOf(dig(result, 'message')),
    }));
}

/** Only what is written in both places is compared: releases differ in what they fill in. */
function isOutdated(object: unknown): boolean {
  const [wanted, compared] = [dig(object, 'spec', 'source'), dig(object, 'status', 'sync', 'comparedTo', 'source')];
  return ['repoURL', 'path', 'chart', 'targetRevision'].some((field) => {
    const [now, then] = [dig(wanted, field), dig(compared, field)];
    return typeof now === 'string' && typeof then === 'string' && now !== then;
  });
}

function repoUrlsOf(object: unknown): ForeignText[] {
  const sources = [dig(object, 'spec', 'source'), ...itemsOf(dig(object, 'spec', 'sources'))];
  return sources.map((source) => foreignOf(dig(source, 'repoURL'))).filter((url) => !url.empty);
}

/** Keeps of a VCO or VSO resource what its state tells and what it refers to; `status.secretMAC` and texts are dropped. */
export function resourceOf(kind: string, object: unknown): ResourceFact {
  const lastGeneration = integerOf(dig(object, 'status', 'lastGeneration'));
  const valid = dig(object, 'status', 'valid');
  const createdAt = timeOf(dig(object, 'metadata', 'creationTimestamp'));
  const ref = refOf(object);
  const destination = nameOf(dig(object, 'spec', 'destination', 'name'));
  return {
    kind,
    ref,
    generation: generationOf(object),
    conditions: [...conditionsOf(object), ...statusErrorOf(object)],
    deleting: dig(object, 'metadata', 'deletionTimestamp') !== undefined,
    authPath: wordOf(dig(object, 'spec', 'authentication', 'path')),
    finalized: itemsOf(dig(object, 'metadata', 'finalizers')).length > 0,
    ...(kind.startsWith('Vault') ? vsoReferencesOf(kind, object, ref.namespace) : vcoReferencesOf(kind, object)),
    ...(lastGeneration === undefined ? {} : { lastGeneration }),
    ...(typeof valid === 'boolean' ? { valid } : {}),
    ...(destination === '' ? {} : { destination: { namespace: ref.namespace, name: destination } }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

/** The path as the operator computes it, of the two kinds that Vault is asked about. */
function vcoReferencesOf(kind: string, object: unknown): Pick<ResourceFact, 'target' | 'account' | 'role'> {
  const name = nameOf(dig(object, 'spec', 'name')) || nameOf(dig(object, 'metadata', 'name'));
  const path = nameOf(dig(object, 'spec', 'path')).replace(/^\/+|\/+$/g, '');
  const login = dig(object, 'spec', 'authentication');
  const target =
    kind === 'Policy'
      ? `sys/policies/acl/${name}`
      : kind === 'KubernetesAuthEngineRole'
        ? `auth/${path}/role/${name}`
        : undefined;
  return {
    ...(target === undefined ? {} : { target: target.toLowerCase() }),
    account: wordOf(dig(login, 'serviceAccount', 'name')) || 'default',
    role: wordOf(dig(login, 'role')),
  };
}

/** VaultAuth tells its cause in `status.error` and not in a condition. */
function statusErrorOf(object: unknown): ConditionFact[] {
  const message = foreignOf(dig(object, 'status', 'error'));
  return message.empty ? [] : [{ type: 'Error', status: 'False', reason: '', message }];
}

function conditionsOf(object: unknown): ConditionFact[] {
  return itemsOf(dig(object, 'status', 'conditions'))
    .filter((condition) => typeof condition === 'object' && condition !== null)
    .map(conditionOf);
}

function conditionOf(condition: unknown): ConditionFact {
  const changedAt = timeOf(dig(condition, 'lastTransitionTime'));
  const observedGeneration = integerOf(dig(condition, 'observedGeneration'));
  return {
    type: wordOf(dig(condition, 'type')),
    status: wordOf(dig(condition, 'status')),
    reason: wordOf(dig(condition, 'reason')),
    message: foreignOf(dig(condition, 'message')),
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  };
}

function refOf(object: unknown): ObjectRef {
  return { namespace: wordOf(dig(object, 'metadata', 'namespace')), name: nameOf(dig(object, 'metadata', 'name')) };
}

function generationOf(object: unknown): number {
  return integerOf(dig(object, 'metadata', 'generation')) ?? 0;
}
