import { CODES, type Code, type Problem } from '../binding/errors.js';
import { groupBy } from '../binding/group.js';
import type { CheckResult } from '../checks/check.js';
import type { Report } from './model.js';
import { failing, shadeOf } from './tally.js';

/** One reason why a run is not green, or one warning: what was seen, what it means, what to do. */
export interface Cause {
  readonly shade: 'red' | 'unknown' | 'warning';
  readonly seen: string;
  /** `means: …` of a code, else `expected: …`. */
  readonly means: string;
  readonly next: string;
  /** Check id or error code it is looked up by. */
  readonly id: string;
  readonly code?: Code;
  readonly waitedSeconds?: number;
  /** Ids of further checks that the same next step repairs. */
  readonly alike: readonly string[];
}

/** Everything that keeps the verdict from being green, the most telling first. */
export function causes(report: Report): readonly Cause[] {
  const shade = report.verdict === 'unknown' ? 'unknown' : 'red';
  const problems = [...report.errors, ...report.blockers].map((problem) => ofProblem(problem, shade));
  return joined([...problems, ...failing(report.checks).map(ofCheck)]);
}

/** One entry for each next step: twelve rows that one command repairs are one thing to do. */
function joined(all: readonly Cause[]): readonly Cause[] {
  const groups = groupBy(all, (cause) => (cause.next === '' ? cause : cause.next));
  return [...groups.values()].flatMap((group) => {
    const problems = group.filter((cause) => cause.id === cause.code);
    const shown = problems.length > 0 ? problems : group.slice(0, 1);
    const alike = group.filter((cause) => !shown.includes(cause)).map((cause) => cause.id);
    return shown.map((cause, index) => (index === 0 ? { ...cause, alike } : cause));
  });
}

/** What the reader should know although it changes no verdict. */
export function warnings(report: Report): readonly Cause[] {
  const checks = report.checks.filter((check) => shadeOf(check) === 'warning');
  return [...report.warnings.map((problem) => ofProblem(problem, 'warning')), ...checks.map(ofCheck)];
}

function ofProblem(problem: Problem, shade: Cause['shade']): Cause {
  const { code, message, hint } = problem;
  return { shade, seen: message, means: `means: ${CODES[code]}`, next: hint, id: code, code, alike: [] };
}

function ofCheck(check: CheckResult): Cause {
  const shade = shadeOf(check);
  const code = check.code !== undefined && Object.hasOwn(CODES, check.code) ? (check.code as Code) : undefined;
  const cause: Cause = {
    shade: shade === 'warning' || shade === 'unknown' ? shade : 'red',
    seen: check.detail === '' ? `not so: ${check.description}` : check.detail,
    means: code === undefined ? `expected: ${check.description}` : `means: ${CODES[code]}`,
    next: check.hint,
    id: check.id,
    alike: [],
  };
  const coded = code === undefined ? cause : { ...cause, code };
  return check.waitedSeconds === undefined ? coded : { ...coded, waitedSeconds: check.waitedSeconds };
}
