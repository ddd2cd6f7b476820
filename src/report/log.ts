import type { CheckResult, ContractFinding } from '../checks/check.js';
import { formatAge } from './age.js';
import { bootstrapLines } from './bootstrap.js';
import { causes, warnings } from './cause.js';
import { changeLines, changeTitle } from './change.js';
import { fleetLog } from './fleet-table.js';
import { endedAt, headline, loginLine } from './headline.js';
import { logLine } from './line.js';
import { more } from './markdown.js';
import type { Report } from './model.js';
import { byCategory, shadeOf, tally, worstFirst } from './tally.js';

const FINDINGS = 100;

/** Lines that belong together, for a fold in the log. */
export interface LogGroup {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Plan, checks by category, proofs: each a group; what closes a run is `closingLines`, outside any fold. */
export function logGroups(report: Report): readonly LogGroup[] {
  const plan = { title: logLine(changeTitle(report)), lines: changeLines(report.steps) };
  const checks = [...byCategory(report.checks)].map(([category, rows]) => ({
    title: `${category} checks: ${tally(rows)}`,
    lines: worstFirst(rows).flatMap(checkLines),
  }));
  const proofs = { title: 'proven', lines: report.proofs.map((proof) => `  ${logLine(proof)}`) };
  const fleet = { title: 'fleet', lines: report.fleet ? fleetLog(report.fleet).map((line) => logLine(line)) : [] };
  const bootstrap = { title: 'bootstrap', lines: bootstrapLines(report).map((line) => `  ${logLine(line)}`) };
  return [fleet, plan, bootstrap, ...checks, proofs].filter((group) => group.lines.length > 0);
}

/** What must be seen without opening anything: causes, warnings, how long logins work, the verdict last. */
export function closingLines(report: Report, now: number = endedAt(report)): readonly string[] {
  const told = [...(report.verdict === 'green' ? [] : causes(report)), ...warnings(report)];
  return [
    ...told.flatMap((cause) => {
      const first = `${cause.shade.padEnd(8)} ${logLine(`${cause.id}: ${cause.seen}`, 2000)}`;
      return cause.next === '' ? [first] : [first, `         next: ${logLine(cause.next, 2000)}`];
    }),
    ...(report.fleet ? [] : [logLine(loginLine(report, now))]),
    logLine(headline(report)),
  ];
}

/** The whole report as plain lines, none of which a runner takes for a command. */
export function logLines(report: Report, now: number = endedAt(report)): readonly string[] {
  return [...logGroups(report).flatMap((group) => [group.title, ...group.lines]), ...closingLines(report, now)];
}

function checkLines(check: CheckResult): readonly string[] {
  const detail = check.detail === '' ? '' : ` (${check.detail})`;
  const line = `  ${shadeOf(check).padEnd(8)} ${logLine(`${check.id}: ${check.description}${detail}${waited(check)}`, 2000)}`;
  const { findings = [] } = check;
  if (findings.length > 0) return [line, ...findingLines(findings)];
  const hinted = check.hint !== '' && ['red', 'unknown', 'warning'].includes(shadeOf(check));
  return hinted ? [line, `           next: ${logLine(check.hint, 2000)}`] : [line];
}

/** Each place with what is there, what belongs there and what to do; a log is searched, so that most are told. */
function findingLines(findings: readonly ContractFinding[]): readonly string[] {
  const lines = findings
    .slice(0, FINDINGS)
    .flatMap(({ file, line, seen, expected, edit }) => [
      `           ${logLine(`${file}:${line}: ${seen}; expected: ${expected}`, 2000)}`,
      `             next: ${logLine(edit, 2000)}`,
    ]);
  return findings.length > FINDINGS ? [...lines, `           ${more(findings.length - FINDINGS)}`] : lines;
}

function waited(check: CheckResult): string {
  return check.waitedSeconds === undefined ? '' : `, not green for ${formatAge(check.waitedSeconds * 1000)}`;
}

/** One line when a row changed while waiting, e.g. `red -> green vco.resources`; undefined when it did not. */
export function progressLine(before: CheckResult | undefined, after: CheckResult): string | undefined {
  if (before?.state === after.state && before.detail === after.detail) return undefined;
  const change =
    before === undefined || before.state === after.state ? after.state : `${before.state} -> ${after.state}`;
  const detail = after.detail === '' ? '' : ` (${after.detail})`;
  return logLine(`${change} ${after.id}: ${after.description}${detail}`, 2000);
}

/** One line for each row that changed, in the order of the rows. */
export function progressLines(before: readonly CheckResult[], after: readonly CheckResult[]): readonly string[] {
  const earlier = new Map(before.map((check) => [check.id, check]));
  return after.map((check) => progressLine(earlier.get(check.id), check)).filter((line) => line !== undefined);
}
