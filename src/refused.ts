import type { Intent } from './binding/intent.js';
import { readLabel } from './inputs/name.js';
import { readPeople } from './inputs/people.js';
import { type Given, Reader } from './inputs/reader.js';
import { MODE_NAMES } from './modes.js';

/** What is known of a run whose inputs are refused, so that a night without credentials is told as well; undefined when even this is wrong. */
export function readRefused(
  given: Given,
): Pick<Intent, 'mode' | 'env' | 'cluster' | 'hideNames' | 'people'> | undefined {
  const reader = new Reader(given);
  const mode = reader.oneOf('mode', MODE_NAMES) ?? 'bind';
  const env = readLabel(reader, 'env');
  reader.define('env', env);
  const cluster = readLabel(reader, 'cluster') || env;
  const hideNames = reader.boolean('hide-names');
  const told = readPeople(reader);
  return env === '' || reader.problems.length > 0 ? undefined : { mode, env, cluster, hideNames, ...told };
}
