import { FUNCTIONS, isEmpty, printed } from './template-function.js';
import { TemplateFault } from './template-lexer.js';
import { type Command, type Operand, type Pipe, parseTemplate, type TemplateNode } from './template-parser.js';
import { isMap, type Value } from './value.js';

/** Far beyond what any chart renders; a template must not decide how long a run takes. */
const MOST_CHARACTERS = 1_000_000;
const MOST_STEPS = 200_000;

/** A rendered template with the line of the template that each of its lines comes from. */
export interface Rendered {
  readonly text: string;
  lineOf(line: number): number;
}

/** Renders the part of Go templates that the charts use; throws TemplateFault at what it does not know. */
export function renderTemplate(template: string, data: Value, nothing = ''): Rendered {
  const rendering = new Rendering(data, nothing);
  rendering.nodes(parseTemplate(template), data, new Scope(undefined));
  return rendering.done();
}

class Scope {
  readonly #own = new Map<string, Value>();
  readonly #above: Scope | undefined;

  constructor(above: Scope | undefined) {
    this.#above = above;
  }

  get(name: string): Value | undefined {
    return this.#own.has(name) ? this.#own.get(name) : this.#above?.get(name);
  }

  declare(name: string | undefined, value: Value): void {
    if (name !== undefined) this.#own.set(name, value);
  }

  assign(name: string, value: Value): void {
    if (this.#own.has(name) || !this.#above) this.#own.set(name, value);
    else this.#above.assign(name, value);
  }
}

class Rendering {
  readonly #root: Value;
  readonly #nothing: string;
  readonly #lines: (number | undefined)[] = [undefined];
  #text = '';
  #steps = 0;

  constructor(root: Value, nothing: string) {
    this.#root = root;
    this.#nothing = nothing;
  }

  done(): Rendered {
    const lines = this.#lines;
    return {
      text: this.#text,
      lineOf: (line) => lines[line - 1] ?? lines.slice(0, line).findLast((one) => one !== undefined) ?? 1,
    };
  }

  nodes(nodes: readonly TemplateNode[], dot: Value, scope: Scope): void {
    for (const node of nodes) {
      if (++this.#steps > MOST_STEPS) throw new TemplateFault(node.line, 'more steps than any chart takes');
      if (node.kind === 'text') this.#print(node.text, node.line, 1);
      else if (node.kind === 'print')
        this.#print(printed(this.#pipe(node.pipe, dot, scope, node.line), this.#nothing), node.line, 0);
      else if (node.kind === 'set') this.#set(node, dot, scope);
      else this.#block(node, dot, scope);
    }
  }

  #print(text: string, line: number, step: number): void {
    if (this.#text.length + text.length > MOST_CHARACTERS)
      throw new TemplateFault(line, 'more text than any chart renders');
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) this.#lines.push(undefined);
      if (part.trim() !== '') this.#lines[this.#lines.length - 1] ??= line + index * step;
    }
    this.#text += text;
  }

  #set(node: TemplateNode & { kind: 'set' }, dot: Value, scope: Scope): void {
    const value = this.#pipe(node.pipe, dot, scope, node.line);
    if (node.isNew) scope.declare(node.variable, value);
    else scope.assign(node.variable, value);
  }

  #block(node: TemplateNode & { kind: 'if' | 'with' | 'range' }, dot: Value, scope: Scope): void {
    const value = this.#pipe(node.pipe, dot, scope, node.line);
    const inner = new Scope(scope);
    if (isEmpty(value)) this.nodes(node.otherwise, dot, inner);
    else if (node.kind === 'range') this.#range(node, value, scope);
    else {
      inner.declare(node.variables[0], value);
      this.nodes(node.body, node.kind === 'with' ? value : dot, inner);
    }
  }

  #range(node: TemplateNode & { kind: 'if' | 'with' | 'range' }, value: Value, scope: Scope): void {
    if (!Array.isArray(value) && !isMap(value))
      throw new TemplateFault(node.line, 'a `range` over something else than a list');
    const pairs: readonly (readonly [Value, Value])[] = isMap(value)
      ? [...value].toSorted(([left], [right]) => (left < right ? -1 : 1))
      : [...(value as readonly Value[]).entries()];
    const [first, second] = node.variables;
    for (const [key, item] of pairs) {
      const inner = new Scope(scope);
      if (second !== undefined) inner.declare(first, key);
      inner.declare(second ?? first, item);
      this.nodes(node.body, item, inner);
    }
  }

  #pipe(pipe: Pipe, dot: Value, scope: Scope, line: number): Value {
    let last: readonly Value[] = [];
    for (const command of pipe) last = [this.#command(command, last, dot, scope, line)];
    return last[0] ?? null;
  }

  #command({ call, operands }: Command, last: readonly Value[], dot: Value, scope: Scope, line: number): Value {
    if (++this.#steps > MOST_STEPS) throw new TemplateFault(line, 'more steps than any chart takes');
    const value = (operand: Operand): Value => this.#operand(operand, dot, scope, line);
    if (call === undefined) {
      const [only] = operands;
      if (!only || last.length > 0) throw new TemplateFault(line, 'an expression that is not known');
      return value(only);
    }
    if (call === 'and' || call === 'or') return chosen(call, operands, last, value);
    const known = Object.hasOwn(FUNCTIONS, call) ? FUNCTIONS[call] : undefined;
    if (!known) throw new TemplateFault(line, `the function \`${call}\``);
    const result = known(...operands.map(value), ...last);
    if (typeof result === 'string' && result.length > MOST_CHARACTERS)
      throw new TemplateFault(line, 'more text than any chart renders');
    return result;
  }

  #operand(operand: Operand, dot: Value, scope: Scope, line: number): Value {
    if (operand.kind === 'literal') return operand.value;
    if (operand.kind === 'pipe') return field(this.#pipe(operand.pipe, dot, scope, line), operand.fields, line);
    if (operand.variable === undefined) return field(dot, operand.fields, line);
    if (operand.variable === '$') return field(this.#root, operand.fields, line);
    const value = scope.get(operand.variable);
    if (value === undefined) throw new TemplateFault(line, `the variable \`${operand.variable}\``);
    return field(value, operand.fields, line);
  }
}

/** Both stop at the first value that decides, so that what follows may be missing. */
function chosen(
  call: 'and' | 'or',
  operands: readonly Operand[],
  last: readonly Value[],
  value: (operand: Operand) => Value,
): Value {
  let found: Value = null;
  for (const next of [...operands.map((operand) => () => value(operand)), ...last.map((one) => () => one)]) {
    found = next();
    if (isEmpty(found) === (call === 'and')) return found;
  }
  return found;
}

function field(value: Value, fields: readonly string[], line: number): Value {
  let found = value;
  for (const name of fields) {
    if (!isMap(found)) throw new TemplateFault(line, `\`.${name}\` of a value that is not there, where Helm stops`);
    found = found.get(name) ?? null;
  }
  return found;
}
