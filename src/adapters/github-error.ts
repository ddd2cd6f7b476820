import { BindError, type Problem, problem } from '../binding/errors.js';
import { dig } from './gitops-json.js';
import { HttpFault } from './http-fault.js';

/** What went wrong at GitHub, in our words, and when another try may help. */
export interface Trouble {
  readonly problem: Problem;
  /** Absent when another try would end the same way. */
  readonly retryAfterMs?: number;
}

/** What a message has to know of the request. */
export interface Asking {
  /** e.g. `issues: write`. */
  readonly permission: string;
  readonly fork: boolean;
  readonly limitMs: number;
}

const SOON_MS = 1_000;
/** Faults that a second try does not mend. */
const LASTING: readonly HttpFault['kind'][] = [
  'aborted',
  'timeout',
  'tls',
  'client-certificate',
  'redirect',
  'too-large',
];

/** Status of an answer that is an error; undefined when there was none. */
export function statusOf(thrown: unknown): number | undefined {
  const status = dig(thrown, 'response', 'status');
  return typeof status === 'number' ? status : undefined;
}

/** Reads what octokit threw: its class, status and three headers; its message, which is GitHub's, stays here. */
export function troubleOf(thrown: unknown, asking: Asking, now: number): Trouble {
  if (thrown instanceof BindError) return { problem: thrown.problems[0] as Problem };
  const fault = dig(thrown, 'cause');
  if (fault instanceof HttpFault) return unanswered(fault, asking);
  const status = statusOf(thrown);
  if (status === undefined) return { problem: unusable('its answer could not be read') };
  const wait = limitedMs(thrown, now);
  if (wait !== undefined) return { problem: limited(now + wait), retryAfterMs: wait };
  if (status >= 500)
    return { problem: unusable(`it answered HTTP ${status}`), retryAfterMs: retryAfterMs(thrown) ?? SOON_MS };
  return { problem: refused(status, asking) };
}

/** How long GitHub asks to wait when it limits the rate; undefined when it does not. */
export function limitedMs(thrown: unknown, now: number): number | undefined {
  const status = statusOf(thrown);
  if (status !== 403 && status !== 429) return undefined;
  const after = retryAfterMs(thrown);
  if (after !== undefined) return after;
  const reset = Number(header(thrown, 'x-ratelimit-reset')) * 1000;
  if (header(thrown, 'x-ratelimit-remaining') === '0') return reset > now ? reset - now : SOON_MS;
  return status === 429 ? SOON_MS : undefined;
}

function retryAfterMs(thrown: unknown): number | undefined {
  const text = header(thrown, 'retry-after');
  return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

function header(thrown: unknown, name: string): string {
  return String(dig(thrown, 'response', 'headers', name) ?? '');
}

function unanswered({ kind }: HttpFault, { limitMs }: Asking): Trouble {
  const what = kind === 'timeout' ? `no answer within ${limitMs / 1000} s` : `no answer (${kind})`;
  return { problem: unusable(what), ...(LASTING.includes(kind) ? {} : { retryAfterMs: SOON_MS }) };
}

function unusable(what: string): Problem {
  return problem(
    'GITHUB_UNAVAILABLE',
    `GitHub: ${what}`,
    'Look at https://www.githubstatus.com, or at the proxy of this runner; the next run writes it.',
  );
}

function limited(until: number): Problem {
  return problem(
    'GITHUB_UNAVAILABLE',
    `GitHub limits the rate of this token until ${new Date(until).toISOString().slice(11, 16)} UTC`,
    'Spread the runs, or give them a github-token of an app of their own; the next run writes it.',
  );
}

function refused(status: number, { permission, fork }: Asking): Problem {
  if (status === 410) {
    return problem(
      'GITHUB_FORBIDDEN',
      'issues are switched off in this repository',
      'Switch them on in its settings, or set failure-issue: false.',
    );
  }
  if (status === 401) {
    return problem(
      'GITHUB_FORBIDDEN',
      'GitHub does not accept the token',
      'Set github-token to github.token, or to a token that has not expired.',
    );
  }
  if (status !== 403 && status !== 404) return unusable(`it answered HTTP ${status}`);
  const hint = fork
    ? 'A pull request from a fork gets a token that only reads: the job summary has it all.'
    : `Give the job \`permissions:\` with \`${permission}\`; a reusable workflow gets only what its caller grants.`;
  return problem('GITHUB_FORBIDDEN', `the token has no ${permission} here (HTTP ${status})`, hint);
}
