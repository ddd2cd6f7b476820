import { BindError } from './binding/errors.js';
import type { Ports } from './ports.js';

/**
 * Repeats `attempt` until it returns something `done` accepts or `limitSeconds` have passed; the last result counts.
 * Pauses grow from 50 ms to 2 s. Throws CANCELLED when the run is aborted.
 */
export async function until<T>(
  ports: Ports,
  limitSeconds: number,
  attempt: () => Promise<T>,
  done: (result: T) => boolean,
): Promise<T> {
  const deadline = ports.clock.now() + limitSeconds * 1000;
  let pause = 50;
  for (;;) {
    throwIfAborted(ports);
    const result = await attempt();
    if (done(result) || ports.clock.now() + pause > deadline) return result;
    await ports.clock.sleep(pause);
    pause = Math.min(pause * 2, 2000);
  }
}

/** The run's abort reason is a Problem-carrying BindError (CANCELLED or TIMEOUT). */
export function throwIfAborted(ports: Ports): void {
  if (!ports.signal.aborted) return;
  const reason: unknown = ports.signal.reason;
  if (reason instanceof BindError) throw reason;
  throw new BindError({
    code: 'CANCELLED',
    message: 'the run was cancelled',
    hint: 'Run it again: bind converges from wherever it stopped.',
  });
}

/** Waits for all before throwing: no request of ours may still be under way when cleaning up begins. */
export async function settle(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const [first, ...rest] = failed;
  if (first === undefined) return;
  if (!(first instanceof BindError)) throw first;
  throw new BindError(
    first,
    rest.flatMap((other) => (other instanceof BindError ? other.problems : [])),
  );
}
