import type { CheckResult } from './checks/check.js';
import { decides } from './checks/decide.js';
import { failedChecks } from './checks/verdict.js';
import type { Context } from './context.js';
import { progressLines } from './report/log.js';
import { throwIfAborted } from './retry.js';
import type { Outcome } from './run.js';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;

/** Looks at the whole set again until every deciding check is green or the limit is reached; one line per change. */
export async function waitForGreen(context: Context, first: Outcome, look: () => Promise<Outcome>): Promise<Outcome> {
  const { intent, ports } = context;
  const began = ports.clock.now();
  const deadline = began + intent.waitSeconds * 1000;
  let outcome = first;
  let pause = FIRST_PAUSE_MS;
  while (failedChecks(outcome.checks, decides(intent)).length > 0 && ports.clock.now() < deadline) {
    throwIfAborted(ports);
    await ports.clock.sleep(Math.min(pause, Math.max(0, deadline - ports.clock.now())));
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    const next = await look();
    for (const line of progressLines(outcome.checks, next.checks))
      ports.log.info(`${elapsed(ports.clock.now() - began)} ${line}`);
    outcome = { ...next, checks: withWaiting(first.checks, next.checks, ports.clock.now() - began) };
  }
  return { ...outcome, waitedSeconds: Math.round((ports.clock.now() - began) / 1000) };
}

function elapsed(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `[${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}]`;
}

/** How long each row that is still not green has been waited for. */
function withWaiting(
  first: readonly CheckResult[],
  now: readonly CheckResult[],
  spentMs: number,
): readonly CheckResult[] {
  const red = new Set(first.filter((check) => check.state !== 'green').map((check) => check.id));
  return now.map((check) =>
    (check.state === 'red' || check.state === 'unknown') && red.has(check.id)
      ? { ...check, waitedSeconds: Math.round(spentMs / 1000) }
      : check,
  );
}
