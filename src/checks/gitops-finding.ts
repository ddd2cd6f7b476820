import type { Code } from '../binding/errors.js';
import type { ObjectRef } from '../binding/intent.js';
import type { CheckState, Severity } from './check.js';

/** What a row found; an empty hint means the row's own. */
export interface Finding {
  readonly state: CheckState;
  readonly detail: string;
  readonly hint: string;
  readonly code?: Code;
  /** In place of the row's own, where what was found does no harm. */
  readonly severity?: Severity;
}

const MOST_NAMES = 10;

export function green(detail = ''): Finding {
  return { state: 'green', detail, hint: '' };
}

export function red(detail: string, hint = '', code?: Code): Finding {
  return { state: 'red', detail, hint, ...(code === undefined ? {} : { code }) };
}

export function refText(ref: ObjectRef): string {
  return ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`;
}

export function sameRef(left: ObjectRef, right: ObjectRef): boolean {
  return left.namespace === right.namespace && left.name === right.name;
}

/** At most ten of `parts` in one line, then how many more there are. */
export function listed(parts: readonly string[]): string {
  const shown = parts.slice(0, MOST_NAMES).join('; ');
  return parts.length > MOST_NAMES ? `${shown}; and ${parts.length - MOST_NAMES} more` : shown;
}

/** `1 Application`, `2 Applications`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
