import type { ApplicationFact, ApplicationSetFact } from '../binding/facts.js';
import type { ForeignText } from '../binding/foreign.js';
import { counted, type Finding, green, listed, red, refText } from './gitops-finding.js';

/** Told by the Git server itself: no network trouble looks like this. */
const REFUSED =
  /authentication required|authorization failed|repository not found|failed to authenticate to git repository|terminal prompts disabled|could not read Username|permission denied \(publickey|knownhosts: key|unable to authenticate, attempted methods/i;

/** Where fetching failed; also what a broken network looks like. */
const FETCH_FAILED = /failed to list refs|ssh: handshake failed|failed to fetch default|failed to initialize git repo/i;

const NETWORK =
  /dial tcp|no such host|i\/o timeout|deadline exceeded|x509:|connection refused|connection reset|code = Unavailable|status code: 5\d\d/i;

/** Host and path without credentials: what stands before the last @ is dropped, a query is cut off. */
const REPOSITORY = /^(?:.*@|[a-z][a-z0-9+.-]*:\/\/)?([A-Za-z0-9.-]+(?::\d+)?(?:[/:][\w.~/-]*)?)/i;

/** Whether `message` tells that Argo CD may not read a repository; network and chart errors are not that. */
export function isRefusedAccess(message: ForeignText): boolean {
  if (message.matches(REFUSED)) return true;
  return message.matches(FETCH_FAILED) && !message.matches(NETWORK);
}

/** Red only when Argo CD names a repository it may not read; skipped while there is no Application to look at. */
export function repoFinding(applications: readonly ApplicationFact[], sets: readonly ApplicationSetFact[]): Finding {
  const refused = applications.filter(isRefused).map(nameOf);
  for (const set of sets) {
    const failed = set.conditions.some(({ message }) => isRefusedAccess(message));
    if (failed) refused.push(`ApplicationSet ${refText(set.ref)}`);
  }
  if (refused.length > 0) return red(`access refused: ${listed(refused)}`);
  if (applications.length === 0) return { state: 'skipped', detail: 'no Application to look at', hint: '' };
  return green(counted(applications.length, 'Application'));
}

function isRefused(application: ApplicationFact): boolean {
  if (application.conditions.some(({ message }) => isRefusedAccess(message))) return true;
  // The last operation's message outlives its cause; it counts only while nothing newer was compared.
  const isCurrent = application.sync === '' || application.sync === 'Unknown';
  return isCurrent && isRefusedAccess(application.operationMessage);
}

function nameOf(application: ApplicationFact): string {
  const repositories = new Set<string>();
  for (const url of application.repoUrls) {
    const name = url.capture(REPOSITORY);
    if (name !== undefined && name !== '') repositories.add(name);
  }
  const from = repositories.size === 0 ? '' : ` (${[...repositories].join(', ')})`;
  return `${refText(application.ref)}${from}`;
}
