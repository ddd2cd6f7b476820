import { act } from './act.js';
import { leaseName } from './binding/anchor.js';
import { BindError, type Problem, problemOf } from './binding/errors.js';
import type { LoginOutcome } from './binding/facts.js';
import { absent, type Observed } from './binding/observed.js';
import { modePlan, planningSurvey, planTitle } from './binding/plan.js';
import { type Action, changes, type Plan, type Step, stepKey } from './binding/step.js';
import { makeSurvey, type Survey } from './binding/survey.js';
import { runCanary } from './canary.js';
import type { Context } from './context.js';
import { Lock } from './lock.js';
import { MODES } from './modes.js';
import { observe } from './observe.js';
import {
  type ConnectionProof,
  explainConnection,
  explainProbe,
  patience,
  proveConnection,
  proveProbe,
} from './prove.js';
import { changeLines } from './report/change.js';
import { settle, throwIfAborted, until } from './retry.js';
import {
  type Hands,
  liveAnchor,
  recordLive,
  recordPending,
  removeShortLived,
  replayMinted,
  required,
} from './token.js';

/** What became of a plan. `reached` are the steps that were begun; what is done is for the next look to say. */
export interface Applied {
  readonly survey: Survey;
  readonly plan: Plan;
  readonly reached: ReadonlySet<string>;
  /** Steps whose write was answered with success, or with nothing that says it was refused. */
  readonly written: ReadonlySet<string>;
  readonly probe: Observed<LoginOutcome>;
  readonly connection: ConnectionProof | undefined;
  /** What stopped it; empty when every step was taken. */
  readonly failures: readonly Problem[];
}

/**
 * Makes the namespace when it has to, takes the lock, looks and plans again under it, and applies that plan: cluster,
 * replay, Vault, proof, and only then the removal of what the new token replaces.
 */
export async function applyPlan(
  context: Context,
  first: Survey,
  firstPlan: Plan,
  recheck: (survey: Survey, plan: Plan) => Promise<readonly Problem[]>,
): Promise<Applied> {
  const { ports, intent } = context;
  const reached = new Set<string>();
  const written = new Set<string>();
  let applied: Applied = {
    survey: first,
    plan: firstPlan,
    reached,
    written,
    probe: absent,
    connection: undefined,
    failures: [],
  };
  let lock: Lock | undefined;
  try {
    await makeNamespace(context, firstPlan, { reached, written });
    lock = await Lock.take(ports, intent.reviewer.namespace, intent.access && leaseName(first.hash));
    applied = await planAgain(context, applied);
    const blockers = [...applied.plan.blockers, ...(await recheck(applied.survey, applied.plan))];
    if (blockers[0]) throw new BindError(blockers[0], blockers.slice(1));
    ports.log.group(planTitle(applied.plan, applied.survey), planLines(applied.plan));
    return await applyUnderLock(
      context,
      { lock, survey: applied.survey, reached, written, makes: makes(applied.plan) },
      applied,
    );
  } catch (thrown) {
    return { ...applied, failures: thrown instanceof BindError ? thrown.problems : [problemOf(thrown)] };
  } finally {
    await lock?.release();
  }
}

/** The look that counts is the one under the lock; a namespace made to hold the lock stays in the plan as made. */
async function planAgain({ intent, materials, ports }: Context, before: Applied): Promise<Applied> {
  const survey = planningSurvey(makeSurvey(intent, materials, await observe(intent, materials, ports)));
  const plan = modePlan(survey);
  const made = before.plan.steps.filter((step) => before.reached.has(stepKey(step)));
  const steps = plan.steps.map((step) => made.find((other) => stepKey(other) === stepKey(step)) ?? step);
  return { ...before, survey, plan: { ...plan, steps } };
}

function makes(plan: Plan): readonly string[] {
  return plan.steps.filter(({ op, kind }) => op === 'create' && kind === 'role').map(stepKey);
}

function planLines(plan: Plan): readonly string[] {
  return changeLines(plan.steps.map((step) => ({ ...step, state: step.op === 'keep' ? 'kept' : 'planned' })));
}

async function makeNamespace({ ports, intent }: Context, plan: Plan, noted: Noted): Promise<void> {
  const step = plan.steps.find((entry) => entry.action.do === 'create-namespace');
  if (!step) return;
  const { namespace } = intent.reviewer;
  await noting(noted, step, () => ports.cluster.createNamespace(namespace));
  await until(
    ports,
    30,
    () => ports.cluster.rootCa(namespace),
    (found) => found.state === 'present',
  );
  if (intent.connection.namespace === namespace && intent.connection.name === 'default') {
    await until(
      ports,
      10,
      () => ports.cluster.serviceAccount(namespace, 'default'),
      (found) => found.state === 'present',
    );
  }
}

async function applyUnderLock(context: Context, hands: Hands, applied: Applied): Promise<Applied> {
  const { plan, survey } = applied;
  const run = (match: (action: Action) => boolean): Promise<void> => perform(context, hands, plan, match);
  if (MODES[context.intent.mode].plan === 'unbind') {
    // Disarmed first; the cluster's own objects last, for a repeat goes by what they remember.
    for (const phase of ['cluster', 'vault', 'after-proof'] as const)
      await perform(context, hands, { ...plan, steps: plan.steps.filter((step) => step.phase === phase) }, () => true);
    return applied;
  }
  try {
    await run(({ do: verb }) => verb === 'create-reviewer' || verb === 'create-probe' || verb === 'create-delegator');
    await run(({ do: verb }) => verb === 'mint-reviewer-token' || verb === 'mark-reviewer');
    await replayMinted(context, hands);
    const canary = plan.canary !== null;
    await settle([
      ...(canary ? [] : [recordPending(context, hands)]),
      run(({ do: verb }) => verb === 'write-policy' || verb === 'enable-mount' || verb === 'describe-mount'),
    ]);
    if (canary) {
      await runCanary(context, survey, hands.lock, required(hands.minted).token, required(hands.probeToken));
      // Only now: what the canary refuses never reaches the live mount, whose record has to stay as it is.
      await recordPending(context, hands);
    }
    await run(({ do: verb }) => verb === 'write-config' || verb === 'write-role');
    const { problem, ...proofs } = await proveAll(context, hands);
    if (problem) return { ...applied, ...proofs, failures: [problem] };
    // Whoever has the Lease by now knows better which token is live.
    await hands.lock.check();
    await settle([
      recordLive(context, hands),
      run((action) => action.do === 'delete-anchor' || action.do === 'remove-canary'),
    ]);
    return { ...applied, ...proofs };
  } finally {
    await removeShortLived(context, hands);
  }
}

type Noted = Pick<Hands, 'reached' | 'written'>;

/** What was refused in so many words is not written; all else may be. */
async function noting({ reached, written }: Noted, step: Step, write: () => Promise<void>): Promise<void> {
  reached.add(stepKey(step));
  try {
    await write();
    written.add(stepKey(step));
  } catch (thrown) {
    const { code } = problemOf(thrown);
    if (code !== 'CLUSTER_FORBIDDEN' && code !== 'VAULT_FORBIDDEN') written.add(stepKey(step));
    throw thrown;
  }
}

async function perform(context: Context, hands: Hands, plan: Plan, match: (action: Action) => boolean): Promise<void> {
  const steps = changes(plan).filter((step) => match(step.action));
  if (steps.length === 0) return;
  // What was proved is brought to its end, which takes a moment; nothing else is begun.
  if (steps.some(({ phase }) => phase !== 'after-proof')) throwIfAborted(context.ports);
  await hands.lock.check();
  await settle(steps.map((step) => noting(hands, step, () => act(context, hands, step.action))));
}

interface Proofs {
  readonly probe: Observed<LoginOutcome>;
  readonly connection: ConnectionProof | undefined;
  readonly problem: Problem | undefined;
}

async function proveAll(context: Context, hands: Hands): Promise<Proofs> {
  const { survey } = hands;
  const anchored = hands.proofAnchor ?? liveAnchor(survey);
  const fresh = survey.config === undefined || survey.hostChanges || survey.caChange !== 'none';
  const limit = patience(survey, fresh || survey.record?.state === 'pending');
  const [probe, connection] = await Promise.all([
    proveProbe(context, survey, anchored, hands.probeToken, limit),
    MODES[context.intent.mode].provesConnection ? proveConnection(context, survey, anchored, limit) : undefined,
  ]);
  if (!probe.problem && !connection?.problem) return { probe: probe.login, connection, problem: undefined };
  // Why a login fails is told from what is there now, and not from what was there before the writes.
  const { intent, materials, ports } = context;
  const seen = makeSurvey(intent, materials, await observe(intent, materials, ports, probe.login));
  return {
    probe: probe.login,
    connection: connection && explainConnection(seen, connection, hands.minted !== undefined),
    problem: explainProbe(seen, probe, hands.minted !== undefined).problem,
  };
}
