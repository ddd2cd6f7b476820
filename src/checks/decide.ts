import type { Intent } from '../binding/intent.js';
import { MODES } from '../modes.js';
import type { CheckResult } from './check.js';

/** Which checks decide the verdict in this run; the rest is shown. */
export function decides(intent: Intent): (check: CheckResult) => boolean {
  const all = MODES[intent.mode].checks === 'all' || intent.waitSeconds > 0;
  return (check) => intent.checks.includes(check.category) && (all || check.category === 'binding');
}
