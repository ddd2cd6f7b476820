import { type BootstrapFact, noTrace, readTrace } from '../../src/binding/bootstrap.js';
import type { BootstrapReport } from '../../src/report/model.js';

const TOLD = {
  cluster: 'prodtest',
  env: 'prodtest',
  base_domain: 'apps.prodtest.example.com',
  repo_url: 'https://github.com/bitiq-io/gitops',
  repo_ref: 'main',
  git_sha: '0123456789abcdef0123456789abcdef01234567',
  timestamp: '2026-03-01T02:04:05Z',
};
const command = 'make bootstrap-gitops CLUSTER=prodtest';

function ended(more: Partial<BootstrapFact>): BootstrapReport {
  const trace = readTrace(JSON.stringify(TOLD), String);
  return { command, fact: { ended: 'exited', limitSeconds: 1800, durationMs: 754_000, trace, ...more } };
}

/** A bootstrap that succeeded, one for each way to fail, and one that was not reached. */
export const BOOTSTRAPS: readonly BootstrapReport[] = [
  ended({ exitCode: 0 }),
  ended({ exitCode: 2, trace: noTrace('absent') }),
  ended({ ended: 'killed', signal: 'SIGKILL', trace: noTrace('stale') }),
  ended({ ended: 'timed-out', trace: noTrace('unreadable') }),
  ended({ ended: 'cancelled' }),
  ended({ ended: 'not-started' }),
  { command },
];
