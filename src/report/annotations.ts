import { groupBy } from '../binding/group.js';
import type { FilePlace } from '../checks/check.js';
import { type Cause, causes, warnings } from './cause.js';
import { headline } from './headline.js';
import { logLine, oneLine } from './line.js';
import type { Report } from './model.js';

/** What GitHub pins to the run: plain text. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
  /** The line of a file that GitHub shows it beside. */
  readonly place?: FilePlace;
}

/** GitHub cuts at 4096. */
const MESSAGE = 4000;
const TOP = 3;
const WARNINGS = 2;
/** Says how a site is set up, the same on every run: the summary has it. */
const STANDING: readonly string[] = ['policy.isolation'];

/** What GitHub shows of one step, errors and warnings each. */
const SHOWN = 10;

/**
 * One error, or at most two warnings, and beside them the places that the contract found: a step has room for ten of
 * each, and the summary tells the rest.
 */
export function annotations(report: Report): readonly Annotation[] {
  const run = [...errorAnnotation(report), ...warningAnnotations(report)];
  return (['error', 'warning'] as const).flatMap((level) => {
    const told = run.filter((one) => one.level === level);
    return [...told, ...placed(report, level).slice(0, SHOWN - told.length)];
  });
}

/** What was found at one line is one annotation. */
function placed(report: Report, level: Annotation['level']): readonly Annotation[] {
  const found = report.checks
    .filter(({ severity }) => severity === level)
    .flatMap(({ id, findings = [] }) => findings.map((finding, rank) => ({ id, rank, ...finding })))
    // The first place of each row before the second of any: there is room for few.
    .toSorted((left, right) => left.rank - right.rank);
  const lines = groupBy(found, ({ file, line }) => `${file}:${line}`);
  return [...lines.values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const message = all.map(
      (one) => `${oneLine(one.seen)}; expected: ${oneLine(one.expected)}. Next: ${oneLine(one.edit)}`,
    );
    const title = logLine([...new Set(all.map(({ id }) => id))].join(', '), 200);
    return [{ level, title, message: cut(message.join('\n')), place: { file: first.file, line: first.line } }];
  });
}

function errorAnnotation(report: Report): readonly Annotation[] {
  if (report.verdict === 'green') return [];
  const found = causes(report);
  const lines = found.slice(0, TOP).map(causeLine);
  const left = found.length - lines.length;
  if (left > 0) lines.push(`and ${left.toLocaleString('en-US')} more, see the job summary`);
  return [
    { level: 'error', title: logLine(headline(report), 200), message: cut(lines.join('\n') || 'see the job summary') },
  ];
}

function warningAnnotations(report: Report): readonly Annotation[] {
  // Beside an error a warning only draws the eye away from it.
  if (report.verdict !== 'green') return [];
  const found = warnings(report).filter(({ id }) => !STANDING.includes(id));
  const shown = found.slice(0, found.length > WARNINGS ? WARNINGS - 1 : WARNINGS);
  const all = shown.map(
    (cause): Annotation => ({ level: 'warning', title: logLine(cause.id, 200), message: cut(causeLine(cause)) }),
  );
  const rest = found.slice(shown.length);
  if (rest.length === 0) return all;
  const message = rest.map((cause) => `${cause.id}: ${oneLine(cause.seen, 200)}`).join('\n');
  return [
    ...all,
    { level: 'warning', title: `${rest.length.toLocaleString('en-US')} more warnings`, message: cut(message) },
  ];
}

function causeLine(cause: Cause): string {
  const seen = `${cause.id}: ${oneLine(cause.seen)}`;
  return cause.next === '' ? seen : `${seen}. Next: ${oneLine(cause.next)}`;
}

function cut(message: string): string {
  const safe = message
    .split('\n')
    .map((line) => logLine(line, MESSAGE))
    .join('\n');
  return safe.length > MESSAGE ? `${safe.slice(0, MESSAGE - 1).toWellFormed()}…` : safe;
}
