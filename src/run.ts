import { type Applied, applyPlan } from './apply.js';
import { leaseName } from './binding/anchor.js';
import type { BootstrapFact } from './binding/bootstrap.js';
import { type Problem, problem, problemOf } from './binding/errors.js';
import type { GitopsFacts } from './binding/facts.js';
import { modePlan, planningSurvey, wantedPlan } from './binding/plan.js';
import { changes, type Plan, stepKey } from './binding/step.js';
import { makeSurvey, type Survey } from './binding/survey.js';
import { bootstrap } from './bootstrap.js';
import type { CheckResult } from './checks/check.js';
import { decidesAll } from './checks/decide.js';
import { gitopsChecks, gitopsPending } from './checks/gitops.js';
import { bindingChecks } from './checks/table.js';
import type { Context } from './context.js';
import { Lock } from './lock.js';
import { MODES } from './modes.js';
import { observe } from './observe.js';
import { observeGitops } from './observe-gitops.js';
import { mergeBlockers, type Preflight, preflight } from './preflight.js';
import { type ConnectionProof, patience, proveConnection } from './prove.js';
import { makeReport } from './report/make.js';
import type { Report } from './report/model.js';
import { repositoryChecks } from './repositories.js';
import { liveAnchor } from './token.js';
import { waitForGreen } from './wait.js';

/** Everything one run came to know; the report is made from it. */
export interface Outcome {
  readonly survey: Survey;
  readonly plan: Plan;
  readonly blockers: readonly Problem[];
  readonly preflight: Preflight;
  readonly applied: Applied | undefined;
  readonly connection: ConnectionProof | undefined;
  /** Absent when there is no such command, or it was not reached. */
  readonly bootstrap?: BootstrapFact;
  readonly checks: readonly CheckResult[];
  readonly errors: readonly Problem[];
  readonly startedAt: number;
  readonly waitedSeconds: number;
}

/** observe -> plan -> apply -> prove -> check -> report; modes differ only in the columns of MODES. */
export async function run(context: Context, version: string): Promise<Report> {
  const { intent, ports, materials } = context;
  const startedAt = ports.clock.now();
  const mode = MODES[intent.mode];
  const survey = makeSurvey(intent, materials, await observe(intent, materials, ports));
  const planned = planningSurvey(survey);
  const plan = modePlan(planned);
  const asked = await preflight(context, planned, plan);
  const blockers = mode.blocks ? mergeBlockers(plan.blockers, asked.blockers) : [];
  const begun: Outcome = {
    survey,
    plan,
    blockers,
    preflight: asked,
    applied: undefined,
    connection: undefined,
    checks: [],
    errors: [],
    startedAt,
    waitedSeconds: 0,
  };
  const acted = mode.writes && blockers.length === 0 ? await act(context, begun) : begun;
  const started = await bootstrap(context, acted);
  const checked =
    mode.checks === 'none' ? { ...started, checks: contractOf(context, started) } : await checkAll(context, started);
  return makeReport(context, checked, version);
}

async function act(context: Context, begun: Outcome): Promise<Outcome> {
  const { plan } = begun;
  const survey = planningSurvey(begun.survey);
  if (changes(plan).length === 0) {
    const { access, mode, reviewer } = context.intent;
    await Lock.clear(context.ports, reviewer.namespace, access && leaseName(survey.hash));
    if (!MODES[mode].provesConnection) return begun;
    return {
      ...begun,
      connection: await proveConnection(context, survey, liveAnchor(survey), patience(survey, false)),
    };
  }
  const recheck = async (seen: Survey, made: Plan): Promise<readonly Problem[]> =>
    (await preflight(context, seen, made, begun.preflight)).blockers;
  const applied = await applyPlan(context, survey, plan, recheck);
  return { ...begun, plan: applied.plan, applied, connection: applied.connection, errors: applied.failures };
}

/** Judges from a look that is younger than every write. */
async function checkAll(context: Context, outcome: Outcome): Promise<Outcome> {
  const { intent, ports } = context;
  try {
    const looked = outcome.applied || outcome.bootstrap ? await lookAgain(context, outcome) : outcome.survey;
    const first = { ...outcome, survey: looked, errors: [...outcome.errors, ...unverified(outcome, looked)] };
    if (MODES[intent.mode].checks === 'absence') return first;
    const gitops = looksAtGitops(context) ? await observeGitops(intent, ports.cluster) : undefined;
    const checks = judge(context, first, gitops);
    if (intent.waitSeconds === 0 || outcome.blockers.length > 0 || first.errors.length > 0) return { ...first, checks };
    return await waitForGreen(context, { ...first, checks }, async () => {
      const again = {
        ...first,
        survey: makeSurvey(intent, context.materials, await observe(intent, context.materials, ports)),
      };
      return { ...again, checks: judge(context, again, await observeGitops(intent, ports.cluster)) };
    });
  } catch (thrown) {
    return { ...outcome, errors: [...outcome.errors, problemOf(thrown)] };
  }
}

/** A write that was answered with success and is still wanted by the next look did not happen. */
function unverified({ applied }: Outcome, looked: Survey): readonly Problem[] {
  if (!applied || applied.failures.length > 0) return [];
  const wanted = changes(wantedPlan(looked)).filter((step) => applied.reached.has(stepKey(step)));
  if (wanted.length === 0) return [];
  const named = wanted.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  return [
    problem(
      'WRITE_UNVERIFIED',
      `accepted, and not there when looked for: ${named}`,
      'Run bind again; when it stays so, look for what undoes it: the audit logs name every writer.',
    ),
  ];
}

/** A login that was proved before the bootstrap says nothing about now. */
async function lookAgain({ intent, materials, ports }: Context, outcome: Outcome): Promise<Survey> {
  const proved = outcome.bootstrap ? undefined : outcome.applied?.probe;
  return makeSurvey(intent, materials, await observe(intent, materials, ports, proved));
}

function looksAtGitops({ intent }: Context): boolean {
  return intent.checks.includes('gitops') && decidesAll(intent);
}

/** The contract is read from files: it is the same at every look. */
function contractOf({ intent, ports }: Context, { survey }: Outcome): readonly CheckResult[] {
  return repositoryChecks(intent, ports.repositories, survey.kubernetesHost);
}

function judge(context: Context, outcome: Outcome, gitops: GitopsFacts | undefined): readonly CheckResult[] {
  const { intent, ports } = context;
  const view = {
    mode: intent.mode,
    survey: outcome.survey,
    missingGrants: outcome.preflight.grants,
    missingPaths: outcome.preflight.paths,
    connection: outcome.connection,
  };
  const binding = intent.checks.includes('binding') ? bindingChecks(view, intent.skipChecks) : [];
  const found = [...contractOf(context, outcome), ...binding];
  if (!intent.checks.includes('gitops')) return found;
  return [
    ...found,
    ...(gitops ? gitopsChecks(gitops, intent, ports.clock.now(), outcome.survey) : gitopsPending(intent)),
  ];
}
