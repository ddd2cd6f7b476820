import { BindError, problem } from '../binding/errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** A run that can be called off: by the runner, by hand, or because its time is up. */
export interface Interruption {
  /** Its reason is a BindError: CANCELLED or TIMEOUT. */
  readonly signal: AbortSignal;
  /** Starts the time limit of the whole run. */
  limit(timeoutSeconds: number): void;
  /** Stops listening, so that the process can end. */
  release(): void;
}

/**
 * Turns SIGINT, SIGTERM and the time limit into one AbortSignal. The runner sends SIGINT, 7.5 s later SIGTERM and 2.5 s
 * later kills: both are taken as the same wish, so that cleaning up is not cut short.
 */
export function watchInterruption(): Interruption {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const cancel = (name: string): void => {
    // Whoever presses Ctrl-C twice does not want to wait for the cleaning up.
    if (name === 'SIGINT' && controller.signal.aborted) process.exit(130);
    controller.abort(
      new BindError(
        problem('CANCELLED', 'the run was cancelled', 'Run it again: bind converges from wherever it stopped.'),
      ),
    );
  };
  for (const name of SIGNALS) process.on(name, cancel);
  return {
    signal: controller.signal,
    limit: (timeoutSeconds) => {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(timedOut(timeoutSeconds)), timeoutSeconds * 1000);
      timer.unref();
    },
    release: () => {
      clearTimeout(timer);
      for (const name of SIGNALS) process.off(name, cancel);
    },
  };
}

function timedOut(seconds: number): BindError {
  return new BindError(
    problem(
      'TIMEOUT',
      `the run did not finish within ${seconds} s`,
      'Raise timeout, or see the checks that were still waiting.',
    ),
  );
}
