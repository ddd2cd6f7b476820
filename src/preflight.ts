import { type Problem, problem } from './binding/errors.js';
import type { Grant, PathGrant } from './binding/facts.js';
import { absent, type Observed, present, valueOf } from './binding/observed.js';
import { planPaths } from './binding/path-permission.js';
import { BIND_DELEGATOR, DELEGATED, describeGrant, describeGrants, planGrants } from './binding/permission.js';
import { missingCapabilities } from './binding/policy.js';
import type { Plan } from './binding/step.js';
import type { Survey } from './binding/survey.js';
import type { Context } from './context.js';

/** What the two identities lack for this plan. */
export interface Preflight {
  /** What the cluster was asked about. */
  readonly asked: ReadonlySet<string>;
  readonly grants: Observed<readonly Grant[]>;
  readonly paths: Observed<readonly PathGrant[]>;
  readonly blockers: readonly Problem[];
}

/** Asks both systems for everything the plan needs, so that all that is missing is named at once. */
export async function preflight(
  { ports, intent }: Context,
  survey: Survey,
  plan: Plan,
  before?: Preflight,
): Promise<Preflight> {
  const paths = missingPaths(survey, plan);
  // Whoever cannot even say which cluster this is cannot be asked what it may do.
  if (
    survey.facts.cluster.identity.state === 'unreadable' &&
    survey.facts.cluster.identity.problem.code !== 'CLUSTER_FORBIDDEN'
  ) {
    const { identity: grants } = survey.facts.cluster;
    return { asked: new Set(), grants, paths, blockers: pathBlockers(intent.vault.url, paths) };
  }
  const needed = planGrants(plan, survey);
  const questions = needed.includes(BIND_DELEGATOR) ? [...needed, ...DELEGATED] : needed;
  // Rights that were confirmed a moment ago, before the lock was taken, are not asked about again.
  const known = before?.grants.state === 'present' && before.grants.value.length === 0 ? before.asked : new Set();
  const answer = await ports.cluster.missingGrants(questions.filter((grant) => !known.has(describeGrant(grant))));
  const grants = answer.state === 'present' ? present(withoutEscalation(answer.value)) : answer;
  const asked = new Set(questions.map(describeGrant));
  return { asked, grants, paths, blockers: [...grantBlockers(grants), ...pathBlockers(intent.vault.url, paths)] };
}

/** Whoever holds both rights of system:auth-delegator may bind it without the verb `bind`, and the other way round. */
function withoutEscalation(missing: readonly Grant[]): readonly Grant[] {
  const named = new Set(missing.map(describeGrant));
  const holdsBoth = DELEGATED.every((grant) => !named.has(describeGrant(grant)));
  const helpers = new Set(DELEGATED.map(describeGrant));
  return missing.filter(
    (grant) =>
      !helpers.has(describeGrant(grant)) && !(holdsBoth && describeGrant(grant) === describeGrant(BIND_DELEGATOR)),
  );
}

function missingPaths(survey: Survey, plan: Plan): Observed<readonly PathGrant[]> {
  const { capabilities } = survey.facts.vault;
  if (capabilities.state !== 'present') return capabilities.state === 'absent' ? absent : capabilities;
  return present(missingCapabilities(planPaths(plan, survey), capabilities.value));
}

function grantBlockers(grants: Observed<readonly Grant[]>): readonly Problem[] {
  if (grants.state === 'unreadable') return [grants.problem];
  const missing = valueOf(grants) ?? [];
  if (missing.length === 0) return [];
  return [
    problem(
      'PERMISSION_MISSING',
      `the cluster credentials lack: ${describeGrants(missing)}`,
      'Apply the RBAC that mode: plan prints for this identity.',
    ),
  ];
}

function pathBlockers(url: string, paths: Observed<readonly PathGrant[]>): readonly Problem[] {
  const missing = valueOf(paths) ?? [];
  if (missing.length === 0) return [];
  const named = missing.map((grant) => `${grant.path} [${grant.capabilities.join(', ')}]`).join('; ');
  return [
    problem(
      'PERMISSION_MISSING',
      `the Vault token at ${url} lacks: ${named}`,
      'Write the Vault policy that mode: plan prints for this identity.',
    ),
  ];
}

/** A refused read is the same news as the missing permission behind it; said once, by permission. */
export function mergeBlockers(plan: readonly Problem[], asked: readonly Problem[]): readonly Problem[] {
  const cluster = asked.some((entry) => entry.code === 'PERMISSION_MISSING' && entry.message.startsWith('the cluster'));
  const vault = asked.some((entry) => entry.code === 'PERMISSION_MISSING' && entry.message.startsWith('the Vault'));
  const rest = plan.filter(
    (entry) => !(cluster && entry.code === 'CLUSTER_FORBIDDEN') && !(vault && entry.code === 'VAULT_FORBIDDEN'),
  );
  const seen = new Set(rest.map((entry) => `${entry.code} ${entry.message}`));
  return [...rest, ...asked.filter((entry) => !seen.has(`${entry.code} ${entry.message}`))];
}
