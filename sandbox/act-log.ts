/** One job of a workflow, as the runner's log tells it. */
export interface JobRun {
  /** With the name of the calling job before a slash. */
  readonly name: string;
  readonly id: string;
  readonly matrix: Readonly<Record<string, unknown>>;
  /** A step that may fail does not make the job fail. */
  readonly result: 'success' | 'failure' | 'unfinished';
  readonly steps: readonly StepRun[];
  /** Every summary its steps left, in order. */
  readonly summary: string;
  /** What its steps printed. */
  readonly output: string;
  /** What its steps had masked, beside the secrets. */
  readonly masks: readonly string[];
}

export interface StepRun {
  readonly id: string;
  readonly stage: string;
  readonly result: string;
  readonly outputs: Readonly<Record<string, string>>;
}

interface Entry {
  readonly job?: string;
  readonly jobID?: string;
  readonly matrix?: Record<string, unknown> | null;
  readonly level?: string;
  readonly msg?: string;
  readonly stage?: string;
  readonly stepID?: readonly string[];
  readonly stepResult?: string;
  readonly raw_output?: boolean;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly jobResult?: string;
}

interface Draft {
  name: string;
  id: string;
  matrix: Record<string, unknown>;
  result: JobRun['result'];
  steps: Map<string, { id: string; stage: string; result: string; outputs: Record<string, string> }>;
  summary: string;
  output: string;
  masks: string[];
  erred: boolean;
}

function entries(log: string): readonly Entry[] {
  return log.split('\n').flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === 'object' && value !== null ? [value as Entry] : [];
    } catch {
      return [];
    }
  });
}

function take(draft: Draft, entry: Entry): void {
  const id = entry.stepID?.join('/') ?? '';
  if (id !== '') {
    const key = `${entry.stage} ${id}`;
    const step = draft.steps.get(key) ?? { id, stage: entry.stage ?? '', result: '', outputs: {} };
    draft.steps.set(key, step);
    if (entry.stepResult) step.result = entry.stepResult;
    if (entry.command === 'set-output') step.outputs[entry.name ?? ''] = entry.arg ?? '';
  }
  if (entry.command === 'summary') draft.summary += entry.content ?? '';
  if (entry.command === 'add-mask') draft.masks.push(entry.arg ?? '');
  if (entry.raw_output) draft.output += entry.msg ?? '';
  // An error is what made the job fail; the result itself is one for all jobs of a matrix.
  if (entry.level === 'error') draft.erred = true;
  if (entry.jobResult) draft.result = draft.erred ? 'failure' : 'success';
}

/** The jobs in a log of act's that was written with `--json`. */
export function readActLog(log: string): readonly JobRun[] {
  const drafts = new Map<string, Draft>();
  for (const entry of entries(log)) {
    if (entry.job === undefined || entry.jobID === undefined) continue;
    const name = entry.job.trim();
    const draft = drafts.get(name) ?? {
      name,
      id: entry.jobID,
      matrix: entry.matrix ?? {},
      result: 'unfinished',
      steps: new Map(),
      summary: '',
      output: '',
      masks: [],
      erred: false,
    };
    drafts.set(name, draft);
    take(draft, entry);
  }
  // A job that calls a workflow has no steps of its own.
  const made = [...drafts.values()].filter(({ steps }) => steps.size > 0);
  return made.map(({ erred: _, steps, ...job }) => ({ ...job, steps: [...steps.values()] }));
}
