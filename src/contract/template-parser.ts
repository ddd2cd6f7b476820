import { type Piece, pieces, TemplateFault, type Token, tokens } from './template-lexer.js';

/** A value in an expression. */
export type Operand =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'path'; readonly variable: string | undefined; readonly fields: readonly string[] }
  | { readonly kind: 'pipe'; readonly pipe: Pipe; readonly fields: readonly string[] };

export interface Command {
  /** Name of the function; undefined when the command is a single value. */
  readonly call: string | undefined;
  readonly operands: readonly Operand[];
}

export type Pipe = readonly Command[];

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string; readonly line: number }
  | { readonly kind: 'print'; readonly pipe: Pipe; readonly line: number }
  | {
      readonly kind: 'set';
      readonly variable: string;
      readonly pipe: Pipe;
      readonly line: number;
      readonly isNew: boolean;
    }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly variables: readonly string[];
      readonly pipe: Pipe;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
      readonly line: number;
    };

const MOST_DEPTH = 50;

/** Reads a template; throws TemplateFault at what it does not know. */
export function parseTemplate(template: string): readonly TemplateNode[] {
  const reader = new Reader(pieces(template));
  const { nodes, stop } = reader.body(0);
  if (stop) throw new TemplateFault(stop.line, 'an `end` or `else` of nothing');
  return nodes;
}

interface Stop {
  readonly text: string;
  readonly line: number;
}

class Reader {
  readonly #pieces: readonly Piece[];
  #next = 0;

  constructor(all: readonly Piece[]) {
    this.#pieces = all;
  }

  /** Nodes up to the `end` or `else` that closes them. */
  body(depth: number): { readonly nodes: readonly TemplateNode[]; readonly stop: Stop | undefined } {
    const nodes: TemplateNode[] = [];
    for (let piece = this.#take(); piece; piece = this.#take()) {
      const { text, line } = piece;
      if (depth > MOST_DEPTH) throw new TemplateFault(line, 'blocks within blocks, too deep');
      if (piece.kind === 'text') nodes.push({ kind: 'text', text, line });
      else if (/^(end$|else\b)/.test(text)) return { nodes, stop: { text, line } };
      else nodes.push(this.#action(text, line, depth));
    }
    return { nodes, stop: undefined };
  }

  #take(): Piece | undefined {
    return this.#pieces[this.#next++];
  }

  #action(text: string, line: number, depth: number): TemplateNode {
    const block = /^(if|with|range)\s+([\s\S]*)$/.exec(text);
    if (block) return this.#block(block[1] as 'if' | 'with' | 'range', block[2] ?? '', line, depth);
    if (/^(define|template|block|include|break|continue)\b/.test(text))
      throw new TemplateFault(line, `\`${/^\w+/.exec(text)?.[0]}\``);
    const { variables, isNew, rest } = assigned(tokens(text, line), line);
    const pipe = pipeOf(rest, line);
    const [variable] = variables;
    return variable === undefined ? { kind: 'print', pipe, line } : { kind: 'set', variable, pipe, line, isNew };
  }

  #block(kind: 'if' | 'with' | 'range', head: string, line: number, depth: number): TemplateNode {
    const { variables, rest } = assigned(tokens(head, line), line);
    const pipe = pipeOf(rest, line);
    const { nodes, stop } = this.body(depth + 1);
    if (!stop) throw new TemplateFault(line, `\`${kind}\` without an end`);
    return { kind, variables, pipe, body: nodes, otherwise: this.#otherwise(kind, stop, depth), line };
  }

  #otherwise(kind: string, stop: Stop, depth: number): readonly TemplateNode[] {
    if (stop.text === 'end') return [];
    const again = /^else\s+(if|with)\s+([\s\S]*)$/.exec(stop.text);
    if (again) return [this.#block(again[1] as 'if' | 'with', again[2] ?? '', stop.line, depth + 1)];
    const { nodes, stop: last } = this.body(depth + 1);
    if (last?.text !== 'end') throw new TemplateFault(stop.line, `\`${kind}\` without an end`);
    return nodes;
  }
}

function assigned(all: readonly Token[], line: number) {
  const sign = all.findIndex(({ kind, text }) => kind === 'sign' && (text === ':=' || text === '='));
  if (sign === -1) return { variables: [], isNew: false, rest: all };
  const variables = all.slice(0, sign).filter(({ kind }) => kind === 'variable');
  if (variables.length === 0) throw new TemplateFault(line, 'an assignment to no variable');
  return { variables: variables.map(({ text }) => text), isNew: all[sign]?.text === ':=', rest: all.slice(sign + 1) };
}

function pipeOf(all: readonly Token[], line: number): Pipe {
  const cursor = { next: 0 };
  const pipe = readPipe(all, cursor, line, 0);
  if (cursor.next < all.length) throw new TemplateFault(line, 'an expression that is not known');
  return pipe;
}

interface Cursor {
  next: number;
}

function readPipe(all: readonly Token[], cursor: Cursor, line: number, depth: number): Pipe {
  if (depth > MOST_DEPTH) throw new TemplateFault(line, 'an expression that is too deep');
  const commands: Command[] = [];
  do {
    commands.push(readCommand(all, cursor, line, depth));
  } while (isSign(all[cursor.next], '|') && ++cursor.next);
  return commands;
}

function readCommand(all: readonly Token[], cursor: Cursor, line: number, depth: number): Command {
  const first = all[cursor.next];
  const isCall = first?.kind === 'word' && !Object.hasOwn(CONSTANTS, first.text);
  if (isCall) cursor.next++;
  const operands: Operand[] = [];
  for (let token = all[cursor.next]; token && !isSign(token, '|') && !isSign(token, ')'); token = all[cursor.next])
    operands.push(readOperand(token, all, cursor, line, depth));
  if (!isCall && operands.length !== 1) throw new TemplateFault(line, 'an expression that is not known');
  return { call: isCall ? first.text : undefined, operands };
}

const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, nil: null };

function readOperand(token: Token, all: readonly Token[], cursor: Cursor, line: number, depth: number): Operand {
  cursor.next++;
  if (token.kind === 'string') return { kind: 'literal', value: token.text };
  if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
  if (token.kind === 'word' && Object.hasOwn(CONSTANTS, token.text))
    return { kind: 'literal', value: CONSTANTS[token.text] ?? null };
  if (token.kind === 'field')
    return { kind: 'path', variable: undefined, fields: [...named(token), ...readFields(all, cursor)] };
  if (token.kind === 'variable') return { kind: 'path', variable: token.text, fields: readFields(all, cursor) };
  if (isSign(token, '(')) {
    const pipe = readPipe(all, cursor, line, depth + 1);
    if (!isSign(all[cursor.next++], ')')) throw new TemplateFault(line, 'a bracket that does not close');
    return { kind: 'pipe', pipe, fields: readFields(all, cursor) };
  }
  // A function among the arguments is called without any.
  if (token.kind === 'word') return { kind: 'pipe', pipe: [{ call: token.text, operands: [] }], fields: [] };
  throw new TemplateFault(line, 'an expression that is not known');
}

function readFields(all: readonly Token[], cursor: Cursor): readonly string[] {
  const fields: string[] = [];
  for (let token = all[cursor.next]; token?.kind === 'field' && token.joined; token = all[cursor.next]) {
    fields.push(...named(token));
    cursor.next++;
  }
  return fields;
}

function named({ text }: Token): readonly string[] {
  return text === '.' ? [] : [text.slice(1)];
}

function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text;
}
