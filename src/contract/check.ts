import { cleanName } from '../binding/name.js';
import type { CheckResult, ContractFinding } from '../checks/check.js';
import type { CheckoutPort } from './checkout.js';
import { POLICY_ROWS } from './connection-policy.js';
import { DOCUMENT_ROWS } from './documents.js';
import { ENVIRONMENT_ROWS } from './environment.js';
import { Ledger } from './ledger.js';
import { NAMESPACE_ROWS } from './namespace.js';
import { OVERLAY_ROWS } from './overlay.js';
import { PLATFORM_ROWS } from './platform.js';
import { PLUMBING_ROWS } from './plumbing.js';
import { Repo } from './repo.js';
import type { ContractRow } from './row.js';
import { Scene } from './scene.js';
import { SECRET_ROWS } from './secrets.js';
import { VCO_ROWS } from './vco.js';
import type { ContractWanted } from './wanted.js';

/** The contract between the two repositories, in the order shown. */
export const CONTRACT_ROWS: readonly ContractRow[] = [
  ...ENVIRONMENT_ROWS,
  ...OVERLAY_ROWS,
  ...NAMESPACE_ROWS,
  ...VCO_ROWS,
  ...SECRET_ROWS,
  ...PLUMBING_ROWS,
  ...POLICY_ROWS,
  ...PLATFORM_ROWS,
  ...DOCUMENT_ROWS,
];

/** The checkouts that were given. */
export interface ContractRepos {
  readonly clusters?: CheckoutPort | undefined;
  readonly gitops?: CheckoutPort | undefined;
}

/**
 * Judges the files of both repositories for one environment: pure, one result a row. What could not be told is
 * unknown, never green; rows whose checkout was not given are skipped.
 */
export function contractChecks(repos: ContractRepos, wanted: ContractWanted): readonly CheckResult[] {
  const { clusters, gitops } = repos;
  const scene = new Scene(wanted, clusters && new Repo('clusters', clusters), gitops && new Repo('gitops', gitops));
  return CONTRACT_ROWS.map((row) => {
    if (wanted.skipChecks?.includes(row.id)) return skipped(row, 'named in skip-checks');
    if (!scene.has(row.needs))
      return skipped(row, `${row.needs}-path turns this row on: a checkout of that repository`);
    const ledger = new Ledger();
    ledger.look(() => row.evaluate(scene, ledger));
    return judged(row, ledger, wanted);
  });
}

function skipped(row: ContractRow, detail: string): CheckResult {
  return { ...shape(row), state: 'skipped', detail, hint: '' };
}

function shape({ id, description, severity }: ContractRow) {
  return { id, category: 'contract', description, severity } as const;
}

function judged(row: ContractRow, ledger: Ledger, wanted: ContractWanted): CheckResult {
  const findings = ledger.findings.map((finding) => fromWorkspace(finding, wanted));
  const [first] = findings;
  const untold = ledger.unclear.length === 0 ? '' : `could not tell: ${ledger.unclear.join('; ')}`;
  if (first) {
    const more = findings.length === 1 ? '' : `, and ${findings.length - 1} more`;
    const detail = `${first.file}:${first.line}: ${first.seen}${more}`;
    return {
      ...shape(row),
      state: 'red',
      detail: untold === '' ? detail : `${detail}; ${untold}`,
      hint: first.edit,
      findings,
    };
  }
  if (untold === '') return { ...shape(row), state: 'green', detail: '', hint: '' };
  const hint = `Look at it by hand, and name ${row.id} in skip-checks when it is right.`;
  return { ...shape(row), state: 'unknown', detail: untold, hint };
}

/** GitHub finds the line of a file by its path from the workspace. */
function fromWorkspace(finding: ContractFinding, { paths }: ContractWanted): ContractFinding {
  const folder = (paths[finding.repo] ?? '').replace(/^(\.\/)+|\/+$/g, '');
  const file = folder === '' || folder === '.' ? finding.file : `${folder}/${finding.file}`;
  return { ...finding, file: cleanName(file) };
}
