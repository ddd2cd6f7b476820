import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import type { Yaml, YamlEntry, YamlFault, YamlFaultKind, YamlFile } from '../contract/yaml.js';

/** Beyond this nobody wrote it by hand. */
const MOST_CHARACTERS = 2 * 1024 * 1024;
/** Deeper than any file of the two repositories; a parser that recurses must stop somewhere. */
const MOST_DEPTH = 100;
/** What aliases may stand for all in all: a bomb has few lines and stands for billions of values. */
const MOST_VALUES = 200_000;

const KINDS: Readonly<Record<string, YamlFaultKind>> = {
  DUPLICATE_KEY: 'duplicate-key',
  TAB_AS_INDENT: 'tab',
  BAD_ALIAS: 'alias',
};

/** Reads YAML with the line of each value. Never throws: what is wrong comes back as faults, without the parser's words. */
export function readYaml(text: string): YamlFile {
  if (text.length > MOST_CHARACTERS) return { documents: [], faults: [{ kind: 'too-large', line: 1 }] };
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const found = Array.isArray(parsed) ? parsed : [];
  const reading = new Reading(lines);
  const documents = found.flatMap((document) => reading.document(document as Document.Parsed));
  const errors = found.flatMap((document) => document.errors.map((error) => fault(error, lines)));
  return { documents, faults: [...errors, ...reading.faults] };
}

function fault({ code, pos }: YAMLError, lines: LineCounter): YamlFault {
  return { kind: KINDS[code] ?? 'syntax', line: Math.max(1, lines.linePos(pos[0]).line) };
}

class Reading {
  readonly faults: YamlFault[] = [];
  readonly #lines: LineCounter;
  #values = 0;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  document(document: Document.Parsed): readonly Yaml[] {
    if (!document.contents) return [];
    const root = this.#node(document.contents, document, 0);
    return root ? [root] : [];
  }

  #line(node: Node | null | undefined, otherwise: number): number {
    const offset = node?.range?.[0];
    return offset === undefined ? otherwise : this.#lines.linePos(offset).line;
  }

  #node(node: unknown, document: Document.Parsed, depth: number, above = 1): Yaml | undefined {
    const line = this.#line(node as Node, above);
    this.#values += 1;
    if (this.#values > MOST_VALUES || depth > MOST_DEPTH) {
      if (this.faults.length === 0) this.faults.push({ kind: 'alias', line });
      return undefined;
    }
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (!target) this.faults.push({ kind: 'alias', line });
      return this.#node(target, document, depth + 1, line);
    }
    if (isScalar(node)) return { kind: 'scalar', value: plain(node.value), text: textOf(node), line };
    if (isSeq(node)) {
      const items = node.items.flatMap((item) => this.#node(item, document, depth + 1, line) ?? []);
      return { kind: 'list', items, line };
    }
    if (isMap(node)) return this.#map(node, document, depth, line);
    return { kind: 'scalar', value: null, text: '', line };
  }

  #map(node: Node, document: Document.Parsed, depth: number, line: number): Yaml {
    const entries = new Map<string, YamlEntry>();
    if (!isMap(node)) return { kind: 'map', entries, line };
    for (const { key, value } of node.items) {
      const keyLine = this.#line(key as Node, line);
      const name = isScalar(key) ? textOf(key) : '';
      const read = this.#node(value, document, depth + 1, keyLine);
      if (!read) break;
      // A merge key gives what the map does not say itself.
      if (name === '<<') merge(entries, read);
      else entries.set(name, { line: keyLine, value: read });
    }
    return { kind: 'map', entries, line };
  }
}

function merge(entries: Map<string, YamlEntry>, from: Yaml): void {
  const maps = from.kind === 'list' ? from.items : [from];
  for (const map of maps) {
    if (map.kind !== 'map') continue;
    for (const [name, entry] of map.entries) if (!entries.has(name)) entries.set(name, entry);
  }
}

function plain(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === null || value === undefined ? null : String(value);
}

function textOf({ source, value }: { readonly source?: string; readonly value: unknown }): string {
  return typeof value === 'string' ? value : (source ?? String(value ?? ''));
}
