import { GitHub } from '@actions/github/lib/utils';
import { BindError, problem } from '../binding/errors.js';
import type { Secret } from '../binding/secret.js';
import { HttpClient } from './http.js';
import { isLoopbackUrl, proxyFor } from './proxy.js';

const MOST_ANSWER = 16 * 1024 * 1024;

type Octokit = InstanceType<typeof GitHub>;
type Environment = Readonly<Record<string, string | undefined>>;

export interface ApiOptions {
  readonly env: Environment;
  readonly token: Secret;
  readonly userAgent: string;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** Unix ms by which all of it has to be done. */
  readonly deadline: number;
}

/** GitHub's API, as typed by its own description. */
export type Api = Octokit['rest']['issues'] & Pick<Octokit['rest']['users'], 'getAuthenticated'>;

/** Octokit over our own transport, which honours proxies and time limits and prints nothing. @throws BindError */
export function openApi(options: ApiOptions): { readonly api: Api; close(): void } {
  const { env, token, userAgent } = options;
  const baseUrl = (env['GITHUB_API_URL'] || 'https://api.github.com').replace(/\/+$/, '');
  const origin = originOf(baseUrl);
  const proxyUrl = proxyFor(baseUrl, env);
  const http = new HttpClient({ url: origin, userAgent, ...(proxyUrl === undefined ? {} : { proxyUrl }) });
  const silent = (): void => undefined;
  const octokit = new GitHub({
    auth: token.reveal(),
    baseUrl,
    userAgent,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: fetchOver(http, origin, options) },
  });
  const { issues, users } = octokit.rest;
  return { api: { ...issues, getAuthenticated: users.getAuthenticated }, close: () => http.close() };
}

function originOf(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackUrl(url))) return url.origin;
  throw new BindError(
    problem(
      'GITHUB_UNAVAILABLE',
      'GITHUB_API_URL is no https URL',
      'Leave GITHUB_API_URL as the runner sets it: the token would travel in the clear.',
    ),
  );
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As octokit calls it; what it throws is the HttpFault itself. */
function fetchOver(http: HttpClient, origin: string, { signal, deadline }: ApiOptions) {
  return async (target: string, { method, headers, body }: Sent): Promise<Response> => {
    const url = new URL(target);
    if (url.origin !== origin) throw new TypeError('another origin');
    const answer = await http.request({
      method,
      path: url.pathname + url.search,
      headers,
      ...(body === undefined ? {} : { body }),
      timeoutMs: Math.max(1, deadline - Date.now()),
      maxBytes: MOST_ANSWER,
      signal,
    });
    const empty = answer.status === 204 || answer.status === 205 || answer.status === 304;
    return new Response(empty ? null : answer.body, { status: answer.status, headers: answer.headers });
  };
}
