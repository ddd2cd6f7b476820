import type { ModeName } from '../binding/intent.js';
import { formatAge, formatTime } from './age.js';
import type { FleetReport } from './fleet-table.js';
import { counted } from './line.js';
import type { Report, StepReport } from './model.js';
import { failing } from './tally.js';

/** What is said of a mode where it matters to the reader whether something was written. */
const UNTOUCHED: Readonly<Record<ModeName, string>> = {
  bind: ', nothing was written',
  plan: ', bind would write nothing',
  rotate: ', nothing was written',
  unbind: ', nothing was written',
  verify: '',
  fleet: '',
};

/** The command has written what it has written. */
const BOOTSTRAP: Readonly<Record<string, string>> = {
  BOOTSTRAP_FAILED: 'the bootstrap failed',
  BOOTSTRAP_TIMEOUT: 'the bootstrap did not end in time',
};

/** The verdict in one line with cluster, mount and Vault. */
export function headline(report: Report): string {
  return `${verdictLine(report)}${whereAbouts(report)}`;
}

/** The verdict and its reason, e.g. `red: 2 checks fail`. */
function verdictLine(report: Report): string {
  return `${report.verdict}: ${report.verdict === 'green' ? greenReason(report) : reason(report)}`;
}

function whereAbouts(report: Report): string {
  const namespace = report.vaultNamespace === '' ? '' : `, namespace ${report.vaultNamespace}`;
  const vault = report.vaultUrl === '' ? '' : `Vault ${report.vaultUrl}${namespace}`;
  const mount = report.mount === '' ? '' : `auth/${report.mount}`;
  // A green bind or verify has said already which cluster is bound to which mount.
  if (report.verdict === 'green' && report.mode !== 'plan' && mount !== '') return vault === '' ? '' : ` in ${vault}`;
  return [report.cluster === '' ? '' : `cluster ${report.cluster}`, mount, vault]
    .filter((part) => part !== '')
    .map((part) => ` · ${part}`)
    .join('');
}

function greenReason(report: Report): string {
  const bound = report.mount === '' ? 'all checks hold' : `cluster ${report.cluster} is bound to auth/${report.mount}`;
  if (report.fleet) return fleetReason(report.fleet);
  if (report.mode === 'unbind') return `cluster ${report.cluster} has no binding at auth/${report.mount} any more`;
  if (report.filesOnly) return 'the two repositories keep their contract';
  if (report.mode !== 'plan') return bound;
  const planned = changing(report.steps).length;
  if (report.steps.length === 0) return 'nothing stands in the way';
  return planned === 0 ? 'bind would change nothing' : `bind would make ${counted(planned, 'change')}`;
}

/** e.g. `12 clusters, one job each`; after the jobs what became of them. */
function fleetReason({ members, lines }: FleetReport): string {
  return lines
    ? `${counted(lines.length, 'cluster')} of the fleet`
    : `${counted(members.length, 'cluster')}, one job each`;
}

function reason(report: Report): string {
  const [error] = report.errors;
  const ran = BOOTSTRAP[error?.code ?? ''];
  if (ran !== undefined) return [ran, ...rowReasons(report)].join(', ');
  if (error) return `stopped by ${error.code}${written(report)}`;
  if (report.blockers.length > 0) return `${counted(report.blockers.length, 'blocker')}${written(report)}`;
  const parts = [
    ...rowReasons(report),
    ...(report.drift && failing(report.checks).length === 0 ? ['the binding has drifted'] : []),
  ];
  return parts.length === 0 ? 'no check says why, see the report' : parts.join(', ');
}

/** How many checks are not green, in words. */
function rowReasons(report: Report): readonly string[] {
  const rows = failing(report.checks);
  const red = rows.filter((check) => check.state === 'red').length;
  const unread = rows.length - red;
  return [
    red > 0 && `${counted(red, 'check')} ${red === 1 ? 'fails' : 'fail'}`,
    unread > 0 &&
      (red > 0
        ? `${unread.toLocaleString('en-US')} could not be read`
        : `${counted(unread, 'check')} could not be read`),
  ].filter((part) => part !== false);
}

/** How far a run got that did not end well. */
function written(report: Report): string {
  if (!report.changed) return report.bootstrap?.fact ? ' after the bootstrap began' : UNTOUCHED[report.mode];
  const steps = changing(report.steps);
  const done = steps.filter((step) => step.state === 'done').length;
  return `, ${done} of ${counted(steps.length, 'change')} made`;
}

function changing(steps: readonly StepReport[]): readonly StepReport[] {
  return steps.filter((step) => step.op !== 'keep');
}

/** When the run ended, Unix ms: what spans in a rendering are counted from unless told otherwise. */
export function endedAt(report: Report): number {
  const started = Date.parse(report.startedAt);
  return Number.isNaN(started) ? 0 : started + report.durationMs;
}

/** Nobody logs in through a mount config that has still to be written. */
function isUnbound(report: Report): boolean {
  return report.steps.some(
    ({ kind, op, state }) =>
      kind === 'mount config' && op === 'create' && (state === 'planned' || state === 'not-reached'),
  );
}

/** How long logins still work, e.g. `logins stop in 71 h (2026-03-01 04:05 UTC)`. */
export function loginLine(report: Report, now: number): string {
  const stops = report.logStopsAtMs;
  if (report.filesOnly) return 'only the files of the two repositories were looked at';
  const refused = report.checks.some((check) => check.id === 'login.proof' && check.state === 'red');
  if (stops === undefined) {
    if (refused) return 'logins fail now';
    if (report.mode === 'unbind' && report.verdict === 'green') return 'no login works any more';
    return isUnbound(report) ? 'no login works yet' : 'it is not known when logins stop';
  }
  const at = formatTime(stops);
  if (stops <= now) return `logins have stopped ${formatAge(now - stops)} ago (${at})`;
  const left = formatAge(stops - now);
  return refused
    ? `logins fail now; the last reviewer token lives another ${left} (${at})`
    : `logins stop in ${left} (${at})`;
}
