import type { Intent } from './binding/intent.js';
import type { CheckResult } from './checks/check.js';
import { decides } from './checks/decide.js';
import { gitopsPending } from './checks/gitops.js';
import { BINDING_ROWS } from './checks/table.js';
import { verdictOf } from './checks/verdict.js';
import { contractChecks } from './contract/check.js';
import { MODES } from './modes.js';
import type { Repositories } from './ports.js';
import { earlyReport } from './report/early.js';
import type { Report } from './report/model.js';

/** What the two repositories ask of each other and of this binding; nothing where neither is checked out. */
export function repositoryChecks(
  intent: Intent,
  repositories: Repositories,
  kubernetesHost: string | undefined,
): readonly CheckResult[] {
  const { clusters, gitops } = repositories;
  if ((!clusters && !gitops) || MODES[intent.mode].contract === 'none' || !intent.checks.includes('contract'))
    return [];
  return contractChecks(
    { ...(clusters ? { clusters } : {}), ...(gitops ? { gitops } : {}) },
    {
      env: intent.env,
      cluster: intent.cluster,
      mount: intent.mount,
      ...(intent.vault.url === '' ? {} : { vaultUrl: intent.vault.url }),
      vaultNamespace: intent.vault.namespace,
      ...(kubernetesHost === undefined ? {} : { kubernetesHost }),
      connectionRole: intent.connectionRole,
      connection: intent.connection,
      appNamespace: intent.appNamespace,
      gitopsRole: intent.gitopsRole,
      gitopsPolicy: intent.gitopsPolicy,
      paths: repositories.paths,
      skipChecks: intent.skipChecks,
    },
  );
}

/** A plan that has only files to look at: everything live is shown as skipped. */
export function filesReport(
  intent: Intent,
  repositories: Repositories,
  { run, version, now }: { readonly run: string; readonly version: string; readonly now: () => number },
): Report {
  const startedAt = now();
  const contract = repositoryChecks(intent, repositories, intent.kubernetesHost);
  const live = [
    ...BINDING_ROWS.map(({ id, description, severity }) => ({
      id,
      category: 'binding' as const,
      description,
      severity,
    })),
    ...gitopsPending(intent),
  ].filter(({ category }) => intent.checks.includes(category));
  const why = 'not looked at: no credentials for a cluster and Vault were given';
  return {
    ...earlyReport([], intent, version, run, startedAt),
    filesOnly: true,
    verdict: verdictOf(contract, decides(intent)),
    checks: [...contract, ...live.map((row) => skipped(row, why))],
    durationMs: now() - startedAt,
  };
}

function skipped(row: Pick<CheckResult, 'id' | 'category' | 'description' | 'severity'>, detail: string): CheckResult {
  const { id, category, description, severity } = row;
  return { id, category, description, severity, state: 'skipped', detail, hint: '' };
}
