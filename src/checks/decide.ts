import type { Intent } from '../binding/intent.js';
import { MODES } from '../modes.js';
import type { CheckResult } from './check.js';

/** Which checks decide the verdict in this run; the rest is shown. */
export function decides(intent: Intent): (check: CheckResult) => boolean {
  const { checks, contract } = MODES[intent.mode];
  const all = checks === 'all' || intent.waitSeconds > 0;
  const alone = (check: CheckResult): boolean =>
    check.category === 'binding' || (check.category === 'contract' && contract === 'decides');
  return (check) => intent.checks.includes(check.category) && (all || alone(check));
}
