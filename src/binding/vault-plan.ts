import { canaryMount, markKey, readMarkCopy } from './anchor.js';
import { describeBundle } from './certificate.js';
import { configChanges, mintsToken } from './cluster-plan.js';
import type { RoleFact } from './facts.js';
import { type Mark, readMark, sameMark, writeMark } from './mark.js';
import { type Observed, valueOf } from './observed.js';
import { basePolicy, mountPolicy, mountPolicyName, samePolicy } from './policy.js';
import { connectionRole, type DesiredRole, planRole, probeRole } from './role.js';
import type { Action, FieldChange, Step, StepOp } from './step.js';
import type { Survey } from './survey.js';

const none: Action = { do: 'none' };

function step(
  op: StepOp,
  kind: string,
  name: string,
  reason: string,
  action: Action,
  fields: readonly FieldChange[] = [],
): Step {
  return { system: 'vault', phase: 'vault', op, kind, name, reason, fields, action };
}

export function vaultSteps(survey: Survey): readonly Step[] {
  const leftover = leftoverCanary(survey);
  return [
    ...policySteps(survey),
    mountStep(survey),
    ...markCopyStep(survey),
    configStep(survey),
    roleStep(survey, connectionRole(survey.intent), survey.facts.vault.connectionRole),
    roleStep(survey, probeRole(survey.intent), survey.facts.vault.probeRole),
    ...(leftover
      ? [step('delete', 'canary mount', `auth/${leftover}`, 'left by an interrupted run', { do: 'remove-canary' })]
      : []),
  ];
}

/** The mark this run would leave. */
export function desiredMark(survey: Survey): Mark {
  const { ownership } = survey;
  const origin = ownership.kind === 'foreign' || ownership.kind === 'unknown' ? 'adopted' : ownership.origin;
  return { cluster: survey.intent.cluster, uid: survey.uid, origin };
}

/** Why the throw-away mount must prove host and CA first; null when it need not. */
export function canaryReason(survey: Survey): string | null {
  if (survey.intent.proveOnCanary === 'never' || !mintsToken(survey)) return null;
  if (survey.intent.proveOnCanary === 'always') return 'prove-on-canary is always';
  if (!survey.config) return null;
  if (survey.hostChanges) return 'the host of a live mount changes';
  if (survey.caChange !== 'none') return 'the CA of a live mount changes';
  const dial = valueOf(survey.facts.desiredDial);
  return dial?.outcome === 'unreachable' ? 'the host cannot be dialled from here' : null;
}

/** A canary mount that carries our words and outlived its run. */
export function leftoverCanary(survey: Survey): string | undefined {
  const name = canaryMount(survey.intent.mount);
  const found = valueOf(survey.facts.vault.mounts)?.[name];
  return found?.type === 'kubernetes' && found.description === CANARY_DESCRIPTION ? name : undefined;
}

export const CANARY_DESCRIPTION = 'vault-cluster-bind canary, removed by the run that made it';

function policySteps(survey: Survey): readonly Step[] {
  const { intent, facts, materials } = survey;
  const base = intent.connectionPolicy;
  const steps = [
    facts.vault.basePolicy.state === 'present'
      ? step('keep', 'policy', base, 'exists and is never touched', none)
      : step('create', 'policy', base, 'does not exist', { do: 'write-policy', name: base, text: basePolicy() }),
  ];
  if (intent.connectionPolicyScope === 'shared') return steps;
  const name = mountPolicyName(intent);
  const text = mountPolicy(intent, materials.gitopsPolicyText);
  const found = valueOf(facts.vault.mountPolicy);
  const action: Action = { do: 'write-policy', name, text };
  if (!found) steps.push(step('create', 'policy', name, 'does not exist', action));
  else if (samePolicy(found.text, text)) steps.push(step('keep', 'policy', name, 'grants what is needed', none));
  else
    steps.push(
      step('update', 'policy', name, 'its text differs', action, [
        { field: 'policy', from: 'other text', to: 'text of this version' },
      ]),
    );
  return steps;
}

function mountStep(survey: Survey): Step {
  const name = `auth/${survey.intent.mount}`;
  const mark = desiredMark(survey);
  const found = valueOf(survey.facts.vault.mount);
  if (!found)
    return step('create', 'mount', name, 'does not exist', { do: 'enable-mount', description: writeMark('', mark) });
  const stored = readMark(found.description);
  if (stored && sameMark(stored, mark)) return step('keep', 'mount', name, 'carries our mark', none);
  const op = survey.ownership.kind === 'adopt' ? 'adopt' : 'update';
  const from = stored ? `${stored.cluster} ${stored.uid}` : 'none';
  const fields = [{ field: 'mark', from, to: `${mark.cluster} ${mark.uid}` }];
  const why = 'why' in survey.ownership ? survey.ownership.why : '';
  return step(
    op,
    'mount',
    name,
    why,
    { do: 'describe-mount', description: writeMark(found.description, mark) },
    fields,
  );
}

function markCopyStep(survey: Survey): readonly Step[] {
  const { reviewer, mount } = survey.intent;
  const annotations = valueOf(survey.facts.cluster.reviewer)?.annotations;
  // A reviewer that is made in this run is made with the copy on it.
  if (!annotations) return [];
  const copy = readMarkCopy(annotations[markKey(survey.hash)], mount);
  if (copy && sameMark(copy, desiredMark(survey))) return [];
  const name = `${reviewer.namespace}/${reviewer.name}`;
  return [
    {
      ...step('update', 'mark on ServiceAccount', name, 'keeps the mark should the mount description be tuned away', {
        do: 'mark-reviewer',
      }),
      system: 'cluster',
    },
  ];
}

export function configStep(survey: Survey): Step {
  const name = `auth/${survey.intent.mount}/config`;
  const { config } = survey;
  if (!config) {
    const fields = configFields(survey);
    return step('create', 'mount config', name, 'was never written', { do: 'write-config' }, fields);
  }
  if (!configChanges(survey) && !mintsToken(survey))
    return step('keep', 'mount config', name, 'host, CA and reviewer token are right', none);
  const reason = configChanges(survey) ? configReason(survey) : 'takes the new reviewer token';
  return step('update', 'mount config', name, reason, { do: 'write-config' }, configFields(survey));
}

function configReason(survey: Survey): string {
  const reasons = [
    survey.hostChanges && 'the host changes',
    survey.caChange === 'broken' && 'the stored CA does not verify the host',
    survey.caChange === 'withdrawn' && 'a stored CA certificate was withdrawn by the cluster',
    survey.caChange === 'explicit' && 'kubernetes-ca-certificate differs from the stored CA',
    survey.config?.disableLocalCaJwt !== true && "Vault may fall back on its own pod's token",
  ];
  return reasons.filter((reason) => reason !== false).join('; ');
}

function configFields(survey: Survey): readonly FieldChange[] {
  const { config } = survey;
  const fields: FieldChange[] = [];
  if (!config || survey.hostChanges)
    fields.push({ field: 'kubernetes_host', from: config?.kubernetesHost ?? 'unset', to: survey.kubernetesHost });
  if (!config || survey.caChange !== 'none') {
    fields.push({
      field: 'kubernetes_ca_cert',
      from: config ? describeBundle(config.kubernetesCaCert) : 'unset',
      to: describeBundle(survey.desiredCaPem),
    });
  }
  fields.push({ field: 'token_reviewer_jwt', from: config?.reviewerTokenSet ? 'set' : 'unset', to: 'new' });
  if (config?.disableLocalCaJwt !== true)
    fields.push({ field: 'disable_local_ca_jwt', from: config ? 'false' : 'unset', to: 'true' });
  return fields;
}

function roleStep(survey: Survey, desired: DesiredRole, found: Observed<RoleFact>): Step {
  const name = `auth/${survey.intent.mount}/role/${desired.role}`;
  const role = valueOf(found);
  const { fields, changes } = planRole(desired, role);
  const action: Action = { do: 'write-role', role: desired.role, fields };
  if (!role) return step('create', 'role', name, 'does not exist', action, changes);
  if (changes.length === 0) return step('keep', 'role', name, 'binds the ServiceAccount', none);
  return step('update', 'role', name, 'lacks a binding, a policy or a TTL', action, changes);
}
