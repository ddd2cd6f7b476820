import { maskParts } from './runner-mask.js';

/** As many characters of a secret in a row give it away, however they are written: wrapped base64 has 60 or 76 on a line. */
const GRAM = 12;
/** Where a line is broken within a secret, what is left of it before or behind may be shorter. */
const EDGE = 5;
const LEAST = 4;
/** Shorter than this the coded form of a short secret is found in any text. */
const LEAST_CODED = 6;
/** A gap between two hidden runs that holds an escape or a line's end, and no text of its own. */
const GAP = 6;
/** Of a larger text only the lines that tell something are coded once more. */
const MOST_CODED = 64 * 1024;

const KEY = /^\s*-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Finds secrets in foreign text: whole, in pieces, and in the ways in which programs write them down. */
export class Concealer {
  readonly #grams = new Set<string>();
  readonly #short = new Set<string>();
  readonly #heads = new Set<string>();
  readonly #tails = new Set<string>();

  constructor(values: Iterable<string>) {
    // A key is coded as a whole as well, with the line that says what it is.
    const parts = new Set([...values].flatMap((value) => [...maskParts(value), ...(KEY.test(value) ? [value] : [])]));
    for (const part of parts) {
      if (part.length < LEAST) continue;
      this.#add(part);
      if (part.length > MOST_CODED) continue;
      for (const text of coded(part)) if (text.length >= LEAST_CODED) this.#add(text);
    }
  }

  /** The text with stars in place of every secret. */
  conceal(text: string): string {
    const hidden = this.#runs(text);
    let shown = '';
    let at = 0;
    for (const [from, to] of hidden) {
      shown += `${text.slice(at, from)}***`;
      at = to;
    }
    return shown + text.slice(at);
  }

  #add(text: string): void {
    if (text.length < GRAM) this.#short.add(text);
    else if (!text.startsWith('-----')) {
      for (let length = EDGE; length < GRAM; length += 1) {
        this.#heads.add(text.slice(0, length));
        this.#tails.add(text.slice(-length));
      }
    }
    for (let at = 0; at + GRAM <= text.length; at += 1) this.#grams.add(text.slice(at, at + GRAM));
  }

  /** Where to hide something, from left to right, none touching another. */
  #runs(text: string): readonly (readonly [number, number])[] {
    const found: [number, number][] = [];
    for (const short of this.#short) {
      for (let at = text.indexOf(short); at >= 0; at = text.indexOf(short, at + 1)) found.push([at, at + short.length]);
    }
    for (let at = 0; at + GRAM <= text.length; at += 1) {
      if (this.#grams.has(text.slice(at, at + GRAM))) found.push([at, at + GRAM]);
    }
    found.push(...this.#edges(text));
    const merged: [number, number][] = [];
    for (const [from, to] of found.sort(([left], [right]) => left - right)) {
      const last = merged.at(-1);
      if (last && from <= last[1] + GAP) last[1] = Math.max(last[1], to);
      else merged.push([from, to]);
    }
    return merged;
  }

  /** The end of a secret that opens the line, and the beginning of one that closes it. */
  #edges(text: string): readonly [number, number][] {
    const found: [number, number][] = [];
    const from = text.length - text.trimStart().length;
    const to = text.trimEnd().length;
    for (let length = EDGE; length < GRAM && from + length <= to; length += 1) {
      if (this.#tails.has(text.slice(from, from + length))) found.push([from, from + length]);
      if (this.#heads.has(text.slice(to - length, to))) found.push([to - length, to]);
    }
    return found;
  }
}

function coded(part: string): readonly string[] {
  const hex = Buffer.from(part).toString('hex');
  const url = encodeURIComponent(part);
  const json = escaped(part);
  return [
    ...[0, 1, 2].flatMap((before) => base64(part, before)),
    hex,
    hex.toUpperCase(),
    url,
    url.replace(/%../g, (escape) => escape.toLowerCase()),
    new URLSearchParams({ v: part }).toString().slice(2),
    json,
    escaped(json),
    json.replace(/[<>&]/g, (one) => `\\u${hex4(one)}`),
    json.replace(/[^ -~]/g, (one) => `\\u${hex4(one)}`),
    part.replace(/[&<>"']/g, (one) => HTML[one] ?? one),
    part.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A'),
    // As `set -x` and printf %q write a word.
    part.replaceAll("'", "'\\''"),
    part.replace(/[^\w@%+=:,./-]/g, (one) => `\\${one}`),
  ];
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function hex4(one: string): string {
  return one.charCodeAt(0).toString(16).padStart(4, '0');
}

/** The digits that depend on `part` alone when so many bytes were encoded in front of it. */
function base64(part: string, before: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(part)]);
  const [from, to] = [Math.ceil((8 * before) / 6), Math.floor((8 * bytes.length) / 6)];
  return [bytes.toString('base64').slice(from, to), bytes.toString('base64url').slice(from, to)];
}
