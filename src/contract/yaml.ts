/** A value of a YAML file with the line it begins on, counted from 1. */
export type Yaml = YamlScalar | YamlList | YamlMap;

export interface YamlScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** As written, without quotes. */
  readonly text: string;
  readonly line: number;
}

export interface YamlList {
  readonly kind: 'list';
  readonly items: readonly Yaml[];
  readonly line: number;
}

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, YamlEntry>;
  readonly line: number;
}

export interface YamlEntry {
  /** Line of the key. */
  readonly line: number;
  readonly value: Yaml;
}

/** Why a file is not taken at its word. */
export type YamlFaultKind = 'syntax' | 'tab' | 'duplicate-key' | 'alias' | 'too-large';

export interface YamlFault {
  readonly kind: YamlFaultKind;
  readonly line: number;
}

/** A file of one or more documents. With a fault the documents are what could be read beside it. */
export interface YamlFile {
  readonly documents: readonly Yaml[];
  readonly faults: readonly YamlFault[];
}

/** What stands at a path of keys and indexes; undefined where there is nothing. */
export function at(node: Yaml | undefined, ...path: readonly (string | number)[]): Yaml | undefined {
  let found = node;
  for (const step of path) {
    if (found?.kind === 'map' && typeof step === 'string') found = found.entries.get(step)?.value;
    else if (found?.kind === 'list' && typeof step === 'number') found = found.items[step];
    else return undefined;
  }
  return found;
}

/** The text of a scalar that is not null; undefined for everything else. */
export function textOf(node: Yaml | undefined): string | undefined {
  return node?.kind === 'scalar' && node.value !== null ? node.text : undefined;
}

/** The items of a list; none for everything else. */
export function itemsOf(node: Yaml | undefined): readonly Yaml[] {
  return node?.kind === 'list' ? node.items : [];
}

/** Line of the key at the end of a path, or else of the deepest part of it that is there. */
export function lineOf(node: Yaml, ...path: readonly (string | number)[]): number {
  let found: Yaml = node;
  let { line } = node;
  for (const step of path) {
    const entry = found.kind === 'map' && typeof step === 'string' ? found.entries.get(step) : undefined;
    const next = entry?.value ?? at(found, step);
    if (!next) return line;
    line = entry?.line ?? next.line;
    found = next;
  }
  return line;
}
