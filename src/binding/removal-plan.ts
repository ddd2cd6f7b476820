import { anchorName, bindingKeys, otherRecords, readMade } from './anchor.js';
import { type Problem, problem } from './errors.js';
import { type Mark, readMark, removeMark } from './mark.js';
import { valueOf } from './observed.js';
import { mountPolicyName } from './policy.js';
import { PROBE } from './role.js';
import type { Action, FieldChange, Step, StepOp } from './step.js';
import { stepKey } from './step.js';
import type { Survey } from './survey.js';
import { leftoverCanary } from './vault-plan.js';

const none: Action = { do: 'none' };

function line(
  system: Step['system'],
  op: StepOp,
  kind: string,
  name: string,
  reason: string,
  action: Action,
  fields: readonly FieldChange[] = [],
): Step {
  // Reviewer and binding go last: until the mount is gone they are what a failed unbind is repeated from.
  const phase = system === 'vault' ? 'vault' : kind === 'anchor' ? 'cluster' : 'after-proof';
  return { system, phase, op, kind, name, reason, fields, action };
}

/** What takes the binding away: first what could be used, then what Vault holds, last what the cluster holds. */
export function removalSteps(survey: Survey): readonly Step[] {
  return [...anchorSteps(survey), ...vaultSteps(survey), ...clusterSteps(survey)];
}

/** Whose mount it is decides: a late teardown must not take away what a recreated or another cluster lives on. */
export function removalBlockers(survey: Survey): readonly Problem[] {
  const { intent, facts, uid } = survey;
  const mark = readMark(valueOf(facts.vault.mount)?.description ?? '');
  if (mark && mark.uid !== uid) {
    const given =
      intent.clusterUid === undefined
        ? `this is ${intent.cluster} (kube-system ${uid || 'unknown'})`
        : `cluster-uid is ${uid}`;
    return [
      problem(
        'MOUNT_FOREIGN',
        `auth/${intent.mount} belongs to cluster ${mark.cluster} (kube-system ${mark.uid}), and ${given}`,
        'Leave it: unbind takes away only what its own cluster was given. For a mount of this cluster, check mount and vault-namespace.',
      ),
    ];
  }
  const users = valueOf(facts.dependants) ?? [];
  if (users.length === 0 || !isOurs(survey)) return [];
  const named = users.slice(0, 5).join(', ');
  return [
    problem(
      'MOUNT_IN_USE',
      `${users.length} resources of vault-config-operator log in through auth/${intent.mount} and hold a finalizer (${named}${users.length > 5 ? ', …' : ''}): without the mount they would hang in Terminating`,
      'Delete them while their operator can still log in (delete Application vault-config), or delete the cluster and run unbind with cluster-uid.',
    ),
  ];
}

function isOurs({ ownership }: Survey): boolean {
  return ownership.kind === 'ours';
}

function anchorSteps(survey: Survey): readonly Step[] {
  const { anchors } = survey.facts.cluster;
  const { namespace, name } = survey.intent.reviewer;
  return (['a', 'b', 'proof'] as const)
    .filter((slot) => anchors[slot].state === 'present')
    .map((slot) => {
      const secret = `${namespace}/${anchorName(name, survey.hash, slot)}`;
      return line('cluster', 'delete', 'anchor', secret, 'disarms Vault: the token bound to it dies within seconds', {
        do: 'delete-anchor',
        slot,
      });
    });
}

function vaultSteps(survey: Survey): readonly Step[] {
  const { intent, facts, ownership } = survey;
  const path = `auth/${intent.mount}`;
  const canary = leftoverCanary(survey);
  const found = valueOf(facts.vault.mount);
  const steps: Step[] = [];
  if (canary)
    steps.push(
      line('vault', 'delete', 'canary mount', `auth/${canary}`, 'left by an interrupted run', { do: 'remove-canary' }),
    );
  if (found && ownership.kind === 'ours' && ownership.origin === 'created')
    steps.push(
      line('vault', 'delete', 'mount', path, 'bind made it; config and roles go with it', { do: 'disable-mount' }),
    );
  else if (found && ownership.kind === 'ours') steps.push(...givenBack(survey, found.description));
  else if (found) steps.push(line('vault', 'keep', 'mount', path, 'it carries no mark of this cluster', none));
  if (isOurs(survey) || !found) steps.push(...policySteps(survey));
  if (facts.vault.basePolicy.state === 'present')
    steps.push(line('vault', 'keep', 'policy', intent.connectionPolicy, 'other mounts may use it', none));
  return steps;
}

function policySteps({ intent, facts }: Survey): readonly Step[] {
  if (intent.connectionPolicyScope === 'shared' || facts.vault.mountPolicy.state !== 'present') return [];
  const name = mountPolicyName(intent);
  return [line('vault', 'delete', 'policy', name, 'serves this mount alone', { do: 'remove-policy', name })];
}

/** An adopted mount stays, without what bind added to it. */
function givenBack(survey: Survey, description: string): readonly Step[] {
  const { intent, facts, hash } = survey;
  const path = `auth/${intent.mount}`;
  const made = readMade(valueOf(facts.cluster.reviewer)?.annotations ?? {}, hash);
  const roles: Step[] = [];
  const role = (name: string, state: string, isOwn: boolean): void => {
    if (state !== 'present') return;
    const full = `${path}/role/${name}`;
    const own = isOwn || made.includes(stepKey({ kind: 'role', name: full }));
    roles.push(
      own
        ? line('vault', 'delete', 'role', full, 'bind made it', { do: 'remove-role', role: name })
        : line('vault', 'keep', 'role', full, 'it was there before bind', none),
    );
  };
  role(intent.connectionRole, facts.vault.connectionRole.state, false);
  role(PROBE, facts.vault.probeRole.state, true);
  const fields = [{ field: 'mark', from: markText(readMark(description)), to: 'none' }];
  return [
    ...roles,
    line(
      'vault',
      'keep',
      'mount config',
      `${path}/config`,
      'adopted: write a reviewer token before it is used again',
      none,
    ),
    line(
      'vault',
      'update',
      'mount',
      path,
      'adopted, so it is given back',
      { do: 'describe-mount', description: removeMark(description) },
      fields,
    ),
  ];
}

function markText(mark: Mark | undefined): string {
  return mark ? `${mark.cluster} ${mark.uid}` : 'none';
}

function clusterSteps(survey: Survey): readonly Step[] {
  const { intent, facts, hash } = survey;
  const { namespace, name } = intent.reviewer;
  const { reviewer, probe, delegator } = facts.cluster;
  const found = valueOf(reviewer);
  const others = otherRecords(found?.annotations ?? {}, hash);
  const account = `${namespace}/${name}`;
  const shared = others > 0 ? `${others} other mounts use it` : undefined;
  const steps: Step[] = [];
  const binding = valueOf(delegator);
  const keepOrDelete = (kind: string, what: string, isManaged: boolean, action: Action): void => {
    const why = shared ?? (isManaged ? undefined : 'it was there before bind');
    steps.push(
      why === undefined
        ? line('cluster', 'delete', kind, what, 'bind made it', action)
        : line('cluster', 'keep', kind, what, why, none),
    );
  };
  if (binding)
    keepOrDelete('ClusterRoleBinding', binding.name, binding.managed, { do: 'remove-delegator', name: binding.name });
  const probing = valueOf(probe);
  if (probing)
    keepOrDelete('ServiceAccount', `${namespace}/${PROBE}`, probing.managed, {
      do: 'remove-service-account',
      name: PROBE,
    });
  if (!found) return steps;
  if (shared === undefined && found.managed) {
    keepOrDelete('ServiceAccount', account, true, { do: 'remove-service-account', name });
    return steps;
  }
  const noted = bindingKeys(hash).some((key) => key in found.annotations);
  const why = shared ?? 'it was there before bind';
  steps.push(
    noted
      ? line('cluster', 'update', 'ServiceAccount', account, `${why}; what it remembers of this mount goes`, {
          do: 'forget',
        })
      : line('cluster', 'keep', 'ServiceAccount', account, why, none),
  );
  return steps;
}
