import { type Problem, problemOf } from './binding/errors.js';
import type { People } from './binding/intent.js';
import { commentMarker, issueMarker } from './binding/marker.js';
import type { GitHubPort, GitHubSession, RunEvent } from './github-port.js';
import type { Log } from './ports.js';
import { renderComment } from './report/comment.js';
import { failingIssue, recoveredIssue } from './report/failure-issue.js';
import type { Report } from './report/model.js';

/** A finished run and where it may be told. */
export interface Telling {
  /** With its names as they are; what is hidden is hidden in `shown`. */
  readonly report: Report;
  readonly shown: Report;
  readonly people: People;
  readonly event: RunEvent;
  readonly log: Log;
  readonly session: GitHubSession;
}

/** Keeps the comment or the issue of this run up to date. Never throws, and changes no verdict: what fails is a notice. */
export async function tellPeople(telling: Telling): Promise<void> {
  const { people, event, log } = telling;
  if (event.repository === '') return log.info('comment, failure-issue: this is no run of GitHub Actions');
  if (people.comment) await attempt('comment', log, () => comment(telling));
  const opens = event.name === 'schedule';
  if (people.failureIssue && (opens || event.name === 'workflow_dispatch'))
    await attempt('failure-issue', log, () => issue(telling, opens));
}

async function attempt(what: string, log: Log, work: () => Promise<string>): Promise<void> {
  try {
    const said = await work();
    if (said !== '') log.info(`${what}: ${said}`);
  } catch (thrown) {
    const { code, message, hint }: Problem = problemOf(thrown);
    log.notice(what, `not written: ${message} (${code}). ${hint}`);
  }
}

async function comment({ report, shown, event, session }: Telling): Promise<string> {
  const { pull } = event;
  if (pull === undefined) return `nothing to comment on, ${event.name || 'this run'} is about no pull request`;
  const marker = commentMarker(report);
  const done = await session((github) => github.putComment(pull, marker, renderComment(shown, marker)));
  return `${done} on pull request ${pull}`;
}

/** Only a schedule opens one: whoever starts a run by hand sees how it ends. */
function issue(telling: Telling, opens: boolean): Promise<string> {
  const green = telling.report.verdict === 'green';
  return telling.session((github) => (green ? recover(github, telling) : fail(github, telling, opens)));
}

async function fail(github: GitHubPort, { report, shown }: Telling, opens: boolean): Promise<string> {
  const marker = issueMarker(report);
  const open = await github.openIssue(marker, opens);
  if (open) {
    await github.updateIssue(open.number, failingIssue(shown, marker, open.body));
    return `issue ${open.number} updated`;
  }
  if (!opens) return '';
  return `issue ${await github.createIssue(marker, failingIssue(shown, marker))} opened`;
}

async function recover(github: GitHubPort, { report, shown }: Telling): Promise<string> {
  const marker = issueMarker(report);
  const open = await github.openIssue(marker, false);
  if (!open) return '';
  const news = recoveredIssue(shown, marker, open.body);
  if (!news) return `issue ${open.number} is about another mode, and stays open`;
  if (news.over) await github.closeIssue(open.number, news.text);
  else await github.updateIssue(open.number, news.text);
  return `issue ${open.number} ${news.over ? 'closed' : 'updated'}`;
}
