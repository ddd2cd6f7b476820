import { oneLine } from './line.js';

/** What may stand bare: everything else in a word makes the whole word a code span, where GitHub links nothing. */
const MARKUP = /[^\p{L}\p{M}\p{N}\p{Emoji_Presentation}.,;'"()+=%?…→·–-]/u;
/** Words that GitHub turns into links without any markup: addresses, commits, issues, advisories. */
const LINKED = /www\.|^gh-\d|^(cve|ghsa)-|\b[0-9a-f]{7,}\b/i;
/** A command that a hint quotes without backquotes, as far as the sentence lets it be told. */
const COMMAND = /((?:^|: |Run )["']?)((?:oc|kubectl|vault|bao) -?[a-z][^`;]*?)(?=[.;]?$|; |, then |\. )/g;
const CLOCK = /^\d{1,2}:\d\d(:\d\d)?$/;
const EDGES = /^(["'(]*)(.*?)(["').,;:]*)$/su;

/** Every character that Markdown, HTML or GitHub gives a meaning, as an entity. */
function entities(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N} ]/gu, (character) => {
    const entity = `&#${character.codePointAt(0)};`;
    // The comment keeps the mail address apart that GitHub would find once the entities are read.
    return character === '@' ? `${entity}<!-- -->` : entity;
  });
}

/** Text for where Markdown is not read, e.g. inside `<summary>`. */
export function html(text: string, max?: number): string {
  return entities(oneLine(text, max));
}

/** A name as code where Markdown is not read. */
export function htmlCode(text: string, max?: number): string {
  return `<code>${html(text, max)}</code>`;
}

/**
 * A name as code, safe in tables, headings and lists. A code span keeps the name in one piece, so that the runner can
 * still mask it.
 */
export function code(text: string, max?: number): string {
  const line = oneLine(text, max);
  if (line === '') return '';
  return /[`|\\]/.test(line) ? `<code>${entities(line)}</code>` : `\`${line}\``;
}

/**
 * A sentence that may hold names from outside: backquoted parts and every word with a character of markup in it
 * become code; no link, mention, image or element can arise. Never put it at the start of a line.
 */
export function prose(text: string, max?: number): string {
  const line = oneLine(text, max);
  const quoted = line.includes('`') ? line : line.replace(COMMAND, '$1`$2`');
  const parts = quoted.split(/`([^`]+)`/);
  const rendered = parts.map((part, index) => (index % 2 === 1 ? code(part) : words(part))).join('');
  // Two code spans that touch would be read as one.
  return rendered.replaceAll('``', '` `');
}

function words(text: string): string {
  return text.replace(/\S+/g, (token) => {
    const [, before = '', word = '', after = ''] = EDGES.exec(token) ?? [];
    return (MARKUP.test(word) && !CLOCK.test(word)) || LINKED.test(word) ? `${before}${code(word)}${after}` : token;
  });
}

/** A block of text that cannot be broken out of; `language` colours it. */
export function fence(text: string, language: string): string {
  const body = text
    .split(/\r\n|\r|\n/)
    .map((line) =>
      line
        .replaceAll('\t', '  ')
        .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ')
        .trimEnd(),
    )
    .join('\n')
    .trimEnd();
  const longest = Math.max(2, ...(body.match(/`+/g) ?? []).map((run) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${body}\n${ticks}`;
}

/** A block that is closed until someone opens it; `summary` is HTML already. */
export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** A table of cells that are Markdown already. */
export function table(head: readonly string[], rows: readonly string[]): string {
  return [tableRow(head), tableRow(head.map(() => '---')), ...rows].join('\n');
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

export interface Limit {
  readonly rows: number;
  readonly bytes: number;
}

/** The first items that fit, rendered, and how many are left out; what does not fit is not rendered either. */
export function capped<Item>(
  items: readonly Item[],
  limit: Limit,
  render: (item: Item, index: number) => string,
): { readonly shown: readonly string[]; readonly left: number } {
  const shown: string[] = [];
  let bytes = 0;
  for (const [index, item] of items.slice(0, limit.rows).entries()) {
    const row = render(item, index);
    bytes += byteLength(row) + 1;
    if (bytes > limit.bytes) break;
    shown.push(row);
  }
  return { shown, left: items.length - shown.length };
}

/** Size of a text in UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What stands in place of rows that are left out; empty when there are none. */
export function more(left: number): string {
  return left === 0 ? '' : `and ${left.toLocaleString('en-US')} more, see the report`;
}
