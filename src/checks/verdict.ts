import type { CheckResult, Verdict } from './check.js';

/**
 * The verdict of the checks that decide: any red error is red; else anything unread is unknown; else green. Warnings
 * never change it; what was skipped by name is shown and does not count.
 */
export function verdictOf(checks: readonly CheckResult[], decides: (check: CheckResult) => boolean): Verdict {
  const deciding = checks.filter((check) => check.severity === 'error' && decides(check));
  if (deciding.some((check) => check.state === 'red')) return 'red';
  return deciding.some((check) => check.state === 'unknown') ? 'unknown' : 'green';
}

/** Ids of the deciding checks that are not green. */
export function failedChecks(
  checks: readonly CheckResult[],
  decides: (check: CheckResult) => boolean,
): readonly CheckResult[] {
  return checks.filter(
    (check) => check.severity === 'error' && decides(check) && (check.state === 'red' || check.state === 'unknown'),
  );
}
