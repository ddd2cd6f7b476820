import type { CheckResult, ContractFinding } from '../checks/check.js';
import { formatAge } from './age.js';
import { capped, code, details, htmlCode, type Limit, more, prose, table, tableRow } from './markdown.js';
import { byCategory, type Shade, shadeOf, tally, worstFirst } from './tally.js';

export const GLYPHS: Readonly<Record<Shade, string>> = {
  red: '🔴',
  unknown: '🟠',
  warning: '🟡',
  pending: '⚪',
  skipped: '⚪',
  green: '🟢',
};
const FAILING: Limit = { rows: 200, bytes: 90_000 };
const FOLDED: Limit = { rows: 200, bytes: 20_000 };
const NAMED = 6;
const CELL = 400;

const FINDINGS = 6;
const PIECE = 240;

/** The checks by category: what is not green in the open, the rest folded with its count. */
export function checklist(checks: readonly CheckResult[]): string {
  if (checks.length === 0) return '';
  const categories = [...byCategory(checks)].map(([category, rows]) => section(category, rows));
  return [`### Checks: ${tally(checks)}`, ...categories].join('\n\n');
}

function section(category: string, checks: readonly CheckResult[]): string {
  const rows = worstFirst(checks);
  const open = rows.filter((check) => ['red', 'unknown', 'warning'].includes(shadeOf(check)));
  const folded = (['pending', 'skipped', 'green'] as const).map((shade) =>
    fold(
      shade,
      rows.filter((check) => shadeOf(check) === shade),
    ),
  );
  return [`#### ${category}`, failingTable(open), ...folded].filter((part) => part !== '').join('\n\n');
}

function failingTable(rows: readonly CheckResult[]): string {
  if (rows.length === 0) return '';
  const { shown, left } = capped(rows, FAILING, failingRow);
  const rest = left === 0 ? [] : [tableRow(['', more(left), ''])];
  return table(['', 'check', 'what was seen → next'], [...shown, ...rest]);
}

function failingRow(check: CheckResult): string {
  const shade = shadeOf(check);
  const waited = check.waitedSeconds === undefined ? '' : ` (for ${formatAge(check.waitedSeconds * 1000)})`;
  return tableRow([
    `${GLYPHS[shade]}&nbsp;${shade}`,
    `${prose(check.description, CELL)}<br>${code(check.id, CELL)}`,
    (check.findings ? findings(check.findings) : seen(check, waited)).filter((part) => part !== '').join('<br>'),
  ]);
}

function seen(check: CheckResult, waited: string): readonly string[] {
  return [`${prose(check.detail, CELL)}${waited}`, check.hint === '' ? '' : `→ ${prose(check.hint, CELL)}`];
}

/** The first places with what is there, what belongs there and what to do. */
function findings(all: readonly ContractFinding[]): readonly string[] {
  const told = all
    .slice(0, FINDINGS)
    .flatMap(({ file, line, ...finding }) => [
      `${code(`${file}:${line}`, PIECE)}: ${prose(finding.seen, PIECE)}; expected: ${prose(finding.expected, PIECE)}`,
      `→ ${prose(finding.edit, PIECE)}`,
    ]);
  return [...told, more(all.length - Math.min(all.length, FINDINGS))];
}

function fold(shade: 'pending' | 'skipped' | 'green', rows: readonly CheckResult[]): string {
  if (rows.length === 0) return '';
  const { shown, left } = capped(rows, FOLDED, foldedRow);
  const rest = left === 0 ? [] : [tableRow([more(left), ''])];
  const summary = `${GLYPHS[shade]} ${rows.length.toLocaleString('en-US')} ${shade}${named(shade, rows)}`;
  return details(summary, table(['check', 'what was seen'], [...shown, ...rest]));
}

/** Green speaks for itself; what was not looked at is named even while it is folded. */
function named(shade: Shade, rows: readonly CheckResult[]): string {
  if (shade === 'green') return '';
  const ids = rows.slice(0, NAMED).map((check) => htmlCode(check.id, 100));
  const left = rows.length - ids.length;
  return `: ${ids.join(', ')}${left > 0 ? ` and ${left.toLocaleString('en-US')} more` : ''}`;
}

function foldedRow(check: CheckResult): string {
  const found = check.detail === '' ? check.hint : check.detail;
  return tableRow([`${prose(check.description, CELL)}<br>${code(check.id, CELL)}`, prose(found, CELL)]);
}
