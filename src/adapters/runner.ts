import { appendFileSync, statSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { saveState, setOutput, setSecret } from '@actions/core';
import { type Secret, type SecretFactory, secretFactory } from '../binding/secret.js';
import type { Log } from '../ports.js';
import { muteNodeDebug } from './node-debug.js';
import type { OidcRequest } from './oidc.js';
import { runnerLog } from './runner-log.js';
import { runnerMask } from './runner-mask.js';

/** Same as in package.json. */
export const VERSION = '1.0.0';

/** The runner drops a whole summary above this many bytes. */
const MOST_SUMMARY = 1024 * 1024;
const STATES: Readonly<Record<TokenPurpose, string>> = { login: 'vault-tokens', proof: 'vault-proof-tokens' };

/** `login`: the run's own, of the login's namespace; `proof`: of a proof login, of the mount's namespace. Default: `login`. */
export type TokenPurpose = 'login' | 'proof';

/** The environment an action runs in: GitHub's or a compatible runner, or a laptop. */
export interface Runner {
  /** Whether workflow commands are read by someone. */
  readonly onActions: boolean;
  /** Every input as it was given, trimmed: lower-case id -> value; empty ones too. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The process's environment, for the variables that inputs fall back to. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secret: SecretFactory;
  /** Every value that `secret` was given so far. */
  secrets(): Iterable<string>;
  readonly log: Log;
  /** URL of this attempt of the workflow run; `local:<user>@<host>` on a laptop. */
  readonly run: string;
  readonly userAgent: string;
  /** A folder for files that may be left behind. */
  readonly temp: string;
  /** How this job asks for its OIDC token; undefined when it may not. */
  readonly oidc: OidcRequest | undefined;
  output(name: string, value: string): void;
  /** Appends Markdown to the job summary; as a log group where there is none. Never throws. */
  summary(markdown: string): void;
  /** Keeps a Vault token for the post step, beside those kept before. */
  keepToken(token: Secret, purpose?: TokenPurpose): void;
  /** The Vault tokens that the main step kept. */
  keptTokens(purpose?: TokenPurpose): readonly Secret[];
}

/** Reads the environment once. Masks nothing yet but the OIDC request token. */
export function createRunner(env: NodeJS.ProcessEnv = process.env): Runner {
  const onActions = env['GITHUB_ACTIONS'] === 'true';
  const known = new Set<string>();
  const mask = runnerMask(onActions, setSecret);
  const secret = secretFactory((value) => {
    known.add(value);
    mask(value);
  });
  const log = runnerLog(onActions, (line) => process.stdout.write(`${line}\n`));
  if (muteNodeDebug(env))
    log.info('NODE_DEBUG is set: stderr is silent, because Node.js would print credentials there');
  const run = runName(env);
  const kept: Record<TokenPurpose, string[]> = { login: [], proof: [] };
  return {
    onActions,
    inputs: inputsOf(env),
    env,
    secret,
    secrets: () => known,
    log,
    run,
    userAgent: `vault-cluster-bind/${VERSION} (+${run})`,
    temp: env['RUNNER_TEMP'] || tmpdir(),
    oidc: oidcOf(env, secret),
    output: (name, value) => {
      if (env['GITHUB_OUTPUT']) setOutput(name, value);
    },
    summary: (markdown) => appendSummary(env['GITHUB_STEP_SUMMARY'], markdown, log),
    keepToken: (token, purpose = 'login') => {
      if (!env['GITHUB_STATE']) return;
      kept[purpose].push(token.reveal());
      saveState(STATES[purpose], kept[purpose].join(' '));
    },
    keptTokens: (purpose = 'login') =>
      words(env[`STATE_${STATES[purpose]}`]).map((value) => secret('vault token', value)),
  };
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(' ').filter((word) => word !== '');
}

/** The runner upper-cases an input's id and keeps its hyphens. */
function inputsOf(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const found = Object.entries(env).flatMap(([name, value]) =>
    /^INPUT_./i.test(name) && value !== undefined ? [[name.slice(6).toLowerCase(), value.trim()] as const] : [],
  );
  return Object.fromEntries(found);
}

function runName(env: NodeJS.ProcessEnv): string {
  const {
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: id,
    GITHUB_RUN_ATTEMPT: attempt,
  } = env;
  if (server && repository && id)
    return `${server}/${repository}/actions/runs/${id}${attempt ? `/attempts/${attempt}` : ''}`;
  return `local:${userName(env)}@${hostname()}`.replace(/[^\x21-\x7e]/g, '_');
}

function userName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user without a name.
    return env['USER'] || 'unknown';
  }
}

function oidcOf(env: NodeJS.ProcessEnv, secret: SecretFactory): OidcRequest | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
  return url && token && URL.canParse(url) ? { url, token: secret('oidc request token', token) } : undefined;
}

function appendSummary(file: string | undefined, markdown: string, log: Log): void {
  const fallback = (): void => log.group('summary', markdown.split('\n'));
  if (!file) {
    fallback();
    return;
  }
  try {
    const free = MOST_SUMMARY - (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
    appendFileSync(file, fitting(markdown, free));
  } catch {
    fallback();
  }
}

/** As many whole lines as fit. */
function fitting(markdown: string, bytes: number): string {
  const text = Buffer.from(markdown);
  if (text.length <= bytes) return markdown;
  const cut = text.subarray(0, Math.max(0, bytes)).lastIndexOf(0x0a);
  return text.subarray(0, cut + 1).toString();
}
