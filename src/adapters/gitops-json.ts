import { ForeignText } from '../binding/foreign.js';
import { cleanName } from '../binding/name.js';

const MOST_CHARACTERS = 4096;
const MOST_ITEMS = 200;
const LONGEST_WORD = 64;
const MOST_WORDS = 500;
const NOTHING = new ForeignText('');

/** Follows `path` into parsed JSON whose shape nobody promised; undefined where it ends early. */
export function dig(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

/** The first 200 elements; empty for what is no array. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MOST_ITEMS) : [];
}

/** A cleaned name; empty for what is no string. */
export function nameOf(value: unknown): string {
  return typeof value === 'string' ? cleanName(copied(value.slice(0, MOST_CHARACTERS))) : '';
}

const words = new Map<string, string>();

/** A cleaned name that few others differ from, as of a condition: one copy serves thousands of objects. */
export function wordOf(value: unknown): string {
  if (typeof value !== 'string' || value.length > LONGEST_WORD) return nameOf(value);
  const known = words.get(value);
  if (known !== undefined) return known;
  const word = nameOf(value);
  if (words.size < MOST_WORDS) words.set(copied(value), word);
  return word;
}

export function integerOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** Unix ms of an RFC 3339 time; undefined for anything else. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const milliseconds = Date.parse(value);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** Foreign text cut to its two ends, where the cause stands, so that thousands of long messages stay small. */
export function foreignOf(value: unknown): ForeignText {
  if (typeof value !== 'string' || value === '') return NOTHING;
  if (value.length <= MOST_CHARACTERS) return new ForeignText(value);
  const half = MOST_CHARACTERS / 2;
  return new ForeignText(copied(`${value.slice(0, half)}\n\n${value.slice(-half)}`));
}

/** A slice keeps the whole string it was cut from alive; a copy does not. */
function copied(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
