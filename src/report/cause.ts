import { CODES, type Code, type Problem } from '../binding/errors.js';
import type { CheckResult } from '../checks/check.js';
import type { Report } from './model.js';
import { failing, shadeOf } from './tally.js';

/** One reason why a run is not green, or one warning: what was seen, what it means, what to do. */
export interface Cause {
  readonly shade: 'red' | 'unknown' | 'warning';
  readonly seen: string;
  readonly means: string;
  readonly next: string;
  /** Check id or error code it is looked up by. */
  readonly id: string;
  readonly code?: Code;
  readonly waitedSeconds?: number;
}

/** Everything that keeps the verdict from being green, the most telling first. */
export function causes(report: Report): readonly Cause[] {
  const problems = [...report.errors, ...report.blockers].map((problem) => ofProblem(problem, 'red'));
  const known = new Set(problems.map((cause) => cause.next));
  // A check that says the same as the problem that stopped the run adds nothing.
  const checks = failing(report.checks).map(ofCheck);
  return [...problems, ...checks.filter((cause) => cause.next === '' || !known.has(cause.next))];
}

/** What the reader should know although it changes no verdict. */
export function warnings(report: Report): readonly Cause[] {
  const checks = report.checks.filter((check) => shadeOf(check) === 'warning');
  return [...report.warnings.map((problem) => ofProblem(problem, 'warning')), ...checks.map(ofCheck)];
}

function ofProblem(problem: Problem, shade: Cause['shade']): Cause {
  const { code, message, hint } = problem;
  return { shade, seen: message, means: CODES[code], next: hint, id: code, code };
}

function ofCheck(check: CheckResult): Cause {
  const shade = shadeOf(check);
  const code = check.code !== undefined && Object.hasOwn(CODES, check.code) ? (check.code as Code) : undefined;
  const cause: Cause = {
    shade: shade === 'warning' || shade === 'unknown' ? shade : 'red',
    seen: check.detail === '' ? `not so: ${check.description}` : check.detail,
    means: code === undefined ? `expected: ${check.description}` : CODES[code],
    next: check.hint,
    id: check.id,
  };
  const coded = code === undefined ? cause : { ...cause, code };
  return check.waitedSeconds === undefined ? coded : { ...coded, waitedSeconds: check.waitedSeconds };
}
