import { type Cause, causes, warnings } from './cause.js';
import { headline } from './headline.js';
import { logLine, oneLine } from './line.js';
import type { Report } from './model.js';

/** What GitHub pins to the run: plain text. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
}

/** GitHub cuts at 4096. */
const MESSAGE = 4000;
const TOP = 3;
const WARNINGS = 2;
/** Says how a site is set up, the same on every run: the summary has it. */
const STANDING: readonly string[] = ['policy.isolation'];

/** One error, or at most two warnings: a run has room for few, and the summary tells the rest. */
export function annotations(report: Report): readonly Annotation[] {
  return [...errorAnnotation(report), ...warningAnnotations(report)];
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
