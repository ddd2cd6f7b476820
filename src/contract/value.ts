import { at, type Yaml } from './yaml.js';

/** What a chart's values and templates are made of; a Map, so that no key has a meaning of its own. */
export type Value = string | number | boolean | null | readonly Value[] | Values;
export interface Values extends ReadonlyMap<string, Value> {}

/** A YAML tree as a chart sees it, without its lines. */
export function valueOfYaml(node: Yaml | undefined): Value {
  if (node === undefined) return null;
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(valueOfYaml);
  return new Map([...node.entries].map(([name, { value }]) => [name, valueOfYaml(value)]));
}

export function isMap(value: Value | undefined): value is Values {
  return value instanceof Map;
}

/** `over` laid upon `under` as Helm does it: maps are merged, everything else is replaced, null takes a key away. */
export function merged(under: Values, over: Values): Values {
  const result = new Map(under);
  for (const [name, value] of over) {
    const below = result.get(name);
    if (value === null) result.delete(name);
    else result.set(name, isMap(below) && isMap(value) ? merged(below, value) : value);
  }
  return result;
}

/** The values with one more at a dotted path. */
export function withValue(values: Values, path: readonly string[], value: Value): Values {
  const [first, ...rest] = path;
  if (first === undefined) return values;
  const below = values.get(first);
  const inner = rest.length === 0 ? value : withValue(isMap(below) ? below : new Map(), rest, value);
  return new Map([...values, [first, inner]]);
}

/** What stands at a path of keys. */
export function pick(values: Value | undefined, ...path: readonly string[]): Value | undefined {
  let found: Value | undefined = values;
  for (const step of path) found = isMap(found) ? found.get(step) : undefined;
  return found;
}

/** A text as `helm --set` takes it. */
export function setValue(text: string): Value {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

/** The same tree with other lines: those of the template it was rendered from. */
export function relined(node: Yaml, lineOf: (line: number) => number): Yaml {
  const line = lineOf(node.line);
  if (node.kind === 'scalar') return { ...node, line };
  if (node.kind === 'list') return { ...node, line, items: node.items.map((item) => relined(item, lineOf)) };
  const entries = [...node.entries].map(
    ([name, entry]) => [name, { line: lineOf(entry.line), value: relined(entry.value, lineOf) }] as const,
  );
  return { ...node, line, entries: new Map(entries) };
}

/** Texts of a list of scalars. */
export function textsAt(node: Yaml | undefined, ...path: readonly (string | number)[]): readonly string[] {
  const found = at(node, ...path);
  if (found?.kind !== 'list') return [];
  return found.items.flatMap((item) => (item.kind === 'scalar' && item.value !== null ? [item.text] : []));
}
