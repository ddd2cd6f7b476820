import type { ConditionFact, ResourceFact } from '../binding/facts.js';
import { failedBy, type Judgement, ok } from './gitops-judgement.js';

/**
 * Type of the condition that the cluster adapter adds from the Events of an ambiguous resource: `True` with the time
 * of the newest, `False` when there is none, `Unknown` when Events could not be read.
 */
export const FAILURE_EVENT = 'ProcessingError';

// controller-runtime retries a failing resource after at most 1000 s, and each failure records an Event.
const LONGEST_RETRY_MS = 1_200_000;
// Within this, a resource that failed and succeeded in the same second would have failed again.
const FIRST_RETRIES_MS = 60_000;

/**
 * Whether success and failure are both claimed for the present generation. Since 0.8.50 neither condition is ever
 * removed nor its time renewed, so the conditions alone cannot tell which came last.
 */
export function isAmbiguous(resource: ResourceFact): boolean {
  const { success, failure } = current(resource);
  return success !== undefined && failure !== undefined;
}

/**
 * Judges a vault-config-operator resource. Only conditions of the present generation count; one alone decides. Of
 * both, the later decides, provided that the Events agree: a success no failure Event followed is ok, a failure whose
 * Events stopped for longer than the longest retry is unclear, and so is a success when Events cannot be read.
 */
export function judgeVco(resource: ResourceFact, now: number): Judgement {
  const { success, failure } = current(resource);
  if (resource.deleting) return deleting(failure);
  if (success === undefined && failure === undefined) return notReconciled(resource);
  if (failure === undefined) return ok;
  if (success === undefined) return failedBy(failure);
  return both(resource, success, failure, now);
}

function both(resource: ResourceFact, success: ConditionFact, failure: ConditionFact, now: number): Judgement {
  const events = newest(resource.conditions, FAILURE_EVENT);
  const lastFailure = events?.status === 'True' ? events.changedAt : undefined;
  if (lastFailure !== undefined && now - lastFailure < LONGEST_RETRY_MS && lastFailure > (success.changedAt ?? 0)) {
    return failedBy(failure);
  }
  if (success.changedAt === undefined || failure.changedAt === undefined) return unclear(resource);
  if (failure.changedAt > success.changedAt) {
    const recent = now - failure.changedAt < LONGEST_RETRY_MS;
    return recent || !eventsRead(events) ? failedBy(failure) : unclear(resource);
  }
  if (!eventsRead(events)) return unreadEvents(resource);
  const latest = Math.max(lastFailure ?? 0, failure.changedAt);
  if (latest < success.changedAt) return ok;
  const settled = latest === success.changedAt && now - latest > FIRST_RETRIES_MS;
  return settled ? ok : unclear(resource);
}

function current(resource: ResourceFact): { success: ConditionFact | undefined; failure: ConditionFact | undefined } {
  const conditions = resource.conditions.filter(
    (condition) => (condition.observedGeneration ?? 0) >= resource.generation,
  );
  const claimed = newest(conditions, 'ReconcileSuccessful');
  // ReconcileFailed means failure although its status is False.
  return { success: claimed?.status === 'True' ? claimed : undefined, failure: newest(conditions, 'ReconcileFailed') };
}

function newest(conditions: readonly ConditionFact[], type: string): ConditionFact | undefined {
  return conditions
    .filter((condition) => condition.type === type)
    .reduce<ConditionFact | undefined>(
      (best, next) => (best === undefined || (next.changedAt ?? 0) > (best.changedAt ?? 0) ? next : best),
      undefined,
    );
}

function eventsRead(events: ConditionFact | undefined): boolean {
  return events !== undefined && (events.status === 'False' || events.changedAt !== undefined);
}

function notReconciled(resource: ResourceFact): Judgement {
  const earlier = newest(resource.conditions, 'ReconcileFailed');
  const cause = earlier === undefined ? '' : `, earlier: ${failedBy(earlier).note}`;
  const seen =
    resource.conditions.length === 0 ? 'not reconciled yet' : `generation ${resource.generation} not reconciled yet`;
  const hint = 'Check that vault-config-operator runs: oc get pods -A -l control-plane=vault-config-operator.';
  return { state: 'pending', note: `${seen}${cause}`, hint };
}

function deleting(failure: ConditionFact | undefined): Judgement {
  const cause = failure === undefined ? '' : `, last: ${failedBy(failure).note}`;
  return {
    state: 'pending',
    note: `being deleted${cause}`,
    hint: 'Its finalizer logs in to Vault first: make the login work, then it goes by itself.',
  };
}

function unclear(resource: ResourceFact): Judgement {
  const { namespace, name } = resource.ref;
  const object = `${resource.kind.toLowerCase()}.redhatcop.redhat.io ${name}`;
  return {
    state: 'unclear',
    note: 'failed and succeeded at this generation, and which came last cannot be told',
    hint: `Clear its status with oc -n ${namespace} patch ${object} --subresource=status --type=merge -p '{"status":{"conditions":null}}', then restart vault-config-operator.`,
  };
}

function unreadEvents(resource: ResourceFact): Judgement {
  return {
    state: 'unclear',
    note: 'failed and succeeded at this generation, and its Events cannot be read',
    hint: `Grant list on events in namespace ${resource.ref.namespace}: they tell which came last.`,
  };
}
