import type { ConditionFact, ResourceFact } from '../binding/facts.js';
import { failedBy, type Judgement, ok } from './gitops-judgement.js';

const HINT_OPERATOR = 'Check that vault-secrets-operator runs: oc get deployments -A | grep vault-secrets-operator.';

/**
 * Judges a vault-secrets-operator resource: the present generation must be reconciled and Healthy (VaultConnection
 * and VaultAuth: valid). A stale SecretSynced=False beside Healthy=True is a note, not a failure.
 */
export function judgeVso(resource: ResourceFact): Judgement {
  if (resource.deleting) {
    return { state: 'pending', note: 'being deleted', hint: 'Wait for its finalizer, or see why it is held.' };
  }
  return isConfiguration(resource) ? judgeConfiguration(resource) : judgeSecret(resource);
}

function isConfiguration(resource: ResourceFact): boolean {
  return resource.kind === 'VaultConnection' || resource.kind === 'VaultAuth';
}

/** Of a VaultConnection or VaultAuth. */
export function judgeConfiguration(resource: ResourceFact): Judgement {
  const healthy = condition(resource, 'Healthy') ?? condition(resource, 'Ready');
  if (resource.valid === undefined && healthy === undefined) return notReconciled(resource);
  if (isStale(resource, healthy)) return notReconciled(resource);
  const isGood = resource.valid ?? healthy?.status === 'True';
  if (isGood && healthy?.status !== 'False') return ok;
  return failedBy(telling(resource));
}

function judgeSecret(resource: ResourceFact): Judgement {
  const healthy = condition(resource, 'Healthy');
  if (healthy === undefined && (resource.lastGeneration ?? 0) === 0) return notReconciled(resource);
  if (resource.lastGeneration !== resource.generation || isStale(resource, healthy)) return notReconciled(resource);
  if (healthy === undefined) {
    return {
      state: 'unclear',
      note: 'reconciled, but it has no conditions',
      hint: 'Upgrade vault-secrets-operator to 1.0 or later: before, it did not tell whether a sync failed.',
    };
  }
  if (healthy.status !== 'True') return failedBy(telling(resource));
  // vault-secrets-operator up to 1.4.1 leaves it False after a passing failure when the data did not change (#1225).
  const isMarked = condition(resource, 'SecretSynced')?.status === 'False';
  return isMarked ? { ...ok, note: 'healthy, but SecretSynced is still False from an earlier failure' } : ok;
}

function condition(resource: ResourceFact, type: string): ConditionFact | undefined {
  return resource.conditions.find((candidate) => candidate.type === type);
}

function isStale(resource: ResourceFact, healthy: ConditionFact | undefined): boolean {
  return healthy?.observedGeneration !== undefined && healthy.observedGeneration < resource.generation;
}

/** Healthy and Ready only repeat the verdict; the cause is told by another condition that is False. */
function telling(resource: ResourceFact): ConditionFact | undefined {
  const bad = resource.conditions.filter((candidate) => candidate.status === 'False');
  return bad.find(({ type }) => type !== 'Healthy' && type !== 'Ready') ?? bad[0];
}

function notReconciled(resource: ResourceFact): Judgement {
  const seen = resource.conditions.length === 0 && resource.lastGeneration === undefined;
  const note = seen ? 'not reconciled yet' : `generation ${resource.generation} not reconciled yet`;
  return { state: 'pending', note, hint: HINT_OPERATOR };
}
