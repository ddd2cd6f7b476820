import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A server process that never outlives this one. */
export interface Daemon {
  readonly name: string;
  readonly logFile: string;
  /** Set once it ended. */
  readonly exitCode: number | null;
  readonly exited: Promise<void>;
  /** The last lines of its log, for an error message. */
  logTail(): string;
  /** Ends it by SIGKILL, or with `gracefully` by SIGTERM and after 5 s by SIGKILL; resolves when it is gone. */
  stop(gracefully?: boolean): Promise<void>;
}

export interface DaemonOptions {
  logFile: string;
  cwd?: string;
  /** The whole environment of the child. Default: PATH and HOME. */
  env?: Record<string, string>;
}

// The shell holds a pipe from us. When we die, by whatever cause, the pipe ends and the shell kills its process group.
// It ends only after the server, so that ports are free again once it is gone; USR1 is how it is told to use SIGKILL.
const GUARD = `exec 3<&0
trap 'kill -s TERM $child' TERM
trap 'kill -s KILL $child' USR1
"$@" </dev/null 3<&- & child=$!
( read -r _ <&3; kill -s KILL -- -$$ ) & guard=$!
wait $child; code=$?
while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
kill -s KILL $guard 2>/dev/null
exit $code`;

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/** Starts `command` in a process group of its own, with both output streams in `logFile`. */
export function startDaemon(name: string, command: string, args: string[], options: DaemonOptions): Daemon {
  const log = openSync(options.logFile, 'a');
  const env = options.env ?? { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const child = spawn('/bin/sh', ['-c', GUARD, name, command, ...args], {
    detached: true,
    stdio: ['pipe', log, log],
    env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  // The server must not keep a finished test or demo from ending.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  child.stdin?.on('error', () => {});
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return {
    name,
    logFile: options.logFile,
    get exitCode() {
      return child.exitCode ?? (child.signalCode === null ? null : -1);
    },
    exited,
    logTail: () => readFileSync(options.logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n'),
    stop: (gracefully = false) => stop(child, exited, gracefully),
  };
}

async function stop(child: ChildProcess, exited: Promise<void>, gracefully: boolean): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  child.kill(gracefully ? 'SIGTERM' : 'SIGUSR1');
  const deadline = setTimeout(() => killGroup(child), 5000);
  await exited;
  clearTimeout(deadline);
}

/**
 * Polls `ready` every 50 ms until it is true.
 * @throws when a daemon ends first or the limit (default 60 s) passes, with the tail of the log.
 */
export async function waitUntil(
  what: string,
  daemons: readonly Daemon[],
  ready: () => Promise<boolean>,
  limitMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    for (const daemon of daemons) {
      if (daemon.exitCode !== null)
        throw new Error(`${daemon.name} ended with ${daemon.exitCode}:\n${daemon.logTail()}`);
    }
    if (await ready().catch(() => false)) return;
    if (Date.now() > deadline) {
      const tails = daemons.map((daemon) => `${daemon.name}:\n${daemon.logTail()}`);
      throw new Error(`${what}: not within ${limitMs / 1000} s\n${tails.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
