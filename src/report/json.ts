import type { Problem } from '../binding/errors.js';
import type { CheckResult, ContractFinding } from '../checks/check.js';
import { causes } from './cause.js';
import { headline } from './headline.js';
import { type BootstrapReport, type Report, SCHEMA_VERSION, type StepReport } from './model.js';
import { failedChecks } from './outputs.js';

/** The report as JSON in a stable order of keys, as docs/report.schema.json says. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(document(report), null, 2)}\n`;
}

function document(report: Report): Record<string, unknown> {
  return {
    schemaVersion: SCHEMA_VERSION,
    version: report.version,
    mode: report.mode,
    verdict: report.verdict,
    headline: headline(report),
    env: report.env,
    cluster: report.cluster,
    clusterUid: report.clusterUid,
    kubernetesHost: report.kubernetesHost,
    mount: report.mount,
    vaultUrl: report.vaultUrl,
    vaultNamespace: report.vaultNamespace,
    vaultVersion: report.vaultVersion,
    reviewerTokenExpiresAt: report.reviewerTokenExpiresAt,
    reviewerTokenIssuedAt: report.reviewerTokenIssuedAt,
    loginsStopAt: time(report.logStopsAtMs),
    changed: report.changed,
    drift: report.drift,
    failedChecks: failedChecks(report),
    causes: causes(report).map((cause) => ({
      id: cause.id,
      seen: cause.seen,
      means: cause.means,
      next: cause.next,
      alike: cause.alike,
    })),
    planTitle: report.planTitle,
    steps: report.steps.map(stepOf),
    blockers: report.blockers.map(problemOf),
    errors: report.errors.map(problemOf),
    warnings: report.warnings.map(problemOf),
    checks: report.checks.map(checkOf),
    proofs: report.proofs,
    ...(report.fleet ? { fleet: { members: report.fleet.members, lines: report.fleet.lines } } : {}),
    grants: report.grants.map(({ identity, vaultPolicy, jwtRole, rbac }) => ({ identity, vaultPolicy, jwtRole, rbac })),
    ...(report.bootstrap ? { bootstrap: bootstrapOf(report.bootstrap) } : {}),
    startedAt: report.startedAt,
    durationMs: report.durationMs,
    waitedSeconds: report.waitedSeconds,
    run: report.run,
  };
}

function time(ms: number | undefined): string {
  return ms === undefined || Number.isNaN(new Date(ms).getTime()) ? '' : new Date(ms).toISOString();
}

function stepOf(step: StepReport): Record<string, unknown> {
  const { op, system, kind, name, state, reason, fields } = step;
  return { op, system, kind, name, state, reason, fields: fields.map(({ field, from, to }) => ({ field, from, to })) };
}

function problemOf({ code, message, hint }: Problem): Record<string, unknown> {
  return { code, message, hint };
}

/** `exitCode`, `signal` and `trace` are left out when there is none. */
function bootstrapOf({ command, fact }: BootstrapReport): Record<string, unknown> {
  if (!fact) return { command, state: 'not-reached' };
  const { exitCode, signal, limitSeconds, durationMs, trace } = fact;
  const { state, cluster, env, baseDomain, repoUrl, repoRef, gitSha, timestamp } = trace;
  const told = state === 'read' ? { cluster, env, baseDomain, repoUrl, repoRef, gitSha, timestamp } : {};
  return { command, state: fact.ended, exitCode, signal, limitSeconds, durationMs, trace: { state, ...told } };
}

/** `code`, `waitedSeconds` and `findings` are left out when there is nothing to say. */
function checkOf(check: CheckResult): Record<string, unknown> {
  const { id, category, description, severity, state, detail, hint, code, waitedSeconds } = check;
  const findings = check.findings?.map(findingOf);
  return { id, category, description, severity, state, detail, hint, code, waitedSeconds, findings };
}

function findingOf({ repo, file, line, seen, expected, edit }: ContractFinding): Record<string, unknown> {
  return { repo, file, line, seen, expected, edit };
}
