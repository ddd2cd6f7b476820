import { type Cause, causes, warnings } from './cause.js';
import { changeLines, changeTitle } from './change.js';
import { GLYPHS } from './checklist.js';
import { endedAt, headline, loginLine } from './headline.js';
import {
  byteLength,
  capped,
  code,
  details,
  fence,
  html,
  type Limit,
  more,
  prose,
  table,
  tableRow,
} from './markdown.js';
import type { Report } from './model.js';
import { causeText, sentence, smallPrint } from './summary.js';
import { shadeOf, tally, worstFirst } from './tally.js';

/** GitHub takes 65,536 characters. */
const MOST_BYTES = 60_000;
const CAUSES: Limit = { rows: 5, bytes: 14_000 };
const WARNINGS: Limit = { rows: 5, bytes: 6_000 };
const STEPS: Limit = { rows: 100, bytes: 10_000 };
const CHECKS: Limit = { rows: 150, bytes: 18_000 };
const CELL = 300;
const RUN_PAGE = /^https:\/\/[\w-]+(\.[\w-]+)+(:\d+)?\/[\w.-]+\/[\w.-]+\/actions\/runs\/\d+(\/attempts\/\d+)?$/;

/** The report short enough for a comment or an issue: verdict and next steps in the open, all else folded. */
export function digest(report: Report): string {
  const parts = [
    `### ${GLYPHS[report.verdict]} ${prose(headline(report), CELL)}`,
    `**${sentence(prose(loginLine(report, endedAt(report))))}** · ${runLink(report.run)}`,
    nextSteps(report),
    warned(report),
    changed(report),
    checked(report),
    smallPrint(report),
  ];
  return fitting(parts.filter((part) => part !== ''));
}

/** The page of the run, as a link where it certainly is one. */
export function runLink(run: string): string {
  return RUN_PAGE.test(run) ? `[the run](${run})` : `run ${code(run, CELL)}`;
}

/** Whole parts only: half a table or an open fence would swallow what follows. */
function fitting(parts: readonly string[]): string {
  const kept: string[] = [];
  let bytes = 0;
  for (const part of parts) {
    bytes += byteLength(part) + 2;
    if (bytes > MOST_BYTES) return [...kept, 'More is in the job summary.'].join('\n\n');
    kept.push(part);
  }
  return kept.join('\n\n');
}

function nextSteps(report: Report): string {
  const found = causes(report);
  if (report.verdict === 'green' || found.length === 0) return '';
  const { shown, left } = capped(found, CAUSES, (cause, index) => `${index + 1}. ${causeText(cause, report)}`);
  return ['#### Do this next\n', ...shown, ...(left === 0 ? [] : [`\n…${more(left)}`])].join('\n');
}

function warned(report: Report): string {
  const found = warnings(report);
  if (found.length === 0) return '';
  const { shown, left } = capped(found, WARNINGS, warningText);
  return details(
    `${GLYPHS.warning} ${found.length.toLocaleString('en-US')} ${found.length === 1 ? 'warning' : 'warnings'}`,
    [...shown, ...(left === 0 ? [] : [`- ${more(left)}`])].join('\n'),
  );
}

function warningText({ seen, next }: Cause): string {
  return `- ${prose(seen, CELL)}${next === '' ? '' : `<br>→ ${prose(next, CELL)}`}`;
}

function changed(report: Report): string {
  const steps = report.steps.filter((step) => step.op !== 'keep');
  if (steps.length === 0) return '';
  const { shown, left } = capped(
    changeLines(steps.slice(0, STEPS.rows)),
    { ...STEPS, rows: Number.POSITIVE_INFINITY },
    (line) => line,
  );
  const rest = more(left + Math.max(0, steps.length - STEPS.rows));
  return details(
    sentence(html(`${changeTitle(report)}: ${steps.length.toLocaleString('en-US')}`, CELL)),
    fence([...shown, ...(rest === '' ? [] : [`  ${rest}`])].join('\n'), 'diff'),
  );
}

function checked(report: Report): string {
  // Rows that no one has looked at say nothing.
  if (report.checks.every((check) => check.state === 'pending')) return '';
  const { shown, left } = capped(worstFirst(report.checks), CHECKS, (check) =>
    tableRow([
      GLYPHS[shadeOf(check)],
      `${prose(check.description, CELL)}<br>${code(check.id, CELL)}`,
      prose(check.detail === '' ? check.hint : check.detail, CELL),
    ]),
  );
  const rest = left === 0 ? [] : [tableRow(['', more(left), ''])];
  return details(`Checks: ${tally(report.checks)}`, table(['', 'check', 'what was seen'], [...shown, ...rest]));
}
