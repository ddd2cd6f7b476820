import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { watchArgv } from './runner/argv.ts';
import { openJob } from './runner/job.ts';
import { type Annotation, LogReader } from './runner/log.ts';
import { declaredInputs } from './runner/metadata.ts';

export type { Annotation } from './runner/log.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A signal for the action, once a line of its log matches, the time has passed since the start, or something else happened. */
export interface Interruption {
  signal: NodeJS.Signals;
  line?: RegExp;
  afterMs?: number;
  when?: Promise<unknown>;
}

export interface ActionRun {
  bundle: 'main' | 'post';
  /** By id; an undeclared one reaches the action too, as with the real runner. */
  inputs: Record<string, string>;
  /** Laid over the job's environment; nothing of this process's own is passed on save PATH. */
  env?: Record<string, string>;
  /** `state` of the main run, for `post`. */
  state?: Record<string, string>;
  /** The workspace. Default: an empty directory. */
  cwd?: string;
  /** `dir` of an earlier run: the same job, the same RUNNER_TEMP. */
  dir?: string;
  /** Values that the runner masks from the start, as it does for `secrets.*`. */
  secrets?: string[];
  interruptions?: Interruption[];
  /** SIGKILL after this time. Default: 120 s. */
  timeoutMs?: number;
  /** The action's directory, with `action.yml` and `dist/`. Default: this one. */
  action?: string;
}

export interface ActionResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Raw, mask registrations included. */
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams as the runner shows them: masked, without mask registrations. */
  readonly log: string;
  readonly outputs: Record<string, string>;
  readonly state: Record<string, string>;
  /** Written to `GITHUB_ENV`. */
  readonly exported: Record<string, string>;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  readonly groups: readonly string[];
  readonly masks: readonly string[];
  /** Workflow commands beyond masks, annotations, groups and debug. */
  readonly otherCommands: readonly string[];
  /** Command lines of the action and of what it started (Linux). */
  readonly argv: readonly string[];
  /** Every file left below RUNNER_TEMP, HOME and the default workspace, by path relative to `dir`. */
  readonly files: Record<string, string>;
  readonly dir: string;
  /** Removes `dir`; nothing else does, because `post` and a later look at the report need it. */
  remove(): void;
}

/** The node that `using: node24` means: the project's own, or the one that runs now if it is 24. */
export function node24(): string {
  if (process.versions.node.startsWith('24.')) return process.execPath;
  const packages = [`node-${process.platform}-${process.arch}`, 'node'];
  const own = packages.map((name) => join(ROOT, 'node_modules', name, 'bin', 'node')).find((path) => existsSync(path));
  if (own === undefined) throw new Error('no node 24 here: run `npm ci`');
  return own;
}

function inputEnv(action: string, inputs: Record<string, string>): Record<string, string> {
  const all = { ...declaredInputs(join(action, 'action.yml')), ...inputs };
  return Object.fromEntries(
    Object.entries(all).map(([id, value]) => [`INPUT_${id.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}

function arm(
  child: ChildProcess,
  interruptions: Interruption[],
): { see(line: string): void; timers: NodeJS.Timeout[] } {
  const pending = new Set(interruptions);
  const strike = (one: Interruption): void => {
    if (pending.delete(one)) child.kill(one.signal);
  };
  const timers = interruptions.flatMap((one) =>
    one.afterMs === undefined ? [] : [setTimeout(() => strike(one), one.afterMs)],
  );
  for (const one of interruptions) void one.when?.then(() => strike(one));
  const see = (line: string): void => {
    for (const one of pending) if (one.line?.test(line)) strike(one);
  };
  return { see, timers };
}

interface Streams {
  stdout: string;
  stderr: string;
}

function watch(child: ChildProcess, onLine: (line: string) => void): { streams: Streams; drained: Promise<unknown> } {
  const streams: Streams = { stdout: '', stderr: '' };
  const drained = (['stdout', 'stderr'] as const).map((name) => {
    const stream = child[name];
    if (stream === null) return null;
    stream.setEncoding('utf8').on('data', (text: string) => {
      streams[name] += text;
    });
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
    return new Promise((resolve) => lines.once('close', resolve));
  });
  return { streams, drained: Promise.all(drained) };
}

/** Runs `dist/main/index.js` or `dist/post/index.js` as the runner would, and reads everything that it leaves behind. */
export async function runAction(run: ActionRun): Promise<ActionResult> {
  const action = run.action ?? ROOT;
  const node = node24();
  const job = openJob(node, run.dir, run.cwd);
  const state = Object.fromEntries(Object.entries(run.state ?? {}).map(([name, value]) => [`STATE_${name}`, value]));
  const child = spawn(node, [join(action, 'dist', run.bundle, 'index.js')], {
    cwd: job.env['GITHUB_WORKSPACE'],
    env: { ...job.env, ...inputEnv(action, run.inputs), ...state, ...run.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const limit: Interruption = { signal: 'SIGKILL', afterMs: run.timeoutMs ?? 120_000 };
  const { see, timers } = arm(child, [...(run.interruptions ?? []), limit]);
  const reader = new LogReader(run.secrets);
  const { streams, drained } = watch(child, (line) => {
    reader.read(line);
    see(line);
  });
  const argv = watchArgv(child.pid ?? 0);
  try {
    const [end] = await Promise.all([ended, drained]);
    const { text, masks, annotations, groups, others } = reader.finish();
    const seen = { log: text, masks, annotations, groups, otherCommands: others, argv: argv() };
    return { ...end, ...streams, ...seen, ...job.collect(), files: job.leftovers(), dir: job.dir, remove: job.remove };
  } finally {
    argv();
    timers.forEach(clearTimeout);
  }
}
