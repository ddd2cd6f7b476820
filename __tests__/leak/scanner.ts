import { encodings } from './encoding.js';

/** A secret and what it is called when it turns up. */
export interface Known {
  readonly name: string;
  readonly value: string;
}

/** A place where a secret turned up. */
export interface Finding {
  readonly secret: string;
  readonly encoding: string;
  readonly surface: string;
}

const WINDOW = 16;
const STRIDE = 4;

/** Finds secrets in texts, also when no more than 19 characters in a row were kept of one. */
export class Scanner {
  readonly #fragments = new Map<string, Omit<Finding, 'surface'>>();
  /** Those too short to have fragments. */
  readonly #whole = new Map<string, Omit<Finding, 'surface'>>();

  readonly #values = new Set<string>();

  constructor(secrets: readonly Known[] = []) {
    this.learn(secrets);
  }

  /** Takes up those that it does not know yet. */
  learn(secrets: readonly Known[]): void {
    for (const { name, value } of secrets) {
      if (this.#values.has(value)) continue;
      this.#values.add(value);
      for (const { name: encoding, text } of encodings(value)) this.#add(text, { secret: name, encoding });
    }
  }

  #add(text: string, found: Omit<Finding, 'surface'>): void {
    if (text.length < WINDOW + STRIDE) {
      this.#whole.set(text, found);
      return;
    }
    for (let at = 0; at + WINDOW <= text.length; at += STRIDE) {
      const fragment = text.slice(at, at + WINDOW);
      if (!this.#fragments.has(fragment)) this.#fragments.set(fragment, found);
    }
  }

  /** Each secret once per surface and encoding. */
  scan(surfaces: Readonly<Record<string, string>>): readonly Finding[] {
    const found = new Map<string, Finding>();
    const note = (surface: string, seen: Omit<Finding, 'surface'>): void => {
      found.set(JSON.stringify([surface, seen]), { ...seen, surface });
    };
    for (const [surface, text] of Object.entries(surfaces)) {
      for (const [whole, seen] of this.#whole) if (text.includes(whole)) note(surface, seen);
      for (let at = 0; at + WINDOW <= text.length; at += 1) {
        const seen = this.#fragments.get(text.slice(at, at + WINDOW));
        if (seen !== undefined) note(surface, seen);
      }
    }
    return [...found.values()];
  }
}
