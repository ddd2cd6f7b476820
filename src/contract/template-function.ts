import { isMap, type Value } from './value.js';

/** What a template takes for false. */
export function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isMap(value) && value.size === 0;
}

/** A value as a template prints it; `nothing` stands for null. */
export function printed(value: Value | undefined, nothing = ''): string {
  if (value === undefined || value === null) return nothing;
  if (Array.isArray(value)) return `[${value.map((item) => printed(item, nothing)).join(' ')}]`;
  if (isMap(value)) return `map[${[...value].map(([name, inner]) => `${name}:${printed(inner)}`).join(' ')}]`;
  return String(value);
}

type Function_ = (...values: readonly Value[]) => Value;

const text = (value: Value | undefined): string => printed(value);
const same = (left: Value | undefined, right: Value | undefined): boolean => left === right;
const listOf = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : []);
const whole = (value: Value | undefined): number => (typeof value === 'number' ? Math.max(0, Math.min(200, value)) : 0);

function indented(by: Value | undefined, value: Value | undefined): string {
  return text(value).replace(/^/gm, ' '.repeat(whole(by)));
}

function formatted(format: Value | undefined, values: readonly Value[]): string {
  let next = 0;
  return text(format).replace(/%(%|[svdqt])/g, (_, verb: string) => {
    if (verb === '%') return '%';
    const value = values[next++];
    return verb === 'q' ? JSON.stringify(text(value)) : text(value);
  });
}

/** Block YAML, texts in quotes. */
function yamlText(value: Value | undefined, indent = ''): string {
  if (isMap(value) && value.size > 0)
    return [...value].map(([name, inner]) => `${indent}${JSON.stringify(name)}:${nested(inner, indent)}`).join('\n');
  if (Array.isArray(value) && value.length > 0)
    return value.map((item) => `${indent}-${nested(item, indent)}`).join('\n');
  return `${indent}${scalarText(value)}`;
}

function nested(value: Value, indent: string): string {
  const isBlock = isMap(value) ? value.size > 0 : Array.isArray(value) && value.length > 0;
  return isBlock ? `\n${yamlText(value, `${indent}  `)}` : ` ${scalarText(value)}`;
}

function scalarText(value: Value | undefined): string {
  if (isMap(value)) return '{}';
  return Array.isArray(value) ? '[]' : JSON.stringify(value ?? null);
}

/** The functions of Go and sprig that the charts use. */
export const FUNCTIONS: Readonly<Record<string, Function_>> = {
  default: (otherwise = null, value = null) => (isEmpty(value) ? otherwise : value),
  coalesce: (...values) => values.find((value) => !isEmpty(value)) ?? null,
  ternary: (yes = null, no = null, test = null) => (test === true ? yes : no),
  quote: (value) => JSON.stringify(text(value)),
  squote: (value) => `'${text(value)}'`,
  toString: (value?: Value) => text(value),
  lower: (value) => text(value).toLowerCase(),
  upper: (value) => text(value).toUpperCase(),
  trim: (value) => text(value).trim(),
  trimSuffix: (suffix, value) =>
    text(value).endsWith(text(suffix)) ? text(value).slice(0, -text(suffix).length || undefined) : text(value),
  trimPrefix: (prefix, value) =>
    text(value).startsWith(text(prefix)) ? text(value).slice(text(prefix).length) : text(value),
  replace: (from, to, value) => text(value).replaceAll(text(from), text(to)),
  contains: (part, value) => text(value).includes(text(part)),
  hasPrefix: (prefix, value) => text(value).startsWith(text(prefix)),
  hasSuffix: (suffix, value) => text(value).endsWith(text(suffix)),
  printf: (format, ...values) => formatted(format, values),
  print: (...values) => values.map(text).join(''),
  join: (separator, value) => listOf(value).map(text).join(text(separator)),
  eq: (value, ...others) => others.some((other) => same(value, other)),
  ne: (left, right) => !same(left, right),
  not: (value) => isEmpty(value),
  empty: (value) => isEmpty(value),
  gt: (left, right) => Number(left) > Number(right),
  lt: (left, right) => Number(left) < Number(right),
  len: (value) => (isMap(value) ? value.size : Array.isArray(value) ? value.length : text(value).length),
  list: (...values) => values,
  first: (value) => listOf(value)[0] ?? null,
  has: (value, list) => listOf(list).some((item) => same(item, value)),
  dict: (...values) =>
    new Map(
      values.flatMap((name, index) => (index % 2 === 0 ? [[text(name), values[index + 1] ?? null] as const] : [])),
    ),
  hasKey: (map, name) => isMap(map) && map.has(text(name)),
  get: (map, name) => (isMap(map) ? (map.get(text(name)) ?? '') : ''),
  index: (value, ...keys) =>
    keys.reduce<Value>(
      (found, key) => (isMap(found) ? found.get(text(key)) : listOf(found)[Number(key)]) ?? null,
      value ?? null,
    ),
  indent: indented,
  nindent: (by, value) => `\n${indented(by, value)}`,
  toYaml: (value) => yamlText(value),
  toJson: (value) => JSON.stringify(plain(value)),
  required: (_, value) => value ?? null,
};

function plain(value: Value | undefined): unknown {
  if (isMap(value)) return Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]));
  return Array.isArray(value) ? value.map(plain) : value;
}
