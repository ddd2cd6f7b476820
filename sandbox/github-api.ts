import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { self, type User, user } from './github-api/object.ts';
import { World } from './github-api/world.ts';

type Access = 'none' | 'read' | 'write';

export interface GitHubApiOptions {
  /** Default: `bitiq-io/clusters`. */
  repository?: string;
  /** Default: one of a job. */
  token?: string;
  /** Whom the token acts as. Default: `github-actions[bot]`, which may not ask who it is. */
  login?: string;
  /** Of the token, default: write. */
  permissions?: { issues?: Access; pullRequests?: Access };
  /** Whether the repository has issues. Default: true. */
  hasIssues?: boolean;
  /** e.g. `/api/v3`, as on a GitHub Enterprise Server. */
  basePath?: string;
}

export interface ApiRequest {
  readonly method: string;
  /** Without the base path, with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer in place of the right one, or none at all. */
export type ApiFault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly message?: string }
  | 'hang'
  /** Does what was asked, and the answer is lost. */
  | 'lost'
  | 'reset';

/** GitHub's REST API on loopback, as far as comments and issues go; a private repository, in which little is free to all. */
export interface GitHubApi {
  /** `GITHUB_API_URL`. */
  readonly url: string;
  readonly token: string;
  readonly me: User;
  readonly world: World;
  readonly requests: readonly ApiRequest[];
  /** Asked before every answer; a fault stands in for it. */
  intercept: ((request: ApiRequest) => ApiFault | undefined | Promise<ApiFault | undefined>) | undefined;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const MOST_BODY = 65_536;
const DOCS = 'https://docs.github.com/rest';

function refusal(status: number, message: string, more: Record<string, unknown> = {}): Answer {
  return { status, body: { message, ...more, documentation_url: DOCS, status: String(status) } };
}

const NOT_ACCESSIBLE = (): Answer => refusal(403, 'Resource not accessible by integration');
const NOT_FOUND = (): Answer => refusal(404, 'Not Found');

function tooLong(resource: string): Answer {
  const error = { resource, code: 'custom', field: 'body', message: 'body is too long (maximum is 65536 characters)' };
  return refusal(422, 'Validation Failed', { errors: [error] });
}

class Api {
  readonly options: GitHubApiOptions;
  readonly me: User;
  readonly token: string;
  readonly world: World;

  constructor(options: GitHubApiOptions) {
    const { login = 'github-actions[bot]', token = 'ghs_sandboxsandboxsandboxsandboxsandbox' } = options;
    this.options = options;
    this.token = token;
    this.me = user(login, login.endsWith('[bot]') ? 'Bot' : 'User', 41_898_282);
    this.world = new World(options.repository ?? 'bitiq-io/clusters');
  }

  answer({ method, path, headers, body }: ApiRequest): Answer {
    if (!headers['user-agent']) return refusal(403, 'Request forbidden by administrative rules.');
    if (
      !/^(token|bearer) /i.test(headers['authorization'] ?? '') ||
      !headers['authorization']?.endsWith(` ${this.token}`)
    )
      return refusal(401, 'Bad credentials');
    const { pathname, searchParams } = new URL(path, 'http://api');
    if (method === 'GET' && pathname === '/user')
      return this.me.type === 'Bot' ? NOT_ACCESSIBLE() : { status: 200, body: self(this.me) };
    const prefix = `/repos/${this.world.repository}/issues`;
    if (!pathname.startsWith(prefix)) return NOT_FOUND();
    const given = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
    return this.#issues(`${method} ${pathname.slice(prefix.length)}`, searchParams, given);
  }

  #issues(route: string, query: URLSearchParams, given: Record<string, unknown>): Answer {
    const [, list] = /^GET \/(\d+)\/comments$/.exec(route) ?? [];
    const [, add] = /^POST \/(\d+)\/comments$/.exec(route) ?? [];
    const [, verb, comment] = /^(PATCH|DELETE) \/comments\/(\d+)$/.exec(route) ?? [];
    const [, change] = /^PATCH \/(\d+)$/.exec(route) ?? [];
    if (list) return this.#comments(Number(list), query);
    if (add) return this.#addComment(Number(add), String(given['body'] ?? ''));
    if (comment)
      return this.#changeComment(Number(comment), verb === 'DELETE' ? undefined : String(given['body'] ?? ''));
    if (change) return this.#changeIssue(Number(change), given);
    if (route === 'GET ') return this.#list(query);
    return route === 'POST ' ? this.#addIssue(given) : NOT_FOUND();
  }

  /** Either permission opens the comments of a pull request. */
  #may(access: 'read' | 'write', isPull: boolean): boolean {
    const { issues = 'write', pullRequests = 'write' } = this.options.permissions ?? {};
    const held = isPull ? [issues, pullRequests] : [issues];
    return held.some((one) => one === 'write' || one === access);
  }

  #comments(on: number, query: URLSearchParams): Answer {
    const found = this.world.find(on);
    if (!found) return NOT_FOUND();
    if (!this.#may('read', found.pull_request !== undefined)) return NOT_ACCESSIBLE();
    return page(this.world.comments.get(on) ?? [], query);
  }

  #addComment(on: number, body: string): Answer {
    const found = this.world.find(on);
    if (!found) return NOT_FOUND();
    if (!this.#may('write', found.pull_request !== undefined)) return NOT_ACCESSIBLE();
    if (body.length > MOST_BODY) return tooLong('IssueComment');
    return { status: 201, body: this.world.addComment(on, this.me, body) };
  }

  #changeComment(id: number, body: string | undefined): Answer {
    const found = this.world.findComment(id);
    if (!found) return NOT_FOUND();
    if (!this.#may('write', true)) return NOT_ACCESSIBLE();
    if (body === undefined) {
      this.world.deleteComment(id);
      return { status: 204 };
    }
    if (body.length > MOST_BODY) return tooLong('IssueComment');
    return { status: 200, body: this.world.changeComment(found, body) };
  }

  #list(query: URLSearchParams): Answer {
    if (this.options.hasIssues === false) return refusal(410, 'Issues are disabled for this repo');
    return this.#may('read', false) ? page(this.world.list(query), query) : NOT_ACCESSIBLE();
  }

  #addIssue(given: Record<string, unknown>): Answer {
    if (this.options.hasIssues === false) return refusal(410, 'Issues are disabled for this repo');
    if (!this.#may('write', false)) return NOT_ACCESSIBLE();
    const { title = '', body = '', labels = [] } = given;
    if (String(body).length > MOST_BODY) return tooLong('Issue');
    return { status: 201, body: this.world.addIssue(this.me, String(title), String(body), labels as string[]) };
  }

  #changeIssue(number: number, given: Record<string, unknown>): Answer {
    const found = this.world.find(number);
    if (!found) return NOT_FOUND();
    if (!this.#may('write', found.pull_request !== undefined)) return NOT_ACCESSIBLE();
    if (String(given['body'] ?? '').length > MOST_BODY) return tooLong('Issue');
    return { status: 200, body: this.world.changeIssue(found, given) };
  }
}

function page(items: readonly unknown[], query: URLSearchParams): Answer {
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const number = Number(query.get('page') ?? 1);
  const next = new URLSearchParams(query);
  next.set('page', String(number + 1));
  const more = items.length > number * size;
  return {
    status: 200,
    body: items.slice((number - 1) * size, number * size),
    ...(more ? { headers: { link: `<https://api.github.com/?${next}>; rel="next"` } } : {}),
  };
}

async function read(incoming: IncomingMessage, basePath: string): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const url = incoming.url ?? '/';
  return {
    method: incoming.method ?? 'GET',
    path: url.startsWith(`${basePath}/`) ? url.slice(basePath.length) : `/outside${url}`,
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function reply(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const limits = {
    'x-ratelimit-limit': '1000',
    'x-ratelimit-remaining': '999',
    'x-github-api-version-selected': '2022-11-28',
  };
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...limits, ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Starts it on plain HTTP. */
export async function startGitHubApi(options: GitHubApiOptions = {}): Promise<GitHubApi> {
  const { basePath = '' } = options;
  const api = new Api(options);
  const requests: ApiRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming, basePath);
    requests.push(request);
    const fault = await started.intercept?.(request);
    if (fault === 'hang') return;
    if (fault === 'lost') api.answer(request);
    if (fault === 'reset' || fault === 'lost') return void incoming.socket.destroy();
    if (fault) reply(response, { ...refusal(fault.status, fault.message ?? 'no'), headers: fault.headers ?? {} });
    else reply(response, api.answer(request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { token, me, world } = api;
  const started: GitHubApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`,
    token,
    me,
    world,
    requests,
    intercept: undefined,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return started;
}
