import { StringDecoder } from 'node:string_decoder';
import type { Concealer } from './conceal.js';

/** Of a longer line the rest is passed over as it comes. */
const MOST_HELD = 64 * 1024;
/** The longest piece of a secret that may straddle the place where a line was cut off. */
const STRADDLE = 64;
const MOST_SHOWN = 2000;
const MOST_LINES = 20_000;
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** What a command says last tells why it failed. */
const LAST = 50;

// CSI, OSC and the two-character escapes of terminals.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
const ANSI = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-_]/g;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Cuts a stream into lines, holding no more than one of them, and of that no more than its beginning. */
export class LineCutter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #take: (line: string, isCut: boolean) => void;
  #held = '';
  #isCut = false;
  #afterReturn = false;

  constructor(take: (line: string, isCut: boolean) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    let text = this.#decoder.write(chunk);
    if (text === '') return;
    if (this.#afterReturn && text.startsWith('\n')) text = text.slice(1);
    this.#afterReturn = text.endsWith('\r');
    const [first = '', ...rest] = text.split(/\r\n|\r|\n/);
    this.#hold(first);
    for (const line of rest) {
      this.#flush();
      this.#hold(line);
    }
  }

  end(): void {
    this.#hold(this.#decoder.end());
    if (this.#held !== '') this.#flush();
  }

  #hold(text: string): void {
    const free = MOST_HELD - this.#held.length;
    if (text.length > free) this.#isCut = true;
    if (free > 0) this.#held += text.slice(0, free);
  }

  #flush(): void {
    this.#take(this.#held, this.#isCut);
    this.#held = '';
    this.#isCut = false;
  }
}

/** What a command prints, as it may be shown: nothing secret, no control characters, no more than a log can bear. */
export class Transcript {
  readonly #concealer: Concealer;
  readonly #print: (line: string) => void;
  readonly #last: { line: string; isCut: boolean }[] = [];
  #lines = 0;
  #characters = 0;
  #left = 0;

  constructor(concealer: Concealer, print: (line: string) => void) {
    this.#concealer = concealer;
    this.#print = print;
  }

  readonly take = (line: string, isCut: boolean): void => {
    if (this.#lines < MOST_LINES && this.#characters < MOST_CHARACTERS) {
      this.#lines += 1;
      const shown = this.#shown(line, isCut);
      this.#characters += shown.length;
      this.#print(shown);
      return;
    }
    if (this.#left === 0) this.#print('… from here on only the last lines are shown');
    this.#left += 1;
    this.#last.push({ line, isCut });
    if (this.#last.length > LAST) this.#last.shift();
  };

  end(): void {
    const passed = this.#left - this.#last.length;
    if (passed > 0) this.#print(`… ${passed.toLocaleString('en-US')} lines are left out`);
    for (const { line, isCut } of this.#last) this.#print(this.#shown(line, isCut));
  }

  /** Terminal escapes go first, for they could stand in the middle of a secret. */
  #shown(line: string, isCut: boolean): string {
    const clear = line.replace(ANSI, '').replaceAll('\t', '  ').replace(INVISIBLE, '');
    const safe = this.#concealer.conceal(clear);
    const whole = isCut ? safe.slice(0, Math.max(0, safe.length - STRADDLE)) : safe;
    const isLong = isCut || whole.length > MOST_SHOWN;
    return isLong ? `${whole.slice(0, MOST_SHOWN).toWellFormed()}…` : whole;
  }
}
