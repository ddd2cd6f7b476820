import type { Code } from '../binding/errors.js';
import type { ConditionFact, ResourceFact } from '../binding/facts.js';
import { causeOf } from './gitops-cause.js';
import { counted, type Finding, green, listed, red, refText } from './gitops-finding.js';

/**
 * What one custom resource shows: `unclear` when what it shows fits both success and failure. An `ok` one may still
 * carry a note.
 */
export interface Judgement {
  readonly state: 'ok' | 'failed' | 'pending' | 'unclear';
  readonly note: string;
  readonly hint: string;
  readonly code?: Code;
}

export const ok: Judgement = { state: 'ok', note: '', hint: '' };

/** The failure that `condition` tells, in our words. */
export function failedBy(condition: ConditionFact | undefined): Judgement {
  const cause = condition === undefined ? undefined : causeOf(condition.message);
  if (cause === undefined) return { state: 'failed', note: 'failed, cause not recognised', hint: '' };
  const code = cause.code === undefined ? {} : { code: cause.code };
  return { state: 'failed', note: cause.text, hint: cause.hint, ...code };
}

/** A row over many resources: red by any that failed or never came, else unknown by any that cannot be told. */
export function judged(
  resources: readonly ResourceFact[],
  judge: (resource: ResourceFact) => Judgement,
  operator: string,
): Finding {
  if (resources.length === 0) return red(`no resource of ${operator} exists`);
  const all = resources.map((resource) => ({ resource, judgement: judge(resource) }));
  const bad = all.filter(({ judgement }) => judgement.state === 'failed' || judgement.state === 'pending');
  const unclear = all.filter(({ judgement }) => judgement.state === 'unclear');
  const noted = all.filter(({ judgement }) => judgement.state === 'ok' && judgement.note !== '');
  const total = counted(resources.length, 'resource');
  const remarks = noted.length === 0 ? '' : `; warning: ${listed(noted.map(line))}`;
  const worst = [...bad, ...unclear][0];
  if (worst === undefined) return green(`${total}${remarks}`);
  const detail = `${bad.length + unclear.length} of ${total} not proven: ${listed([...bad, ...unclear].map(line))}${remarks}`;
  if (bad.length > 0) return red(detail, worst.judgement.hint, worst.judgement.code);
  return { state: 'unknown', detail, hint: worst.judgement.hint };
}

function line({ resource, judgement }: { resource: ResourceFact; judgement: Judgement }): string {
  return `${resource.kind} ${refText(resource.ref)}: ${judgement.note}`;
}
