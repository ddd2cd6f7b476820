import { cleanName } from '../binding/name.js';
import type { ContractFinding } from '../checks/check.js';

export type RepoName = ContractFinding['repo'];

/** A file does not say what was looked for in a way that can be read; the row is then not green. */
export class CouldNotTell extends Error {}

/** Where something stands. */
export interface Place {
  readonly repo: RepoName;
  readonly file: string;
  readonly line: number;
}

/** Beyond this a row says nothing more that anyone would read. */
const MOST_FINDINGS = 500;

/** What one row found while it looked. */
export class Ledger {
  readonly findings: ContractFinding[] = [];
  readonly unclear: string[] = [];

  found(place: Place, seen: string, expected: string, edit: string): void {
    const { repo, file, line } = place;
    if (this.findings.length >= MOST_FINDINGS) return;
    const same = this.findings.some((one) => one.file === file && one.line === line && one.seen === seen);
    if (!same) this.findings.push({ repo, file: cleanName(file), line, seen, expected, edit });
  }

  /** Looks at one part of a row; when it cannot tell, the other parts are still looked at. */
  look(part: () => void): void {
    try {
      part();
    } catch (thrown) {
      if (!(thrown instanceof CouldNotTell)) throw thrown;
      if (!this.unclear.includes(thrown.message)) this.unclear.push(thrown.message);
    }
  }
}

/** A value from a file, short and safe to show. */
export function shown(value: string | undefined): string {
  if (value === undefined) return 'nothing';
  const text = cleanName(value);
  if (text === '') return 'an empty text';
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
