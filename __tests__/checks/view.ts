import type { LoginOutcome } from '../../src/binding/facts.js';
import type { Intent } from '../../src/binding/intent.js';
import { absent, type Observed, present } from '../../src/binding/observed.js';
import type { Materials } from '../../src/binding/survey.js';
import type { BindingView, Finding } from '../../src/checks/binding.js';
import type { CheckState } from '../../src/checks/check.js';
import { BINDING_ROWS } from '../../src/checks/table.js';
import { ACCEPTED, healthyFacts, type Over, survey } from '../fixtures/facts.js';
import { intent } from '../fixtures/intent.js';

export interface Scene extends Over, Partial<Omit<BindingView, 'survey'>> {
  readonly intent?: Partial<Intent>;
  readonly materials?: Materials;
}

export const CONNECTED = { login: present<LoginOutcome>(ACCEPTED), missing: [], problem: undefined };
export const NOBODY = { login: absent as Observed<LoginOutcome>, missing: undefined, problem: undefined };

/** All that the binding rows look at after a bind that went well, but for what the scene says. */
export function view(scene: Scene = {}): BindingView {
  const { cluster, vault, rest, intent: wanted = {}, materials, ...seen } = scene;
  const mode = seen.mode ?? 'bind';
  const facts = healthyFacts({
    ...(cluster ? { cluster } : {}),
    ...(vault ? { vault } : {}),
    ...(rest ? { rest } : {}),
  });
  return {
    missingGrants: present([]),
    missingPaths: present([]),
    connection: CONNECTED,
    ...seen,
    mode,
    survey: survey(facts, intent({ mode, ...wanted }), materials),
  };
}

/** What a row says of a view. */
export function judged(id: string, seen: BindingView): Finding {
  const row = BINDING_ROWS.find((one) => one.id === id);
  if (!row) throw new Error(`no row ${id}`);
  return row.evaluate(seen);
}

/** One way to a state: which row, by what, what it says, and what is to be done. */
export type Case = readonly [id: string, why: string, scene: Scene, state: CheckState, detail: RegExp, hint: RegExp];

export const NO_HINT = /^$/;
export const REPAIR = /^Run bind: it makes it true\.$/;
