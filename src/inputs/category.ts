import type { CheckCategory } from '../binding/intent.js';
import { cleanName, nearest } from '../binding/name.js';
import type { Reader } from './reader.js';

const CATEGORIES = ['contract', 'binding', 'gitops'] as const satisfies readonly CheckCategory[];

/** Categories of checks by name, or all of them. */
export function readCategories(reader: Reader): readonly CheckCategory[] {
  const items = reader.items('checks');
  const known = CATEGORIES.filter((category) => items.includes(category) || items.includes('all'));
  for (const item of items) {
    if (item === 'all' || known.some((category) => category === item)) continue;
    const near = nearest(item, [...CATEGORIES, 'all']);
    const hint = near ? `Did you mean ${near}?` : `Set checks to ${CATEGORIES.join(', ')} or all.`;
    reader.fail('INPUT_INVALID', `checks has ${cleanName(item)}, which is no category`, hint);
  }
  if (items.length === 0) reader.fail('INPUT_INVALID', 'checks names no category', 'Set checks to all.');
  return known;
}
