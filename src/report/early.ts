import type { Problem } from '../binding/errors.js';
import type { FleetIntent, Intent } from '../binding/intent.js';
import type { Report } from './model.js';
import { isUnread } from './unread.js';

/** A run that ended before it could look at anything: what is known is what was asked for. */
export function earlyReport(
  problems: readonly Problem[],
  given: Intent | FleetIntent | undefined,
  version: string,
  run: string,
  now: number,
): Report {
  const intent = given?.mode === 'fleet' ? undefined : given;
  return {
    version,
    mode: given?.mode ?? 'bind',
    verdict: problems.every(isUnread) ? 'unknown' : 'red',
    env: given?.env ?? '',
    cluster: intent?.cluster ?? '',
    mount: intent?.mount ?? '',
    vaultUrl: intent?.vault.url ?? '',
    vaultNamespace: intent?.vault.namespace ?? '',
    vaultVersion: '',
    kubernetesHost: intent?.kubernetesHost ?? '',
    clusterUid: '',
    reviewerTokenExpiresAt: '',
    reviewerTokenIssuedAt: '',
    changed: false,
    drift: false,
    planTitle: '',
    steps: [],
    blockers: problems,
    errors: [],
    warnings: [],
    checks: [],
    grants: [],
    proofs: [],
    waitedSeconds: 0,
    startedAt: new Date(now).toISOString(),
    durationMs: 0,
    run,
  };
}
