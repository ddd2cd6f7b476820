import type { CheckResult } from '../checks/check.js';
export function contractChecks(_a: unknown, _b: unknown): readonly CheckResult[] {
  return [];
}
