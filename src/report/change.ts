import type { StepOp } from '../binding/step.js';
import { MODES } from '../modes.js';
import { logLine, oneLine } from './line.js';
import type { Report, StepReport } from './model.js';

const SIGNS: Readonly<Record<StepOp, string>> = {
  create: '+',
  update: '~',
  rotate: '~',
  keep: '=',
  delete: '-',
  adopt: '!',
};
const INDENT = ' '.repeat(9);
const WIDEST = 64;
/** What a job summary shows without scrolling. */
const LINE = 100;

/** One line of a plan and its fields below it, as a diff; safe in a log and in a fenced block. */
export function changeLines(steps: readonly StepReport[]): readonly string[] {
  const subjects = steps.map((step) => logLine(`${step.kind} ${step.name}`, 400));
  const width = Math.min(WIDEST, Math.max(0, ...subjects.map((subject) => subject.length)));
  return steps.flatMap((step, index) => {
    const head = `${opening(step)} ${subjects[index] ?? ''}`;
    const why = logLine(step.reason, 400);
    const fields = step.fields.map((change) => logLine(`${change.field}: ${change.from} → ${change.to}`, 600));
    const line = `${head.padEnd(width + 9)}  # ${why}`;
    const lines = line.length <= LINE && why !== '' ? [line] : [head, ...(why === '' ? [] : [`${INDENT}# ${why}`])];
    return [...lines, ...fields.map((field) => `${INDENT}${field}`)];
  });
}

/** What was not done must not look as if it had been: it has no sign of its own. */
function opening(step: StepReport): string {
  if (step.state === 'failed') return `! FAILED to ${step.op}`;
  if (step.state === 'not-reached') return `  not reached: ${step.op}`;
  return `${SIGNS[step.op]} ${step.op.padEnd(6)}`;
}

/** What the list of steps is: done, still to do, or nothing. */
export function changeTitle(report: Report): string {
  const steps = report.steps.filter((step) => step.op !== 'keep');
  const title = report.planTitle === '' ? '' : ` (${oneLine(report.planTitle, 200)})`;
  if (steps.length === 0) return `nothing to change${title}`;
  const planned = steps.every((step) => step.state === 'planned');
  if (!planned) return `what changed${title}`;
  return `${MODES[report.mode].writes ? 'what was planned and not done' : 'what bind would change'}${title}`;
}
