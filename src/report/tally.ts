import { groupBy } from '../binding/group.js';
import type { CheckResult } from '../checks/check.js';

/** How a row is shown: its state, with a warning that is not green told apart from what decides the verdict. */
export type Shade = 'red' | 'unknown' | 'warning' | 'pending' | 'skipped' | 'green';

const ORDER: readonly Shade[] = ['red', 'unknown', 'warning', 'pending', 'skipped', 'green'];

export function shadeOf(check: CheckResult): Shade {
  const fails = check.state === 'red' || check.state === 'unknown';
  return fails && check.severity === 'warning' ? 'warning' : check.state;
}

/** Rows that keep the verdict from being green. */
export function failing(checks: readonly CheckResult[]): readonly CheckResult[] {
  return worstFirst(checks).filter((check) => shadeOf(check) === 'red' || shadeOf(check) === 'unknown');
}

/** Red first, then unknown, warnings, pending, skipped and green; else in the order of the table of checks. */
export function worstFirst(checks: readonly CheckResult[]): readonly CheckResult[] {
  return checks.toSorted((left, right) => ORDER.indexOf(shadeOf(left)) - ORDER.indexOf(shadeOf(right)));
}

/** e.g. `2 red, 1 unknown, 17 green`; shades without a row are left out. */
export function tally(checks: readonly CheckResult[]): string {
  const counts = ORDER.map((shade) => [checks.filter((check) => shadeOf(check) === shade).length, shade] as const);
  const told = counts.filter(([amount]) => amount > 0);
  return told.map(([amount, shade]) => `${amount.toLocaleString('en-US')} ${shade}`).join(', ');
}

/** Rows by category, in the order in which categories first appear. */
export function byCategory(checks: readonly CheckResult[]): ReadonlyMap<string, readonly CheckResult[]> {
  return groupBy(checks, (check) => check.category);
}
