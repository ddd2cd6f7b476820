import { type Code, type Problem, problem } from '../binding/errors.js';
import type { Material, Sources } from '../binding/intent.js';
import { cleanName, nearest } from '../binding/name.js';
import { Secret, type SecretFactory } from '../binding/secret.js';
import type { CheckoutPort } from '../contract/checkout.js';
import { parseDuration } from './duration.js';
import { formOf } from './material.js';
import { INPUTS, type InputRow } from './row.js';

/** Where inputs come from; the adapter reads the environment. */
export interface Given {
  /** Ids of every input there is, known or not. */
  readonly names: readonly string[];
  /** Value of an input, trimmed; undefined or empty when not given. */
  input(name: string): string | undefined;
  env(name: string): string | undefined;
  readonly secret: SecretFactory;
  readonly canMintOidcToken: boolean;
  /** A checkout in a folder; undefined when there is no such folder. */
  checkout?(folder: string): CheckoutPort | undefined;
}

const ROWS = new Map(INPUTS.map((row) => [row.id, row]));

interface Value {
  readonly text: string;
  /** What a message calls it: the input, or the variable it came from. */
  readonly source: string;
}

/** Reads inputs one by one by input, then variable, then preset, and collects every problem on the way. */
export class Reader {
  readonly problems: Problem[] = [];
  readonly canMintOidcToken: boolean;
  readonly secretFactory: SecretFactory;
  readonly #given: Given;
  readonly #sources: Record<string, string> = {};
  readonly #names: Record<string, string> = {};

  constructor(given: Given) {
    this.#given = given;
    this.canMintOidcToken = given.canMintOidcToken;
    this.secretFactory = given.secret;
  }

  get sources(): Sources {
    return this.#sources;
  }

  checkout(folder: string): CheckoutPort | undefined {
    return this.#given.checkout?.(folder);
  }

  fail(code: Code, message: string, hint: string): void {
    this.problems.push(problem(code, message, hint));
  }

  /** Says in the log that a value has no effect in this run. */
  unused(id: string, why: string): void {
    const source = this.#sources[id];
    if (source !== undefined) this.#sources[id] = `${source}, without effect: ${why}`;
  }

  /** Makes `{id}` stand for `value` in the presets and names read from here on. */
  define(id: string, value: string): void {
    this.#names[id] = value;
  }

  /** Whether an input or a variable gives it. */
  isGiven(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  /** Whether an input gives it, so that no variable that happens to be there decides. */
  isInput(id: string): boolean {
    return this.#ofInput(id) !== '';
  }

  /** Empty when nothing gives it. */
  text(id: string): string {
    return this.value(id).text;
  }

  value(id: string): Value {
    const found = this.#find(id);
    if (found) {
      this.#sources[id] = found.source === id ? 'input' : found.source;
      return found;
    }
    const { preset } = row(id);
    if (preset !== '') this.#sources[id] = 'default';
    return { text: this.fill(preset, id), source: id };
  }

  fill(text: string, source: string): string {
    return text.replace(/\{([^{}]*)\}/g, (whole, id: string) => {
      const known = this.#names[id];
      if (known !== undefined) return known;
      const ids = Object.keys(this.#names).map((name) => `{${name}}`);
      this.fail(
        'INPUT_INVALID',
        `${source} has the placeholder ${cleanName(whole)}, which stands for nothing`,
        `Use ${ids.join(' or ')}.`,
      );
      // A stand-in that is valid in every name, so that one mistake is told once.
      return 'x';
    });
  }

  /** `true` or `false` and nothing else; a variable may say 1 or 0, as Vault's own do. */
  boolean(id: string): boolean {
    const { text, source } = this.value(id);
    const word = text.toLowerCase();
    const isVariable = source !== id;
    if (word === 'true' || (isVariable && (word === '1' || word === 't'))) return true;
    if (word === 'false' || (isVariable && (word === '0' || word === 'f'))) return false;
    this.fail('INPUT_INVALID', `${source} is neither true nor false`, `Set ${source} to true or false.`);
    return false;
  }

  oneOf<T extends string>(id: string, choices: readonly T[]): T | undefined {
    const { text, source } = this.value(id);
    const found = choices.find((choice) => choice === text);
    if (found !== undefined || text === '') return found;
    const near = nearest(text, choices);
    this.fail(
      'INPUT_INVALID',
      `${source} is ${cleanName(text)}, which is not one of ${choices.join(', ')}`,
      near ? `Did you mean ${near}? Set ${source} to one of them.` : `Set ${source} to one of them.`,
    );
    return undefined;
  }

  /** Seconds; undefined when nothing gives it or it is none. */
  seconds(id: string, least: number, most: number, bounds: string): number | undefined {
    const { text, source } = this.value(id);
    if (text === '') return undefined;
    const seconds = parseDuration(text);
    if (seconds === undefined) {
      this.fail(
        'INPUT_INVALID',
        `${source} is ${cleanName(text)}, which is not a duration`,
        `Write ${source} with its unit: 90s, 15m, 24h or 3d.`,
      );
    } else if (seconds < least || seconds > most) {
      this.fail('INPUT_INVALID', `${source} is ${cleanName(text)}, and must be ${bounds}`, `Set ${source} ${bounds}.`);
      return undefined;
    }
    return seconds;
  }

  /** Items of lines or commas; `#` opens a comment, `none` alone is the empty list. */
  items(id: string): readonly string[] {
    const items = this.text(id)
      .replace(/(^|[\s,])#.*$/gm, '')
      .split(/[\r\n,]+/)
      .map((item) => item.trim())
      .filter((item) => item !== '');
    return items.length === 1 && items[0] === 'none' ? [] : items;
  }

  secret(id: string): Secret | undefined {
    const { text } = this.value(id);
    return text === '' ? undefined : this.secretFactory(id, text);
  }

  /** Text, base64 or a path. A path and what is public are not masked: stars in the log would only hide what was read. */
  material(id: string, isSecret = false): Material | undefined {
    const { text, source } = this.value(id);
    if (text === '') return undefined;
    const form = formOf(text);
    const isHidden = isSecret && form !== 'path';
    const content = isHidden ? this.secretFactory(id, text) : new Secret(id, text, () => undefined);
    const origin = this.#sources[id];
    if (origin !== undefined) this.#sources[id] = `${origin}, ${FORMS[form]}`;
    return { form, content, source };
  }

  /** A path, whatever it looks like. */
  path(id: string): Material {
    const { text, source } = this.value(id);
    return { form: 'path', content: new Secret(id, text, () => undefined), source };
  }

  #find(id: string): Value | undefined {
    const input = this.#ofInput(id);
    if (input !== '') return { text: input, source: id };
    for (const variable of row(id).variables) {
      const text = (this.#given.env(variable) ?? '').trim();
      if (text !== '') return { text, source: variable };
    }
    return undefined;
  }

  /** A shell cannot export a name with hyphens, so underscores stand for them. */
  #ofInput(id: string): string {
    return (this.#given.input(id) || this.#given.input(id.replaceAll('-', '_')) || '').trim();
  }
}

const FORMS = { inline: 'as text', base64: 'as base64', path: 'as a path' } as const;

function row(id: string): InputRow {
  const found = ROWS.get(id);
  if (!found) throw new TypeError(`no input ${id}`);
  return found;
}
