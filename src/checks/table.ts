import { type BindingRow, type BindingView, SYSTEM_ROWS } from './binding.js';
import type { CheckResult } from './check.js';
import { MOUNT_ROWS } from './mount.js';
import { OPENSHIFT_ROWS } from './openshift.js';

/** The binding half of the checklist, in the order it is shown. */
export const BINDING_ROWS: readonly BindingRow[] = [...SYSTEM_ROWS, ...MOUNT_ROWS, ...OPENSHIFT_ROWS];

/** Judges every binding row; rows skipped by name are shown as skipped. */
export function bindingChecks(view: BindingView, skip: readonly string[]): readonly CheckResult[] {
  return BINDING_ROWS.map((row) => {
    const found = skip.includes(row.id)
      ? { state: 'skipped' as const, detail: 'skipped by skip-checks', hint: '' }
      : row.evaluate(view);
    const hint = view.mode === 'bind' ? found.hint.replace(/^Run bind\b(?! again)/, 'Run bind again') : found.hint;
    const { id, description, severity } = row;
    return { id, category: 'binding' as const, description, severity, ...found, hint };
  });
}
