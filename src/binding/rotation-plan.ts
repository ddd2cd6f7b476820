import { leftovers, tokenSteps } from './cluster-plan.js';
import { type Problem, problem } from './errors.js';
import { mountBlockers } from './mount-blocker.js';
import { PROBE } from './role.js';
import type { Step } from './step.js';
import type { Survey } from './survey.js';
import { configStep } from './vault-plan.js';

/**
 * The survey a rotation is planned and applied from. Host and CA stay as they are stored: they were proven, and an
 * identity that could point the mount elsewhere would be more than a nightly job should hold.
 */
export function rotationSurvey(survey: Survey): Survey {
  const { config, facts } = survey;
  if (!config) return survey;
  return {
    ...survey,
    kubernetesHost: config.kubernetesHost,
    desiredCaPem: config.kubernetesCaCert,
    facts: { ...facts, desiredDial: facts.storedDial },
    hostChanges: false,
    caChange: 'none',
    token:
      survey.token.need === 'renew'
        ? survey.token
        : { need: 'renew', cause: 'asked', reason: 'rotate always mints a new one' },
  };
}

export function rotationSteps(survey: Survey): readonly Step[] {
  return [...tokenSteps(survey), ...leftovers(survey), configStep(survey)];
}

/** A rotation changes a token and nothing else, so everything else has to be there and has to be ours. */
export function rotationBlockers(survey: Survey): readonly Problem[] {
  const { intent, facts, ownership } = survey;
  const path = `auth/${intent.mount}`;
  const { namespace, name } = intent.reviewer;
  if (ownership.kind === 'foreign' || ownership.kind === 'unknown') return mountBlockers(survey);
  const missing = [
    facts.vault.mount.state === 'absent' && path,
    facts.vault.config.state === 'absent' && `${path}/config`,
    facts.vault.probeRole.state === 'absent' && `${path}/role/${PROBE}`,
    facts.cluster.reviewer.state === 'absent' && `ServiceAccount ${namespace}/${name}`,
    facts.cluster.probe.state === 'absent' && `ServiceAccount ${namespace}/${PROBE}`,
    facts.cluster.delegator.state === 'absent' && 'a ClusterRoleBinding that lets the reviewer review tokens',
  ].filter((part) => part !== false);
  const hint = 'Run bind first: rotate replaces the reviewer token of a binding that is there.';
  if (missing.length > 0)
    return [problem('NOT_BOUND', `nothing to rotate: there is no ${missing.join(', no ')}`, hint)];
  if (ownership.kind === 'ours') return mountBlockers(survey);
  return [problem('NOT_BOUND', `${path} was never bound to this cluster: ${ownership.why}`, hint)];
}
