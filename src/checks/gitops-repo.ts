import type { ApplicationFact, ApplicationSetFact } from '../binding/facts.js';
import type { ForeignText } from '../binding/foreign.js';
import { groupBy } from '../binding/group.js';
import { type ArgoKind, argoCauseOf } from './argocd-cause.js';
import { counted, type Finding, green, listed, red, refText } from './gitops-finding.js';

/** Host and path without credentials: what stands before the last @ is dropped, a query is cut off. */
const REPOSITORY = /^\s*(?:.*@|[a-z][a-z0-9+.-]*:\/\/)?([A-Za-z0-9.-]+(?::\d+)?(?:[/:][\w.~/-]*)?)/i;

/** Generating from a repository, or failing to, takes that it was read. */
const READ: readonly ArgoKind[] = ['revision', 'path', 'chart', 'crd', 'sync', 'permission'];

// An Application is compared about every 3 min; a repository error shows 180 s after it was first met.
const HIDDEN_MS = 240_000;

interface Access {
  readonly application: ApplicationFact;
  readonly state: 'refused' | 'read' | 'untold';
}

/** Whether `message` tells that Argo CD may not read a repository; network and chart errors are not that. */
function isRefusedAccess(message: ForeignText): boolean {
  return argoCauseOf(message).kind === 'repository';
}

/**
 * Red only when Argo CD names a repository it may not read. One that no Application was compared with is not proven,
 * which is a warning: whatever keeps it from that is shown by argocd.applications.
 */
export function repoFinding(
  applications: readonly ApplicationFact[],
  sets: readonly ApplicationSetFact[],
  now: number,
): Finding {
  const all = applications.map((application): Access => ({ application, state: accessOf(application) }));
  const failed = sets.filter((set) => set.conditions.some(({ message }) => isRefusedAccess(message)));
  const refused = [
    ...byRepository(all.filter(({ state }) => state === 'refused')),
    ...failed.map(({ ref }) => `ApplicationSet ${refText(ref)}`),
  ];
  if (refused.length > 0) return red(`access refused: ${listed(refused)}`);
  if (applications.length === 0) return { state: 'skipped', detail: 'no Application to look at', hint: '' };
  const proven = new Set(all.filter(({ state }) => state === 'read').flatMap(({ application }) => keysOf(application)));
  const untold = all.filter(({ application, state }) => {
    const keys = keysOf(application);
    return state === 'untold' && (keys.length === 0 || !keys.every((key) => proven.has(key)));
  });
  if (untold.length > 0) return notProven(untold);
  return green(`${counted(applications.length, 'Application')}${hidden(applications, now)}`);
}

function notProven(untold: readonly Access[]): Finding {
  return {
    state: 'unknown',
    detail: `not told yet, for nothing was compared: ${listed(byRepository(untold))}`,
    hint: 'Read why in argocd.applications: network trouble and a repo server that is down say nothing of access.',
    severity: 'warning',
  };
}

/** Since when a repository could be failing without a word: Argo CD keeps quiet about it for its first 180 s. */
function hidden(applications: readonly ApplicationFact[], now: number): string {
  const newest = Math.max(...applications.map(({ reconciledAt }) => reconciledAt ?? 0));
  const minutes = Math.floor((now - newest) / 60_000);
  return newest === 0 || now - newest < HIDDEN_MS
    ? ''
    : `, last compared ${minutes} m ago; Argo CD tells of a repository error only after 180 s`;
}

function accessOf({ conditions, sync, operationMessage }: ApplicationFact): Access['state'] {
  const kinds = conditions.map(({ message }) => argoCauseOf(message).kind);
  if (kinds.includes('repository')) return 'refused';
  if (sync === 'Synced' || sync === 'OutOfSync') return 'read';
  // The last operation's message outlives its cause; it counts only while nothing newer was compared.
  const last = argoCauseOf(operationMessage).kind;
  if (last === 'repository') return 'refused';
  return [...kinds, last].some((kind) => READ.includes(kind)) ? 'read' : 'untold';
}

/** One line for each repository: its Applications, and its name without credentials. */
function byRepository(all: readonly Access[]): readonly string[] {
  const groups = groupBy(all, ({ application }) => keysOf(application).join(' '));
  return [...groups.values()].map((group) => {
    const [first] = group as [Access];
    const more = group.length === 1 ? '' : ` and ${group.length - 1} more`;
    const names = [...new Set(first.application.repoUrls.map(shownOf).filter((name) => name !== ''))];
    return `${refText(first.application.ref)}${more}${names.length === 0 ? '' : ` (${names.join(', ')})`}`;
  });
}

function shownOf(url: ForeignText): string {
  return url.capture(REPOSITORY) ?? '';
}

/** Repositories as Argo CD tells them apart: case, a trailing `.git` and the two spellings of ssh make no difference. */
function keysOf({ repoUrls }: ApplicationFact): readonly string[] {
  return repoUrls.map((url) => {
    const scheme = url.matches(/^\s*https?:/i) ? 'http' : 'ssh';
    const name = shownOf(url)
      .toLowerCase()
      .replace(/\.git$/, '');
    return `${scheme} ${scheme === 'ssh' ? name.replace(':', '/') : name}`;
  });
}
