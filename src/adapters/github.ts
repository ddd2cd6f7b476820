import { setTimeout as sleep } from 'node:timers/promises';
import { BindError } from '../binding/errors.js';
import type { Secret } from '../binding/secret.js';
import type { GitHubPort, GitHubSession, RunEvent } from '../github-port.js';
import type { IssueText } from '../report/failure-issue.js';
import { type Api, openApi } from './github-api.js';
import { type Asking, limitedMs, statusOf, troubleOf } from './github-error.js';
import type { Runner } from './runner.js';

/** For everything, tries and pauses included: whoever waits for the job waits for this as well. */
const LIMIT_MS = 15_000;
const PAGE = 100;
/** GitHub takes 2,500 comments on one issue. */
const MOST_PAGES = 30;
/** How far a look beyond the label goes, the issues that changed last first. */
const THOROUGH_PAGES = 3;
/** People may filter by it, and a green run asks for no others. */
const LABEL = 'vault-cluster-bind';

/** GitHub as this job's token sees it. */
export function openGitHub(
  runner: Pick<Runner, 'env' | 'userAgent'>,
  token: Secret,
  event: RunEvent,
  signal: AbortSignal,
): GitHubSession {
  const { env, userAgent } = runner;
  const asking: Asking = {
    permission: event.pull === undefined ? 'issues: write' : 'pull-requests: write',
    fork: event.fork,
    limitMs: LIMIT_MS,
  };
  return async (work) => {
    const deadline = Date.now() + LIMIT_MS;
    const { api, close } = openApi({ env, token, userAgent, signal, deadline });
    const github = portOf(api, event.repository, isInstallation(token));
    const trouble = (thrown: unknown) => troubleOf(thrown, asking, Date.now());
    try {
      return await work(github).catch(async (thrown: unknown) => {
        const { problem, retryAfterMs } = trouble(thrown);
        if (retryAfterMs === undefined || Date.now() + retryAfterMs >= deadline) throw new BindError(problem);
        await sleep(retryAfterMs, undefined, { signal });
        // From the beginning: what the first try may have written is then found, and not written twice.
        return work(github);
      });
    } catch (thrown) {
      if (signal.aborted && signal.reason instanceof BindError) throw signal.reason;
      throw new BindError(trouble(thrown).problem);
    } finally {
      close();
    }
  };
}

/** The job's own token and an app's: they act as a bot, and may not ask who they are. */
function isInstallation(token: Secret): boolean {
  return token.reveal().startsWith('ghs_');
}

interface Entry {
  readonly body?: string | null;
  readonly pull_request?: unknown;
  readonly user?: { readonly login: string; readonly type: string } | null;
}

type Repository = { readonly owner: string; readonly repo: string };

function portOf(api: Api, repository: string, installation: boolean): GitHubPort {
  const [owner = '', repo = ''] = repository.split('/');
  const at: Repository = { owner, repo };
  let asked: Promise<string | undefined> | undefined;
  const isOurs = async (entry: Entry, marker: string): Promise<boolean> => {
    if (!entry.body?.startsWith(marker)) return false;
    asked ??= installation ? Promise.resolve(undefined) : whoAmI(api);
    const login = await asked;
    return login === undefined ? entry.user?.type === 'Bot' : entry.user?.login === login;
  };
  return {
    putComment: (pull, marker, body) =>
      putComment(api, { ...at, issue_number: pull }, body, (entry) => isOurs(entry, marker)),
    openIssue: async (marker, thorough) => {
      const [first] = await openIssues(api, at, thorough, (entry) => isOurs(entry, marker));
      return first && { number: first.number, body: first.body ?? '' };
    },
    createIssue: (marker, text) => createIssue(api, at, text, (entry) => isOurs(entry, marker)),
    updateIssue: async (issue, text) => {
      await api.update({ ...at, issue_number: issue, ...text });
    },
    closeIssue: async (issue, text) => {
      await api.update({ ...at, issue_number: issue, ...text, state: 'closed', state_reason: 'completed' });
    },
  };
}

/** Undefined for a bot: it is refused to ask. */
async function whoAmI(api: Api): Promise<string | undefined> {
  try {
    return (await api.getAuthenticated()).data.login;
  } catch (thrown) {
    const status = statusOf(thrown);
    if ((status === 403 || status === 404) && limitedMs(thrown, Date.now()) === undefined) return undefined;
    throw thrown;
  }
}

type Ours = (entry: Entry) => Promise<boolean>;

/** Everything of ours on at most `most` pages, in their order. */
async function found<Item extends Entry>(ask: (page: number) => Promise<{ data: Item[] }>, isOurs: Ours, most: number) {
  const ours: Item[] = [];
  for (let page = 1; page <= most; page++) {
    const { data } = await ask(page);
    for (const item of data) if (await isOurs(item)) ours.push(item);
    if (data.length < PAGE) break;
  }
  return ours;
}

async function putComment(api: Api, on: Repository & { readonly issue_number: number }, body: string, isOurs: Ours) {
  const { owner, repo } = on;
  const look = (): Promise<{ id: number }[]> =>
    found((page) => api.listComments({ ...on, per_page: PAGE, page }), isOurs, MOST_PAGES);
  const before = await look();
  const keep = async ([first, ...rest]: { id: number }[]): Promise<void> => {
    if (first) await api.updateComment({ owner, repo, comment_id: first.id, body });
    for (const { id } of rest) await deleteComment(api, { owner, repo, comment_id: id });
  };
  if (before.length > 0) {
    await keep(before);
    return 'updated';
  }
  await api.createComment({ ...on, body });
  // Two jobs that began at once have both found none: both see both now, and both keep the older one.
  const after = await look();
  if (after.length > 1) await keep(after);
  return 'added';
}

async function deleteComment(api: Api, comment: Parameters<Api['deleteComment']>[0]): Promise<void> {
  try {
    await api.deleteComment(comment);
  } catch (thrown) {
    if (statusOf(thrown) !== 404) throw thrown;
  }
}

async function openIssues(api: Api, at: Repository, thorough: boolean, isOwn: Ours) {
  const open = { ...at, state: 'open' as const, per_page: PAGE };
  // GitHub lists pull requests as issues too.
  const isOurs = async (entry: Entry): Promise<boolean> => !entry.pull_request && (await isOwn(entry));
  const labelled = await found(
    (page) => api.listForRepo({ ...open, labels: LABEL, sort: 'created', direction: 'asc', page }),
    isOurs,
    MOST_PAGES,
  );
  if (labelled.length > 0 || !thorough) return labelled;
  return found(
    (page) => api.listForRepo({ ...open, sort: 'updated', direction: 'desc', page }),
    isOurs,
    THOROUGH_PAGES,
  );
}

async function createIssue(api: Api, at: Repository, text: IssueText, isOurs: Ours): Promise<number> {
  const { data: made } = await api.create({ ...at, ...text, labels: [LABEL] });
  const [first] = await openIssues(api, at, false, isOurs);
  if (!first || first.number >= made.number) return made.number;
  // Another job was faster by a moment.
  await api.update({ ...at, issue_number: first.number, ...text });
  await api.update({ ...at, issue_number: made.number, state: 'closed', state_reason: 'not_planned' });
  return first.number;
}
