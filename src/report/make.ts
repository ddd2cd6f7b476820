import type { Problem } from '../binding/errors.js';
import type { TokenRecord } from '../binding/facts.js';
import { grantTexts } from '../binding/grant-text.js';
import { lifetimeWarnings } from '../binding/lifetime.js';
import { valueOf } from '../binding/observed.js';
import { drift, makePlan, planTitle, wantedPlan } from '../binding/plan.js';
import { PROBE } from '../binding/role.js';
import { changes, type Step, stepKey } from '../binding/step.js';
import type { Verdict } from '../checks/check.js';
import { decides } from '../checks/decide.js';
import { gitopsGrants } from '../checks/gitops-grants.js';
import { verdictOf } from '../checks/verdict.js';
import type { Context } from '../context.js';
import { MODES } from '../modes.js';
import type { Outcome } from '../run.js';
import { hiddenNames } from './hidden.js';
import type { Report, StepReport } from './model.js';
import { isUnread } from './unread.js';

/** Everything a run tells, from everything it came to know. */
export function makeReport({ intent, ports }: Context, outcome: Outcome, version: string): Report {
  const { survey, applied } = outcome;
  const health = valueOf(survey.facts.vault.health);
  const title = applied ?? { plan: outcome.plan, survey };
  return {
    version,
    mode: intent.mode,
    verdict: verdict(outcome, intent),
    env: intent.env,
    cluster: intent.cluster,
    mount: intent.mount,
    vaultUrl: intent.vault.url,
    vaultNamespace: intent.vault.namespace,
    vaultVersion: health?.version ?? '',
    kubernetesHost: survey.kubernetesHost,
    clusterUid: survey.uid,
    ...lifetime(survey.record),
    changed: (applied?.written.size ?? 0) > 0,
    drift: drifts(outcome),
    planTitle: planTitle(title.plan, title.survey),
    steps: stepReports(outcome),
    blockers: outcome.blockers,
    errors: outcome.errors,
    warnings: [...outcome.plan.warnings, ...mintWarnings(outcome)],
    checks: outcome.checks,
    grants: grants(outcome),
    proofs: proofs(outcome),
    ...bootstrapped(ports, outcome),
    waitedSeconds: outcome.waitedSeconds,
    startedAt: new Date(outcome.startedAt).toISOString(),
    durationMs: ports.clock.now() - outcome.startedAt,
    run: ports.run,
    hidden: hiddenNames(intent, [survey.kubernetesHost, survey.facts.cluster.server]),
  };
}

function lifetime(
  record: TokenRecord | undefined,
): Pick<Report, 'reviewerTokenExpiresAt' | 'reviewerTokenIssuedAt' | 'logStopsAtMs'> {
  if (!record) return { reviewerTokenExpiresAt: '', reviewerTokenIssuedAt: '' };
  return {
    reviewerTokenExpiresAt: new Date(record.expiresAt).toISOString(),
    reviewerTokenIssuedAt: new Date(record.issuedAt).toISOString(),
    logStopsAtMs: record.expiresAt,
  };
}

function bootstrapped({ bootstrap }: Context['ports'], { bootstrap: fact }: Outcome): Pick<Report, 'bootstrap'> {
  return bootstrap ? { bootstrap: { command: bootstrap.shown, ...(fact ? { fact } : {}) } } : {};
}

function grants({ survey, blockers }: Outcome): Report['grants'] {
  const { intent } = survey;
  const wanted = MODES[intent.mode].grants || blockers.some((entry) => entry.code === 'PERMISSION_MISSING');
  return wanted ? grantTexts(survey, gitopsGrants(intent)) : [];
}

function verdict(outcome: Outcome, intent: Context['intent']): Verdict {
  const stopped = [...outcome.blockers, ...outcome.errors];
  if (stopped.length > 0) return stopped.every(isUnread) ? 'unknown' : 'red';
  const found = verdictOf(outcome.checks, decides(intent));
  // A gate that says green over a difference bind would mend has not looked.
  return found === 'green' && MODES[intent.mode].driftIsRed && intent.checks.includes('binding') && drifts(outcome)
    ? 'red'
    : found;
}

function mintWarnings({ survey, applied }: Outcome): readonly Problem[] {
  const { intent, record } = survey;
  const minted = applied?.plan.steps.find((step) => step.action.do === 'mint-reviewer-token');
  if (!record || !minted || !applied?.reached.has(stepKey(minted))) return [];
  return lifetimeWarnings(intent, record, MODES[intent.mode].plan === 'rotate');
}

function drifts({ survey }: Outcome): boolean {
  return MODES[survey.intent.mode].plan !== 'unbind' && drift(makePlan(survey), survey).length > 0;
}

/** Done is what the next look no longer wants changed; the token's own proof is the login. */
function stepReports({ plan, applied, survey }: Outcome): readonly StepReport[] {
  const wanted = new Set(changes(wantedPlan(survey)).map(stepKey));
  return plan.steps.map((step) => ({
    op: step.op,
    system: step.system,
    kind: step.kind,
    name: step.name,
    reason: step.reason,
    fields: step.fields,
    state: stateOf(step, applied, wanted),
  }));
}

function stateOf(step: Step, applied: Outcome['applied'], wanted: ReadonlySet<string>): StepReport['state'] {
  if (step.op === 'keep') return 'kept';
  if (!applied) return 'planned';
  if (!applied.reached.has(stepKey(step))) return 'not-reached';
  if (step.action.do === 'mint-reviewer-token')
    return valueOf(applied.probe)?.outcome === 'accepted' ? 'done' : 'failed';
  return wanted.has(stepKey(step)) ? 'failed' : 'done';
}

function proofs({ survey, connection }: Outcome): readonly string[] {
  const { intent, facts } = survey;
  const said: string[] = [];
  const probe = valueOf(facts.liveLogin);
  if (probe?.outcome === 'accepted')
    said.push(`login as ${intent.reviewer.namespace}/${PROBE} through role ${PROBE}${revoked(probe.revoked)}`);
  const login = connection ? valueOf(connection.login) : undefined;
  if (login?.outcome === 'accepted' && connection?.missing?.length === 0) {
    said.push(
      `login as ${intent.connection.namespace}/${intent.connection.name} through role ${intent.connectionRole} with every capability vault-config-operator needs${revoked(login.revoked)}`,
    );
  }
  return said;
}

function revoked(gone: boolean): string {
  return gone ? '; its token is revoked' : '; its token could not be revoked and expires by itself';
}
