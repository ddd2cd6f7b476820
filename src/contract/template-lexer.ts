/** A template says something that this reader does not know; the row that asked cannot tell. */
export class TemplateFault extends Error {
  readonly line: number;
  /** What was met, in our words. */
  readonly what: string;

  constructor(line: number, what: string) {
    super(what);
    this.line = line;
    this.what = what;
  }
}

/** A piece of a template: text, or what stands between `{{` and `}}`. */
export interface Piece {
  readonly kind: 'text' | 'action';
  readonly text: string;
  readonly line: number;
}

export interface Token {
  readonly kind: 'field' | 'variable' | 'word' | 'string' | 'number' | 'sign';
  readonly text: string;
  /** Whether it follows the one before without a blank: `(x).y` is a field of x, `(x) .y` another argument. */
  readonly joined: boolean;
}

/** No action is longer; without an end to it each `{{` of a hostile file would be followed to the file's end. */
const ACTION =
  /\{\{(?:\/\*|-\s\s?\/\*)[\s\S]{0,8000}?\*\/(?:\s\s?-)?\}\}|\{\{(?:[^"`}]|"(?:[^"\\\n]|\\.){0,2000}"|`[^`]{0,2000}`|\}(?!\})){0,2000}\}\}/g;
const MOST_CHARACTERS = 200_000;

/** Cuts a template at its actions, with the blanks that `-` takes away taken away. */
export function pieces(template: string): readonly Piece[] {
  if (template.length > MOST_CHARACTERS) throw new TemplateFault(1, 'a template of more than 200,000 characters');
  const found: Piece[] = [];
  let from = 0;
  let line = 1;
  let eats = false;
  const text = (raw: string, eatsEnd: boolean): void => {
    const lead = eats ? (/^\s*/.exec(raw)?.[0] ?? '') : '';
    const rest = raw.slice(lead.length);
    const kept = eatsEnd ? rest.trimEnd() : rest;
    if (kept !== '') found.push({ kind: 'text', text: kept, line: line + newlines(lead) });
    line += newlines(raw);
  };
  for (const match of template.matchAll(ACTION)) {
    const [raw] = match;
    text(template.slice(from, match.index), /^\{\{-\s/.test(raw));
    eats = /\s-\}\}$/.test(raw);
    const body = raw.replace(/^\{\{(-(?=\s))?/, '').replace(/((?<=\s)-)?\}\}$/, '');
    if (!/^\s*\/\*/.test(body)) found.push({ kind: 'action', text: body.trim(), line });
    line += newlines(raw);
    from = match.index + raw.length;
  }
  const rest = template.slice(from);
  const open = rest.indexOf('{{');
  if (open !== -1) throw new TemplateFault(line + newlines(rest.slice(0, open)), 'an action that does not end');
  text(rest, false);
  return found;
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}

const TOKEN =
  /(?<blank>\s+)|(?<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?<variable>\$\w*)|(?<number>-?\d+(?:\.\d+)?)|(?<field>\.\w*)|(?<word>[A-Za-z_]\w*)|(?<sign>:=|[|(),=])/gy;

/** The tokens of an action. */
export function tokens(action: string, line: number): readonly Token[] {
  const found: Token[] = [];
  let end = 0;
  let joined = false;
  for (const match of action.matchAll(TOKEN)) {
    end = match.index + match[0].length;
    const [kind, text] = Object.entries(match.groups ?? {}).find(([, part]) => part !== undefined) ?? ['', ''];
    if (kind === 'blank') joined = false;
    else {
      found.push({ kind: kind as Token['kind'], text: kind === 'string' ? unquoted(text) : text, joined });
      joined = true;
    }
  }
  if (end < action.length) throw new TemplateFault(line, 'an expression that is not known');
  return found;
}

function unquoted(raw: string): string {
  const body = raw.slice(1, -1);
  if (raw.startsWith('`')) return body;
  return body.replace(/\\(.)/g, (_, escaped: string) => ({ n: '\n', t: '\t' })[escaped] ?? escaped);
}
