import { cleanName } from './name.js';

const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * Free text written by another program (a condition message, an error body). It may carry a URL with credentials or
 * a Secret's value, so it can be asked questions but never printed: what leaves it is a boolean or a cleaned name.
 */
export class ForeignText {
  readonly #text: string;

  constructor(text: unknown) {
    // A slice keeps its whole origin alive in memory; a copy does not.
    this.#text = typeof text === 'string' ? Buffer.from(text.slice(0, 16_384)).toString() : '';
  }

  get empty(): boolean {
    return this.#text === '';
  }

  matches(pattern: RegExp): boolean {
    return pattern.test(this.#text);
  }

  /** The first group of `pattern`, cleaned as a name and cut at 253 characters; undefined when it does not match. */
  capture(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#text)?.[1];
    return found === undefined ? undefined : cleanName(found);
  }

  toString(): string {
    return '[foreign text]';
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect](): string {
    return this.toString();
  }
}
