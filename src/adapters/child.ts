import { type ChildProcess, spawn } from 'node:child_process';
import type { BootstrapFact } from '../binding/bootstrap.js';

/** From asking a command to end until it is made to; a cancelled job has 7.5 s. */
const GRACE_MS = 5000;
/** How long a pipe that some grandchild holds open is still read. */
const DRAIN_MS = 1000;

export interface ChildOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
}

export type ChildEnd = Pick<BootstrapFact, 'ended' | 'exitCode' | 'signal'>;

/**
 * Runs a program in a process group of its own and ends the whole group with it: when its time is up, when the run is
 * cancelled, and what it leaves behind. `@actions/exec` cannot: it gives no process to end, tells no signal, adds our
 * environment to an empty one, and holds a line without an end in memory as a whole.
 */
export function runChild(file: string, args: readonly string[], options: ChildOptions): Promise<ChildEnd> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      const { cwd, env } = options;
      child = spawn(file, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    } catch {
      resolve({ ended: 'not-started' });
      return;
    }
    child.stdout?.on('data', options.stdout);
    child.stderr?.on('data', options.stderr);
    child.once('error', () => resolve({ ended: 'not-started' }));
    if (child.pid === undefined) return;
    const group = new Group(child.pid);
    const asked = limited(group, options);
    const finish = async (code: number | null, name: NodeJS.Signals | null): Promise<void> => {
      await drained(child);
      group.kill();
      resolve(endOf(asked.release(), code, name));
    };
    child.once('exit', (code, name) => void finish(code, name));
  });
}

function endOf(stopped: 'timed-out' | 'cancelled' | undefined, code: number | null, name: string | null): ChildEnd {
  if (stopped) return { ended: stopped };
  return name === null ? { ended: 'exited', exitCode: code ?? 0 } : { ended: 'killed', signal: name };
}

/** A process group, which outlives its leader as long as it has members. */
class Group {
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
    // A run that is made to end at once must not leave it behind.
    process.once('exit', this.#kill);
  }

  ask(): void {
    this.#send('SIGTERM');
  }

  kill(): void {
    process.off('exit', this.#kill);
    this.#kill();
  }

  readonly #kill = (): void => this.#send('SIGKILL');

  #send(name: NodeJS.Signals): void {
    try {
      process.kill(-this.#id, name);
    } catch {
      // All of it has ended.
    }
  }
}

/** Ends the group when the time is up or the run is cancelled; `release` tells which of the two it was, if any. */
function limited(
  group: Group,
  { limitMs, signal }: ChildOptions,
): { release(): 'timed-out' | 'cancelled' | undefined } {
  let why: 'timed-out' | 'cancelled' | undefined;
  let last: NodeJS.Timeout | undefined;
  const stop = (reason: 'timed-out' | 'cancelled'): void => {
    if (why !== undefined) return;
    why = reason;
    group.ask();
    last = setTimeout(() => group.kill(), GRACE_MS);
  };
  const cancel = (): void => stop('cancelled');
  const timer = setTimeout(() => stop('timed-out'), limitMs);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return {
    release: () => {
      clearTimeout(timer);
      clearTimeout(last);
      signal.removeEventListener('abort', cancel);
      return why;
    },
  };
}

function drained(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve();
    }, DRAIN_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
