import type { Severity } from '../checks/check.js';
import type { Ledger, RepoName } from './ledger.js';
import type { Scene } from './scene.js';

/** A row of the contract: what must be so in the files of the two repositories. */
export interface ContractRow {
  readonly id: `contract.${string}`;
  /** The sentence that is true when green. */
  readonly description: string;
  readonly severity: Severity;
  /** Entry of the list of contract checks that it judges. */
  readonly code: `C${string}`;
  /** The checkout without which there is nothing to look at. */
  readonly needs: RepoName;
  readonly evaluate: (scene: Scene, ledger: Ledger) => void;
}
