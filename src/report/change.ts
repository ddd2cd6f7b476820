import type { StepOp } from '../binding/step.js';
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
/** `planned` and `done` are told by the heading when all steps share it. */
const STATES: Readonly<Record<StepReport['state'], string>> = {
  kept: '',
  planned: '',
  done: '',
  failed: 'FAILED',
  'not-reached': 'not reached',
};
const WIDEST = 72;

/** One line of a plan and its fields below it, as a diff; safe in a log and in a fenced block. */
export function changeLines(steps: readonly StepReport[]): readonly string[] {
  const subjects = steps.map((step) => logLine(`${step.kind} ${step.name}`, 400));
  const width = Math.min(WIDEST, Math.max(0, ...subjects.map((subject) => subject.length)));
  return steps.flatMap((step, index) => {
    const subject = (subjects[index] ?? '').padEnd(width);
    const ending = [STATES[step.state], logLine(step.reason, 400)].filter((text) => text !== '').join(': ');
    const fields = step.fields.map(
      (change) => `           ${logLine(`${change.field}: ${change.from} → ${change.to}`, 600)}`,
    );
    return [
      `${SIGNS[step.op]} ${step.op.padEnd(6)} ${subject}${ending === '' ? '' : `  # ${ending}`}`.trimEnd(),
      ...fields,
    ];
  });
}

/** What the list of steps is: done, still to do, or nothing. */
export function changeTitle(report: Report): string {
  const steps = report.steps.filter((step) => step.op !== 'keep');
  const title = report.planTitle === '' ? '' : ` (${oneLine(report.planTitle, 200)})`;
  if (steps.length === 0) return `nothing to change${title}`;
  const planned = steps.every((step) => step.state === 'planned');
  if (!planned) return `what changed${title}`;
  return `${report.mode === 'bind' ? 'what was planned and not done' : 'what bind would change'}${title}`;
}
