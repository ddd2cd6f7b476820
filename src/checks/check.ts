import type { CheckCategory } from '../binding/intent.js';

/**
 * `green` true and observed · `red` observed and false · `unknown` could not be read · `pending` not looked at yet by
 * this mode · `skipped` by name or not applicable. Only green and skipped and warnings let a verdict be green.
 */
export type CheckState = 'green' | 'red' | 'unknown' | 'pending' | 'skipped';

/** `error` decides the verdict; `warning` never changes green. */
export type Severity = 'error' | 'warning';

/** A line of a file. */
export interface FilePlace {
  /** Path from the workspace, e.g. the checkout as it was given and the file in it. */
  readonly file: string;
  /** Counted from 1; 1 in a file that is not there. */
  readonly line: number;
}

/** One place in a checkout that is not as the other repository, the charts or the operators need it. */
export interface ContractFinding extends FilePlace {
  readonly repo: 'clusters' | 'gitops';
  readonly seen: string;
  readonly expected: string;
  /** What to change there, in one imperative sentence. */
  readonly edit: string;
}

/** One row of the checklist with what was found. */
export interface CheckResult {
  /** Also the heading in docs/checks.md, e.g. `mount.host`; for Secrets `secret.<namespace>/<name>`. */
  readonly id: string;
  readonly category: CheckCategory;
  /** The sentence that is true when green, lower-case, no full stop. */
  readonly description: string;
  readonly severity: Severity;
  readonly state: CheckState;
  /** What was seen, names only; empty when the description says it all. */
  readonly detail: string;
  /** The next command or permission; empty when green. */
  readonly hint: string;
  /** The error code behind it, when there is one. */
  readonly code?: string;
  /** How long it has not been green while waiting, in seconds. */
  readonly waitedSeconds?: number;
  /** What a contract row found, place by place. */
  readonly findings?: readonly ContractFinding[];
}

export type Verdict = 'green' | 'red' | 'unknown';
