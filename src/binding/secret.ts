import type { inspect as Inspect } from 'node:util';

const inspect = Symbol.for('nodejs.util.inspect.custom') as unknown as typeof Inspect.custom;

/** Registers a value with whatever hides it from logs; called before anything else can see the secret. */
export type Mask = (value: string) => void;

/** Makes a Secret and masks it in the same breath; the only way to obtain one. */
export type SecretFactory = (label: string, value: string) => Secret;

/**
 * A value nobody may print: every conversion yields its label. It has no equality, length or hash, because each of
 * them tells something. `reveal()` is called in `src/adapters` only, at the moment the value goes on the wire.
 */
export class Secret {
  readonly label: string;
  readonly #value: string;

  /** Use a SecretFactory: a Secret that was never masked is one slip away from a log. */
  constructor(label: string, value: string, mask: Mask) {
    mask(value);
    this.label = label;
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return `[secret ${this.label}]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.toPrimitive](): string {
    return this.toString();
  }

  [inspect](): string {
    return this.toString();
  }
}

/** A factory bound to one mask. */
export function secretFactory(mask: Mask): SecretFactory {
  return (label, value) => new Secret(label, value, mask);
}
