import { canaryMount } from './anchor.js';
import { type Problem, problem } from './errors.js';
import { hostnameOf, isSharedHost } from './host.js';
import { valueOf } from './observed.js';
import type { Survey } from './survey.js';
import { canaryReason, leftoverCanary } from './vault-plan.js';

/** What forbids writing to this mount: its type, its neighbours, its owner, or no way to prove a change first. */
export function mountBlockers(survey: Survey): readonly Problem[] {
  const { intent, facts } = survey;
  const path = `auth/${intent.mount}`;
  const mount = valueOf(facts.vault.mount);
  if (mount && mount.type !== 'kubernetes') {
    return [
      problem(
        'MOUNT_TYPE',
        `${path} is an auth method of type ${mount.type}`,
        'Choose another mount, or disable that auth method if nobody logs in with it.',
      ),
    ];
  }
  const nested = nestedMount(intent.mount, Object.keys(valueOf(facts.vault.mounts) ?? {}));
  if (nested)
    return [
      problem(
        'MOUNT_NESTED',
        `${path} and auth/${nested} would contain each other`,
        'Choose a mount whose path neither contains nor is contained in another one.',
      ),
    ];
  const notOurs = ownerBlockers(survey);
  return notOurs.length > 0 ? notOurs : [...canaryPathBlockers(survey), ...canaryBlockers(survey)];
}

function ownerBlockers({ intent, ownership, uid: seen, kubernetesHost }: Survey): readonly Problem[] {
  const path = `auth/${intent.mount}`;
  if (ownership.kind === 'foreign') {
    const uid = seen || 'unknown';
    const shared = isSharedHost(kubernetesHost, intent.vault.url)
      ? `; ${hostnameOf(kubernetesHost)} is a name many clusters share`
      : '';
    return [
      problem(
        'MOUNT_FOREIGN',
        `${path} belongs to ${ownership.owner}, this is cluster ${intent.cluster} (kube-system ${uid}) at ${kubernetesHost}: ${ownership.why}${shared}`,
        'Give this cluster a mount of its own, or set allow-rebind: true to cut the other one off.',
      ),
    ];
  }
  if (ownership.kind === 'unknown') {
    return [
      problem(
        'MOUNT_FOREIGN',
        `whose ${path} is cannot be told: ${ownership.why}`,
        "Run where the API server can be reached, or set allow-rebind: true when you know that the mount is this cluster's.",
      ),
    ];
  }
  return [];
}

/** The canary is disabled before and after its use: whatever else lives at its path must never be taken for it. */
function canaryPathBlockers(survey: Survey): readonly Problem[] {
  const name = canaryMount(survey.intent.mount);
  if (canaryReason(survey) === null || valueOf(survey.facts.vault.mounts)?.[name] === undefined) return [];
  if (leftoverCanary(survey) !== undefined) return [];
  return [
    problem(
      'CANARY_FAILED',
      `auth/${name}, where host and CA would be proved first, is an auth method that is not ours`,
      'Move that auth method to another path; prove-on-canary: never does without the proof.',
    ),
  ];
}

function nestedMount(mount: string, others: readonly string[]): string | undefined {
  return others.find((other) => other !== mount && (other.startsWith(`${mount}/`) || mount.startsWith(`${other}/`)));
}

function canaryBlockers(survey: Survey): readonly Problem[] {
  const dial = valueOf(survey.facts.desiredDial);
  if (dial?.outcome !== 'unreachable' || !survey.config || canaryReason(survey)) return [];
  if (!survey.hostChanges && survey.caChange === 'none') return [];
  return [
    problem(
      'CANARY_FAILED',
      `${survey.kubernetesHost} cannot be dialled from here (${dial.reason}), and prove-on-canary is never`,
      'Set prove-on-canary to auto.',
    ),
  ];
}
