import { ForeignText } from '../binding/foreign.js';
import { dig } from './gitops-json.js';

/** An HTTP answer of Vault's that stays inside the adapter. */
export interface VaultAnswer {
  readonly status: number;
  /** Parsed JSON of a success; undefined otherwise. */
  readonly body: unknown;
  /** Vault's own words in an error. */
  readonly text: ForeignText;
  /** Whether an error has the shape of Vault's, and is not some proxy's. */
  readonly genuine: boolean;
}

/** Vault's own words in an error answer; empty when it is none of Vault's. */
export function errorText(body: unknown): ForeignText {
  const errors = dig(body, 'errors');
  return new ForeignText(Array.isArray(errors) ? errors.filter((entry) => typeof entry === 'string').join('\n') : '');
}

/** An answer whose body stays behind: words to ask questions of, and whether they are Vault's. */
export function errorAnswer(status: number, body: unknown): VaultAnswer {
  return { status, body: undefined, text: errorText(body), genuine: Array.isArray(dig(body, 'errors')) };
}

/** The entries of a JSON object; none for anything else. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A list of strings; Vault writes an empty one as null, and old servers join with commas. */
export function stringsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return value === '' ? [] : value.split(',').map((part) => part.trim());
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/** Whole seconds from a number or a bare decimal string; 0 for anything else. */
export function secondsOf(value: unknown): number {
  const seconds = typeof value === 'string' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? Math.trunc(seconds) : 0;
}
