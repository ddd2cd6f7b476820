import { describe, expect, test } from '@jest/globals';
import { type BootstrapFact, noTrace } from '../src/binding/bootstrap.js';
import { BindError, type Problem, problem } from '../src/binding/errors.js';
import type { Intent } from '../src/binding/intent.js';
import { absent } from '../src/binding/observed.js';
import { bootstrap } from '../src/bootstrap.js';
import type { Context } from '../src/context.js';
import type { Outcome } from '../src/run.js';
import { intent } from './fixtures/intent.js';

const NOW = 1_000_000_000;
const DONE: BootstrapFact = {
  ended: 'exited',
  exitCode: 0,
  limitSeconds: 1,
  durationMs: 1,
  trace: noTrace('absent'),
};

interface Ran {
  readonly outcome: Outcome;
  readonly limits: readonly number[];
}

/** The stage with a command that ends as told. */
async function run(end: Partial<BootstrapFact> | Problem, wanted: Partial<Intent> = {}, over = {}): Promise<Ran> {
  const limits: number[] = [];
  const port = {
    shown: 'make x',
    run: async (limit: number): Promise<BootstrapFact> => {
      limits.push(limit);
      if ('code' in end) throw new BindError(end);
      return { ...DONE, ...end };
    },
  };
  const ports = {
    bootstrap: port,
    clock: { now: () => NOW + 60_000 },
    log: { info: () => undefined },
    signal: AbortSignal.any([]),
    vault: { login: async () => absent },
  } as unknown as Context['ports'];
  const { vault: _, ...rest } = wanted;
  const context = { intent: intent({ ...rest, bootstrapCommand: 'make x' }), materials: {}, ports };
  const begun = { blockers: [], errors: [], startedAt: NOW, ...over } as unknown as Outcome;
  return { outcome: await bootstrap(context, begun), limits };
}

const SEEN = problem('PERMISSION_MISSING', 'seen', 'Do this.');

describe('the stage between bind and the checks', () => {
  test.each([
    [{ timeoutSeconds: 2400 }, 2400 - 60 - 120 - 6],
    [{ timeoutSeconds: 2400, waitSeconds: 900 }, 2400 - 60 - 900 - 120 - 6],
    [{ timeoutSeconds: 300 }, 300 - 60 - 60 - 6],
    [{ timeoutSeconds: 70 }, 5],
  ])('leaves time for the checks: %j is %d s', async (wanted, limit) => {
    expect((await run({}, wanted)).limits).toEqual([limit]);
  });

  test.each([{ blockers: [SEEN] }, { errors: [SEEN] }])('is passed over after %j', async (over) => {
    const { outcome, limits } = await run({}, {}, over);
    expect(limits).toEqual([]);
    expect(outcome.bootstrap).toBeUndefined();
  });

  test.each<[Partial<BootstrapFact> | Problem, string, RegExp]>([
    [{ exitCode: 2 }, 'BOOTSTRAP_FAILED', /exit code 2$/],
    [{ exitCode: 127 }, 'BOOTSTRAP_FAILED', /127: a command in it is not installed$/],
    [{ exitCode: 137 }, 'BOOTSTRAP_FAILED', /137: a command in it died from SIGKILL$/],
    [{ ended: 'killed', signal: 'SIGSEGV' }, 'BOOTSTRAP_FAILED', /killed by SIGSEGV/],
    [{ ended: 'not-started' }, 'BOOTSTRAP_FAILED', /could not be started/],
    [{ ended: 'timed-out', limitSeconds: 90 }, 'BOOTSTRAP_TIMEOUT', /within 90 s/],
    [SEEN, 'PERMISSION_MISSING', /seen/],
  ])('%j is %s', async (end, code, message) => {
    const { outcome } = await run(end);
    expect(outcome.errors).toEqual([expect.objectContaining({ code, message: expect.stringMatching(message) })]);
  });

  test('success is no error', async () => {
    expect((await run({})).outcome).toMatchObject({ errors: [], bootstrap: { exitCode: 0 } });
  });
});
