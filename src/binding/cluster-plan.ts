import { anchorName } from './anchor.js';
import { valueOf } from './observed.js';
import { PROBE } from './role.js';
import { nextSlot, otherSlot } from './rotation.js';
import type { Action, FieldChange, Step, StepOp } from './step.js';
import type { Survey } from './survey.js';

/** Name of the ClusterRoleBinding we make; one that grants the same under another name is accepted. */
export const DELEGATOR = 'vault-token-reviewer-auth-delegator';

interface Line {
  readonly op: StepOp;
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly action: Action;
  readonly fields?: readonly FieldChange[];
  readonly phase?: Step['phase'];
}

function step(line: Line): Step {
  return { system: 'cluster', phase: 'cluster', fields: [], ...line };
}

const none: Action = { do: 'none' };

export function clusterSteps(survey: Survey): readonly Step[] {
  const { reviewer } = survey.intent;
  const { cluster } = survey.facts;
  const delegator = valueOf(cluster.delegator);
  return [
    existing(cluster.namespace.state === 'present', 'Namespace', reviewer.namespace, { do: 'create-namespace' }),
    existing(cluster.reviewer.state === 'present', 'ServiceAccount', `${reviewer.namespace}/${reviewer.name}`, {
      do: 'create-reviewer',
    }),
    existing(cluster.probe.state === 'present', 'ServiceAccount', `${reviewer.namespace}/${PROBE}`, {
      do: 'create-probe',
    }),
    existing(delegator !== undefined, 'ClusterRoleBinding', delegator?.name ?? cluster.delegatorName, {
      do: 'create-delegator',
      name: cluster.delegatorName,
    }),
    ...tokenSteps(survey),
    ...leftovers(survey),
  ];
}

function existing(there: boolean, kind: string, name: string, create: Action): Step {
  return there
    ? step({ op: 'keep', kind, name, reason: 'exists', action: none })
    : step({ op: 'create', kind, name, reason: 'does not exist', action: create });
}

/** Whether any reason to write the mount config exists: a write replaces the token too, so it needs a new one. */
export function configChanges(survey: Survey): boolean {
  return survey.hostChanges || survey.caChange !== 'none' || survey.config?.disableLocalCaJwt !== true;
}

/** Whether a reviewer token is minted in this plan. */
export function mintsToken(survey: Survey): boolean {
  return survey.token.need === 'renew' || configChanges(survey);
}

export function tokenSteps(survey: Survey): readonly Step[] {
  const { intent, hash, token } = survey;
  const { namespace, name } = intent.reviewer;
  if (!mintsToken(survey) && token.need === 'keep') {
    const anchor = `${namespace}/${anchorName(name, hash, token.record.slot)}`;
    return [
      step({
        op: 'keep',
        kind: 'reviewer token',
        name: anchor,
        reason: `valid until ${new Date(token.record.expiresAt).toISOString()}`,
        action: none,
      }),
    ];
  }
  const { slot, reuse } = nextSlot(survey.record, survey.facts.cluster.anchors);
  const anchor = `${namespace}/${anchorName(name, hash, slot)}`;
  const reason = token.need === 'renew' ? token.reason : 'a config write replaces the token as well';
  const first = survey.record === undefined;
  const fields = [
    { field: 'expires in', from: first ? 'unset' : 'replaced', to: `${intent.reviewerTokenTtlSeconds}s` },
  ];
  const mint = step({
    op: first ? 'create' : 'rotate',
    kind: 'reviewer token',
    name: anchor,
    reason,
    fields,
    action: { do: 'mint-reviewer-token', slot, reuse },
  });
  return [mint, ...retirement(survey, otherSlot(slot))];
}

/** The anchor of the token that is replaced. */
function retirement(survey: Survey, slot: 'a' | 'b'): readonly Step[] {
  if (survey.facts.cluster.anchors[slot].state !== 'present') return [];
  const { namespace, name } = survey.intent.reviewer;
  return [
    step({
      op: 'delete',
      kind: 'anchor',
      name: `${namespace}/${anchorName(name, survey.hash, slot)}`,
      reason: 'kills the replaced token once a login with the new one was seen',
      phase: 'after-proof',
      action: { do: 'delete-anchor', slot },
    }),
  ];
}

/** What an interrupted run left; never an anchor that Vault's token may hang on. */
export function leftovers(survey: Survey): readonly Step[] {
  const { anchors } = survey.facts.cluster;
  const { namespace, name } = survey.intent.reviewer;
  const found: Step[] = [];
  const remove = (slot: 'a' | 'b' | 'proof'): void => {
    const secret = `${namespace}/${anchorName(name, survey.hash, slot)}`;
    found.push(
      step({
        op: 'delete',
        kind: 'anchor',
        name: secret,
        reason: 'left by an interrupted run',
        phase: 'after-proof',
        action: { do: 'delete-anchor', slot },
      }),
    );
  };
  if (anchors.proof.state === 'present') remove('proof');
  if (!mintsToken(survey) && survey.token.need === 'keep') {
    const other = otherSlot(survey.token.record.slot);
    if (anchors[other].state === 'present') remove(other);
  }
  return found;
}
