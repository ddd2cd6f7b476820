import type { Intent } from '../binding/intent.js';
import { MODES } from '../modes.js';
import type { CheckResult } from './check.js';

/** Which checks decide the verdict in this run; the rest is shown. */
export function decides(intent: Intent): (check: CheckResult) => boolean {
  const { contract } = MODES[intent.mode];
  const all = decidesAll(intent);
  const alone = (check: CheckResult): boolean =>
    check.category === 'binding' || (check.category === 'contract' && contract === 'decides');
  return (check) => intent.checks.includes(check.category) && (all || alone(check));
}

/** Whether the whole checklist decides: what waits for GitOps, or starts it, wants to know what came of it. */
export function decidesAll({ mode, waitSeconds, bootstrapCommand }: Intent): boolean {
  return MODES[mode].checks === 'all' || waitSeconds > 0 || bootstrapCommand !== undefined;
}
