import type { Code } from '../binding/errors.js';
import type { ConditionFact, ResourceFact } from '../binding/facts.js';
import { groupBy } from '../binding/group.js';
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

interface Judged {
  readonly resource: ResourceFact;
  readonly judgement: Judgement;
}

export const ok: Judgement = { state: 'ok', note: '', hint: '' };

const MOST_OF_A_CAUSE = 4;

/** The failure that `condition` tells, in our words. */
export function failedBy(condition: ConditionFact | undefined): Judgement {
  const cause = condition === undefined ? undefined : causeOf(condition.message);
  if (cause === undefined) return { state: 'failed', note: 'failed, cause not recognised', hint: '' };
  const code = cause.code === undefined ? {} : { code: cause.code };
  return { state: 'failed', note: cause.text, hint: cause.hint, ...code };
}

/**
 * A row over many resources: red by any that failed or never came, else unknown by any that cannot be told. One line
 * for each cause, with the resources that it explains; the cause that explains most comes first.
 */
export function judged(
  resources: readonly ResourceFact[],
  judge: (resource: ResourceFact) => Judgement,
  operator: string,
): Finding {
  if (resources.length === 0) return red(`no resource of ${operator} exists`);
  const all = resources.map((resource): Judged => ({ resource, judgement: judge(resource) }));
  const bad = causes(all.filter(({ judgement }) => judgement.state === 'failed' || judgement.state === 'pending'));
  const unclear = causes(all.filter(({ judgement }) => judgement.state === 'unclear'));
  const noted = causes(all.filter(({ judgement }) => judgement.state === 'ok' && judgement.note !== ''));
  const total = counted(resources.length, 'resource');
  const remarks = noted.length === 0 ? '' : `; warning: ${listed(noted.map(line))}`;
  const found = [...bad, ...unclear];
  const worst = found[0]?.[0];
  if (worst === undefined) return green(`${total}${remarks}`);
  const detail = `${found.flat().length} of ${total} not proven: ${listed(found.map(line))}${remarks}`;
  if (bad.length > 0) return red(detail, worst.judgement.hint, worst.judgement.code);
  return { state: 'unknown', detail, hint: worst.judgement.hint };
}

function causes(all: readonly Judged[]): readonly (readonly Judged[])[] {
  const groups = [...groupBy(all, ({ judgement }) => judgement.note).values()];
  return groups.sort((left, right) => right.length - left.length);
}

function line(group: readonly Judged[]): string {
  let kind = '';
  const names = group.slice(0, MOST_OF_A_CAUSE).map(({ resource }) => {
    const named = resource.kind === kind ? refText(resource.ref) : `${resource.kind} ${refText(resource.ref)}`;
    kind = resource.kind;
    return named;
  });
  const left = group.length - names.length;
  return `${names.join(', ')}${left > 0 ? ` and ${left} more` : ''}: ${group[0]?.judgement.note ?? ''}`;
}
