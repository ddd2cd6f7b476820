import type { ModeName } from '../binding/intent.js';
import { MODE_NAMES } from '../modes.js';
import { formatTime } from './age.js';
import { digest, runLink } from './digest.js';
import { endedAt } from './headline.js';
import { counted, oneLine } from './line.js';
import { code } from './markdown.js';
import type { Report } from './model.js';

/** Plain text and Markdown of an issue. */
export interface IssueText {
  readonly title: string;
  readonly body: string;
}

/** What the issue itself remembers from run to run, on its second line. */
interface Memory {
  /** Unix ms of the first failure. */
  readonly since: number;
  /** Failed runs so far. */
  readonly runs: number;
  /** Id of the last one, so that two steps of one run count once. */
  readonly run: string;
  /** What has failed and was not green since. */
  readonly modes: readonly ModeName[];
}

const MEMORY = /^<!-- since=(\d{1,15}) runs=(\d{1,6}) run=(\d*) modes=([a-z,]*) -->$/;
const MOST_KEPT = 60_000;

/** The issue of a run that is not green; `previous` is the body of the one that is open. */
export function failingIssue(report: Report, marker: string, previous?: string): IssueText {
  const before = previous === undefined ? undefined : recall(previous);
  const run = runId(report);
  const memory: Memory = {
    since: before?.since ?? endedAt(report),
    runs: (before?.runs ?? 0) + (run !== '' && before?.run === run ? 0 : 1),
    run,
    modes: [...new Set([...(before?.modes ?? []), report.mode])],
  };
  const count = memory.runs === 1 ? 'in one run' : `in ${counted(memory.runs, 'run')}`;
  const story = `Not green since ${formatTime(memory.since)}, ${count}. ${closing(memory)}`;
  return { title: title(report), body: `${[marker, remember(memory)].join('\n')}\n\n${story}\n\n${digest(report)}\n` };
}

/** The issue after a green run, and whether nothing in it fails any more; undefined when this run was none of those. */
export function recoveredIssue(
  report: Report,
  marker: string,
  previous: string,
): { readonly over: boolean; readonly text: IssueText } | undefined {
  const before = recall(previous);
  // A cluster that is gone fails in nothing any more.
  const modes = report.mode === 'unbind' ? [] : (before?.modes ?? []).filter((mode) => mode !== report.mode);
  const rest = previous.split(/\r?\n/).slice(before === undefined ? 1 : 2);
  const memory = before === undefined ? [] : [remember({ ...before, modes })];
  const over = modes.length === 0;
  if (!over && modes.length === before?.modes.length) return undefined;
  const news = `🟢 Mode ${code(report.mode)} is green since ${formatTime(endedAt(report))}: ${runLink(report.run)}.`;
  const shown = over ? ['', news, '', '---', ...rest] : rest;
  return { over, text: { title: title(report), body: cut([marker, ...memory, ...shown].join('\n')) } };
}

function closing({ modes }: Memory): string {
  return `The next green ${modes.map((mode) => code(mode)).join(' and ')} closes this.`;
}

function title({ cluster, env }: Report): string {
  // A title knows no markup but these, and an escape would stand in it as it is.
  const plain = (name: string): string => oneLine(name, 80).replace(/[@#`:<>[\]]/g, '·');
  return `vault-cluster-bind: cluster ${plain(cluster)} of env ${plain(env)} is not green`;
}

function runId({ run }: Report): string {
  return /\/actions\/runs\/(\d+)/.exec(run)?.[1] ?? '';
}

function remember({ since, runs, run, modes }: Memory): string {
  return `<!-- since=${since} runs=${runs} run=${run} modes=${modes.join(',')} -->`;
}

/** Undefined when someone has edited the line into something else. */
function recall(body: string): Memory | undefined {
  const [, line = ''] = body.split(/\r?\n/, 2);
  const [, since, runs, run, modes] = MEMORY.exec(line) ?? [];
  if (since === undefined || runs === undefined || run === undefined || modes === undefined) return undefined;
  const known = modes.split(',').filter((mode): mode is ModeName => MODE_NAMES.some((name) => name === mode));
  return { since: Number(since), runs: Number(runs), run, modes: known };
}

function cut(body: string): string {
  return body.length > MOST_KEPT ? body.slice(0, MOST_KEPT).toWellFormed() : body;
}
