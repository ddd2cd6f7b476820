import { cleanName } from './name.js';

/** What the clusters repository's bootstrap wrote down about itself; a field that it did not write is empty. */
export interface BootstrapTrace {
  /** `stale`: it is there and older than this run's command. */
  readonly state: 'read' | 'absent' | 'stale' | 'unreadable';
  readonly cluster: string;
  readonly env: string;
  readonly baseDomain: string;
  readonly repoUrl: string;
  readonly repoRef: string;
  readonly gitSha: string;
  readonly timestamp: string;
}

/** How the command between bind and the checks ended. */
export interface BootstrapFact {
  readonly ended: 'exited' | 'killed' | 'timed-out' | 'cancelled' | 'not-started';
  /** Absent unless it exited. */
  readonly exitCode?: number;
  /** Name of the signal it died from. */
  readonly signal?: string;
  readonly limitSeconds: number;
  readonly durationMs: number;
  readonly trace: BootstrapTrace;
}

const MOST_COMMAND = 300;
const NAMED = /^(--?[\w-]*(?:token|passw|secret|key|cred|pat(?![a-z]))[\w-]*)(=?)/i;
const ASSIGNED = /^\w*(?:TOKEN|PASSW|SECRET|KEY|CRED|PAT(?![A-Z]))\w*=./i;

/** A trace about which nothing but its state is known. */
export function noTrace(state: 'absent' | 'stale' | 'unreadable'): BootstrapTrace {
  return { state, cluster: '', env: '', baseDomain: '', repoUrl: '', repoRef: '', gitSha: '', timestamp: '' };
}

/** The known fields of the trace file, each cleaned and put through `conceal`; anything else in it is passed over. */
export function readTrace(text: string, conceal: (text: string) => string): BootstrapTrace {
  let fields: Readonly<Record<string, unknown>>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return noTrace('unreadable');
    fields = parsed as Readonly<Record<string, unknown>>;
  } catch {
    return noTrace('unreadable');
  }
  const word = (key: string): string => (typeof fields[key] === 'string' ? cleanName(conceal(fields[key])) : '');
  const matching = (key: string, pattern: RegExp): string => (pattern.test(word(key)) ? word(key) : '');
  return {
    state: 'read',
    cluster: word('cluster'),
    env: word('env'),
    baseDomain: word('base_domain'),
    repoUrl: originOnly(word('repo_url')),
    repoRef: word('repo_ref'),
    gitSha: matching('git_sha', /^[0-9a-f]{7,64}$/i),
    timestamp: matching('timestamp', /^\d{4}-\d\d-\d\dT[\d:.]{5,15}(Z|[+-]\d\d:\d\d)$/),
  };
}

/** Without user, password, query and fragment, wherever a token may be hidden in it; `git@host:path` stays. */
function originOnly(url: string): string {
  if (!URL.canParse(url)) return url.replace(/[?#].*$/, '');
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** The first line of the command as it may be shown: nothing that is named as a credential keeps its value. */
export function shownCommand(command: string): string {
  const lines = command
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  let hide = false;
  const words = (lines[0] ?? '').split(/\s+/).map((word) => {
    const hidden = hide;
    const [flag = '', , equals] = NAMED.exec(word) ?? [];
    hide = flag !== '' && equals === '';
    if (hidden) return '***';
    if (equals === '=') return `${flag}***`;
    return ASSIGNED.test(word) ? word.replace(/=.*$/, '=***') : cleanName(word);
  });
  const more = lines.length > 1 ? ` (and ${lines.length - 1} more ${lines.length === 2 ? 'line' : 'lines'})` : '';
  const shown = words.join(' ');
  return `${shown.length > MOST_COMMAND ? `${shown.slice(0, MOST_COMMAND - 1).toWellFormed()}…` : shown}${more}`;
}
