import { MODES } from '../modes.js';
import { planBlockers, planWarnings, unreadables } from './blocker.js';
import { clusterSteps } from './cluster-plan.js';
import { removalSteps } from './removal-plan.js';
import { rotationSteps, rotationSurvey } from './rotation-plan.js';
import { changes, type Plan, type Step } from './step.js';
import type { Survey } from './survey.js';
import { canaryReason, vaultSteps } from './vault-plan.js';

/** The survey this mode plans and applies from, which may stand still where the world has moved. */
export function planningSurvey(survey: Survey): Survey {
  return MODES[survey.intent.mode].plan === 'rotate' ? rotationSurvey(survey) : survey;
}

/** What this mode does, from one look and `planningSurvey`; pure, and the very object that is applied. */
export function modePlan(survey: Survey): Plan {
  const { plan } = MODES[survey.intent.mode];
  if (plan === 'bind') return makePlan(survey);
  if (plan === 'unbind') {
    const steps = removalSteps(survey);
    return { steps, blockers: planBlockers(survey, steps), warnings: [], canary: null };
  }
  const steps = rotationSteps(survey);
  const canary = survey.intent.proveOnCanary === 'always' ? canaryReason(survey) : null;
  return { steps, blockers: planBlockers(survey, steps), warnings: planWarnings(survey), canary };
}

/** What a later look still wants, in the sense of this mode: a rotation always wants another one. */
export function wantedPlan(survey: Survey): Plan {
  return MODES[survey.intent.mode].plan === 'unbind' ? modePlan(survey) : makePlan(survey);
}

/** What has to be done to make the binding true. */
export function makePlan(survey: Survey): Plan {
  const steps = [...clusterSteps(survey), ...vaultSteps(survey)];
  return {
    steps,
    blockers: planBlockers(survey, steps),
    warnings: planWarnings(survey),
    canary: canaryReason(survey),
  };
}

/** One line for the top of the plan, e.g. `adopt: 3 kept, 1 new`. */
export function planTitle(plan: Plan, survey: Survey): string {
  const count = (op: Step['op']): number => plan.steps.filter((step) => step.op === op).length;
  const words = [
    [count('keep'), 'kept'],
    [count('create'), 'new'],
    [count('adopt'), 'adopted'],
    [count('update'), 'changed'],
    [count('rotate'), 'rotated'],
    [count('delete'), 'removed'],
  ] as const;
  const counts = words.filter(([amount]) => amount > 0).map(([amount, word]) => `${amount} ${word}`);
  const { plan: kind } = MODES[survey.intent.mode];
  const verb = survey.ownership.kind === 'adopt' ? 'adopt' : changes(plan).length === 0 ? 'nothing to do' : kind;
  return `${verb}: ${counts.join(', ')}`;
}

/**
 * Changes that mean the world moved away from the binding; a token that is merely due is no drift, and neither is what
 * could not be read.
 */
export function drift(plan: Plan, survey: Survey): readonly Step[] {
  if (unreadables(survey).length > 0) return [];
  const due = survey.token.need === 'renew' && survey.token.cause === 'due';
  const configOnlyForToken =
    survey.caChange === 'none' && !survey.hostChanges && survey.config?.disableLocalCaJwt === true;
  return changes(plan).filter((step) => {
    if (!due) return true;
    if (step.action.do === 'mint-reviewer-token') return false;
    // The anchor that the new token replaces; what an interrupted run left is drift.
    if (step.action.do === 'delete-anchor' && step.action.slot === survey.record?.slot) return false;
    return !(step.action.do === 'write-config' && configOnlyForToken);
  });
}
