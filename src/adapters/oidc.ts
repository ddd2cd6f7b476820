import { BindError, problem, problemOf } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import type { Clock } from '../ports.js';
import { dig } from './gitops-json.js';
import { type HttpClient, HttpFault } from './http.js';

/** How a job of GitHub Actions asks for its OIDC token. */
export interface OidcRequest {
  /** ACTIONS_ID_TOKEN_REQUEST_URL: has a query, and is not printed. */
  readonly url: string;
  /** ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly token: Secret;
}

export interface OidcOptions {
  /** Absent when the job may not mint one. */
  readonly request: OidcRequest | undefined;
  /** Opens a client of the provider's origin. */
  readonly open: (origin: string) => Pick<HttpClient, 'request' | 'close'>;
  readonly secret: SecretFactory;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const TRIES = 4;

/** Mints this job's OIDC token for `audience` (empty = the provider's default); it lives five minutes. Throws BindError. */
export async function mintIdToken(options: OidcOptions, audience: string): Promise<Secret> {
  const { request, open, secret } = options;
  if (!request) throw new BindError(notPermitted());
  const url = new URL(request.url);
  if (audience !== '') url.searchParams.set('audience', audience);
  const http = open(url.origin);
  try {
    const body = await ask(options, http, url, request.token);
    const value = dig(parsed(body), 'value');
    if (typeof value !== 'string' || value === '') throw unavailable(url, 'it answered without a token');
    return secret('oidc token', value);
  } finally {
    http.close();
  }
}

async function ask(options: OidcOptions, http: Pick<HttpClient, 'request'>, url: URL, token: Secret): Promise<string> {
  const { clock, signal } = options;
  for (let tries = 1; ; tries++) {
    const seen = await attempt(http, url, token, signal);
    if (seen.body !== undefined) return seen.body;
    if (!seen.passing || tries === TRIES || signal.aborted) throw unavailable(url, seen.what);
    await clock.sleep(250 * 2 ** tries);
  }
}

interface Attempt {
  readonly body?: string;
  readonly what: string;
  /** Whether another try may help. */
  readonly passing: boolean;
}

const PASSING: readonly HttpFault['kind'][] = ['reset', 'timeout', 'refused', 'dns'];

async function attempt(
  http: Pick<HttpClient, 'request'>,
  url: URL,
  token: Secret,
  signal: AbortSignal,
): Promise<Attempt> {
  try {
    const { status, body } = await http.request({
      method: 'GET',
      path: url.pathname + url.search,
      headers: { Authorization: `Bearer ${token.reveal()}`, Accept: 'application/json; api-version=2.0' },
      timeoutMs: 15_000,
      signal,
    });
    const what = `it answered HTTP ${status}`;
    if (status === 200) return { body, what, passing: false };
    return { what, passing: status >= 500 || status === 429 || status === 408 };
  } catch (thrown) {
    if (!(thrown instanceof HttpFault)) throw new BindError(problemOf(thrown));
    if (thrown.kind === 'aborted' && signal.reason instanceof BindError) throw signal.reason;
    return { what: `no answer (${thrown.kind})`, passing: PASSING.includes(thrown.kind) };
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function notPermitted() {
  return problem(
    'OIDC_PERMISSION',
    'this job may not mint an OIDC token, which vault-method jwt logs in with',
    'Give the job `permissions:` with `id-token: write` and `contents: read` (a reusable workflow gets only what its caller grants, a pull request from a fork none), or set vault-method.',
  );
}

function unavailable(url: URL, what: string): BindError {
  return new BindError(
    problem(
      'OIDC_UNAVAILABLE',
      `the OIDC provider at ${cleanName(url.host)} gave no token: ${what}`,
      'Run the job again; when it stays so, look at https://www.githubstatus.com or at the proxy of this runner.',
    ),
  );
}
