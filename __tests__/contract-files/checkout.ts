import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { openCheckout } from '../../src/adapters/checkout.js';
import type { CheckResult, ContractFinding } from '../../src/checks/check.js';
import { contractChecks } from '../../src/contract/check.js';
import type { ContractWanted } from '../../src/contract/wanted.js';
import { clustersFiles } from './clusters-repo.js';
import { gitopsFiles } from './gitops-repo.js';

/** Texts of a repository by path. */
export type Files = Map<string, string>;

export interface Repos {
  readonly clusters: Files;
  readonly gitops: Files;
}

const ROOT = mkdtempSync(join(tmpdir(), 'contract-files-'));
let made = 0;
afterAll(() => rmSync(ROOT, { recursive: true, force: true }));

/** Writes the files into a folder of its own. */
export function written(files: Files): string {
  const folder = join(ROOT, String(made++));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

export function mended(): Repos {
  return { clusters: clustersFiles(), gitops: gitopsFiles() };
}

export function wanted(env: string, more: Partial<ContractWanted> = {}): ContractWanted {
  return {
    env,
    cluster: env,
    mount: `kubernetes-${env}`,
    vaultUrl: 'https://vault.example.com:8200',
    vaultNamespace: '',
    connectionRole: 'kube-auth',
    connection: { namespace: 'openshift-gitops', name: 'default' },
    appNamespace: `bitiq-${env}`,
    gitopsRole: `gitops-${env}`,
    gitopsPolicy: `gitops-${env}`,
    paths: {},
    ...more,
  };
}

/** The rows over both repositories as they are written to disk. */
export function checksOf(
  { clusters, gitops }: Repos,
  env: string,
  more: Partial<ContractWanted> = {},
): readonly CheckResult[] {
  return checksIn(written(clusters), written(gitops), env, more);
}

export function checksIn(clusters: string, gitops: string, env: string, more: Partial<ContractWanted> = {}) {
  return contractChecks({ clusters: openCheckout(clusters), gitops: openCheckout(gitops) }, wanted(env, more));
}

/** What is not green, in one line each. */
export function notGreen(checks: readonly CheckResult[]): readonly string[] {
  return checks.filter(({ state }) => state !== 'green').map(({ id, state, detail }) => `${state} ${id}: ${detail}`);
}

export function findingsOf(checks: readonly CheckResult[], id: string): readonly ContractFinding[] {
  return checks.find((check) => check.id === id)?.findings ?? [];
}
