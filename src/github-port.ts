import type { IssueText } from './report/failure-issue.js';

/** What made this run start. */
export interface RunEvent {
  /** e.g. `schedule`; empty off GitHub. */
  readonly name: string;
  /** `owner/name`; empty off GitHub. */
  readonly repository: string;
  /** Number of the pull request it is about. */
  readonly pull?: number;
  /** Whether that comes from another repository, whose runs get a token that only reads. */
  readonly fork: boolean;
}

/**
 * Comments and issues that are the token's own and begin with a marker; the same mark in anyone else's is not seen.
 * Throws BindError.
 */
export interface GitHubPort {
  /** Writes the comment that begins with `marker` anew, or adds it. */
  putComment(pull: number, marker: string, body: string): Promise<'added' | 'updated'>;
  /** The open issue that begins with `marker`; `thorough` looks beyond our label, which people may have taken off. */
  openIssue(marker: string, thorough: boolean): Promise<{ readonly number: number; readonly body: string } | undefined>;
  /** Answers its number. */
  createIssue(marker: string, text: IssueText): Promise<number>;
  updateIssue(issue: number, text: IssueText): Promise<void>;
  closeIssue(issue: number, text: IssueText): Promise<void>;
}

/** Does `work` on GitHub within a time limit of its own, and once more when that may help. Throws BindError. */
export type GitHubSession = <T>(work: (github: GitHubPort) => Promise<T>) => Promise<T>;
