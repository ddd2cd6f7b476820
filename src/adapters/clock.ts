import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../ports.js';

/** The machine's own time. A sleep ends early, and quietly, when `signal` aborts: whoever waits then looks why. */
export function systemClock(signal?: AbortSignal): Clock {
  return {
    now: () => Date.now(),
    sleep: (milliseconds) => wait(milliseconds, undefined, signal ? { signal } : {}).catch(() => undefined),
  };
}
