import type { Problem } from './errors.js';

/**
 * What was seen when something was looked at. Unreadable is a third answer, not a kind of absence: it satisfies no
 * check and no plan, so it can never turn anything green.
 */
export type Observed<T> =
  | { readonly state: 'present'; readonly value: T }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly problem: Problem };

export const absent: Observed<never> = { state: 'absent' };

export function present<T>(value: T): Observed<T> {
  return { state: 'present', value };
}

export function unreadable(problem: Problem): Observed<never> {
  return { state: 'unreadable', problem };
}

/** The value when present, else undefined; only for code that has already dealt with `unreadable`. */
export function valueOf<T>(observed: Observed<T>): T | undefined {
  return observed.state === 'present' ? observed.value : undefined;
}
