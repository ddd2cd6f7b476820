import { cleanName } from '../binding/name.js';
import type { Verdict } from '../checks/check.js';
import type { FleetMember } from '../contract/fleet.js';
import { formatAge, formatTime } from './age.js';
import { GLYPHS } from './checklist.js';
import { counted } from './line.js';
import { capped, code, type Limit, more, prose, table, tableRow } from './markdown.js';

/** One cluster of a fleet as its job reported it. */
export interface FleetLine {
  readonly cluster: string;
  readonly env: string;
  readonly mount: string;
  /** `missing`: its job left no report. */
  readonly verdict: Verdict | 'missing';
  readonly mode: string;
  /** RFC 3339, empty when not known; as the next one. */
  readonly expiresAt: string;
  readonly rotatedAt: string;
  readonly drift: boolean;
  /** The first reason why it is not green. */
  readonly cause: string;
  readonly run: string;
}

/** What a fleet run tells beside its rows. */
export interface FleetReport {
  readonly members: readonly FleetMember[];
  /** Worst first; absent while there are no reports to look at. */
  readonly lines?: readonly FleetLine[];
}

const LINES: Limit = { rows: 1000, bytes: 400_000 };
const ORDER: readonly FleetLine['verdict'][] = ['red', 'missing', 'unknown', 'green'];
const CAUSE = 300;

/** One line for each member, from the newest report of it, the worst first and then the one whose logins stop next. */
export function fleetLines(members: readonly FleetMember[], reports: readonly unknown[]): readonly FleetLine[] {
  const newest = new Map<string, Readonly<Record<string, unknown>>>();
  for (const report of reports.filter(isReport)) {
    const key = keyOf(text(report, 'cluster'), text(report, 'mount'));
    const held = newest.get(key);
    if (!held || text(held, 'startedAt') <= text(report, 'startedAt')) newest.set(key, report);
  }
  const lines = members.map((member) => lineOf(member, newest.get(keyOf(member.cluster, member.mount))));
  return lines.toSorted(
    (left, right) =>
      ORDER.indexOf(left.verdict) - ORDER.indexOf(right.verdict) ||
      (left.expiresAt || '9').localeCompare(right.expiresAt || '9') ||
      left.cluster.localeCompare(right.cluster),
  );
}

function keyOf(cluster: string, mount: string): string {
  return `${cluster}\n${mount}`;
}

function isReport(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && 'schemaVersion' in value && 'verdict' in value;
}

function text(report: Readonly<Record<string, unknown>>, key: string): string {
  const value = report[key];
  return typeof value === 'string' ? cleanName(value) : '';
}

function lineOf(member: FleetMember, report: Readonly<Record<string, unknown>> | undefined): FleetLine {
  const { cluster, env, mount } = member;
  if (!report) {
    const cause = 'no report: its job did not start, was cancelled, or died before it could write one';
    return {
      cluster,
      env,
      mount,
      verdict: 'missing',
      mode: '',
      expiresAt: '',
      rotatedAt: '',
      drift: false,
      cause,
      run: '',
    };
  }
  const verdict = text(report, 'verdict');
  return {
    cluster,
    env,
    mount,
    verdict: verdict === 'green' || verdict === 'red' ? verdict : 'unknown',
    mode: text(report, 'mode'),
    expiresAt: text(report, 'reviewerTokenExpiresAt'),
    rotatedAt: text(report, 'reviewerTokenIssuedAt'),
    drift: report['drift'] === true,
    cause: verdict === 'green' ? '' : causeOf(report),
    run: text(report, 'run'),
  };
}

function causeOf(report: Readonly<Record<string, unknown>>): string {
  const [first] = Array.isArray(report['causes']) ? (report['causes'] as unknown[]) : [];
  if (typeof first !== 'object' || first === null) return text(report, 'headline');
  const cause = first as Readonly<Record<string, unknown>>;
  return [text(cause, 'id'), text(cause, 'seen')].filter((part) => part !== '').join(': ');
}

/** The fleet in one table; before there are reports, how many jobs it makes. */
export function fleetSection(fleet: FleetReport, now: number): string {
  const { members, lines } = fleet;
  if (!lines) return members.length === 0 ? '' : `### ${counted(members.length, 'cluster')}, one job each`;
  const { shown, left } = capped(lines, LINES, (line) => rowOf(line, now));
  const rest = left === 0 ? [] : [tableRow([more(left), '', '', '', ''])];
  const head = ['cluster', 'mount', 'logins', 'last rotation', 'cause'];
  return [`### Fleet: ${counts(lines)}`, table(head, [...shown, ...rest])].join('\n\n');
}

/** e.g. `1 red, 2 missing, 37 green`. */
function counts(lines: readonly FleetLine[]): string {
  return ORDER.map((verdict) => [lines.filter((line) => line.verdict === verdict).length, verdict] as const)
    .filter(([amount]) => amount > 0)
    .map(([amount, verdict]) => `${amount.toLocaleString('en-US')} ${verdict}`)
    .join(', ');
}

function rowOf(line: FleetLine, now: number): string {
  const glyph = GLYPHS[line.verdict === 'missing' ? 'unknown' : line.verdict];
  const drift = line.drift ? '<br>drift' : '';
  return tableRow([
    `${glyph}&nbsp;${code(line.cluster)}<br>${line.verdict}${line.env === line.cluster ? '' : `, env ${code(line.env)}`}`,
    `${code(line.mount)}${drift}`,
    expiry(line.expiresAt, now),
    rotation(line.rotatedAt, now),
    line.cause === '' ? '' : prose(line.cause, CAUSE),
  ]);
}

function expiry(at: string, now: number): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) return 'not known';
  return time <= now ? `stopped ${formatAge(now - time)} ago` : `stop in ${formatAge(time - now)}`;
}

function rotation(at: string, now: number): string {
  const time = Date.parse(at);
  return Number.isNaN(time) ? 'not known' : `${formatAge(now - time)} ago<br>${formatTime(time)}`;
}

/** The fleet as lines of a log, the worst first. */
export function fleetLog(fleet: FleetReport): readonly string[] {
  const { members, lines } = fleet;
  if (!lines) return members.map(({ cluster, env, mount }) => `  ${cluster} (env ${env}): auth/${mount}`);
  return lines.map(
    ({ cluster, mount, verdict, expiresAt, cause }) =>
      `  ${verdict.padEnd(8)} ${cluster} auth/${mount}, logins until ${expiresAt || 'not known'}${cause === '' ? '' : `: ${cause}`}`,
  );
}
