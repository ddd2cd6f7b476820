import { BindError, problemOf } from '../binding/errors.js';
import type { Clock } from '../ports.js';
import { type HttpClient, HttpFault, type HttpResponse } from './http.js';
import { errorText } from './vault-answer.js';
import { faultProblem, redirectProblem } from './vault-error.js';

/** What node-vault hands to its transport, with the extras our client adds. */
export interface VaultExchange {
  readonly method: string;
  readonly uri: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether doing it twice is the same as once; a login is not. Default: true. */
  readonly repeatable?: boolean;
  /** Take whatever comes, at once: `sys/health` speaks in status codes. Default: false. */
  readonly plain?: boolean;
  /** Whether a cancelled run gives it up; what cleans up must not be. Default: true for GET, else false. */
  readonly abortable?: boolean;
  /** Default: 30 000 ms. */
  readonly timeoutMs?: number;
}

/** What node-vault expects of its transport. */
export interface VaultReply {
  readonly statusCode: number;
  readonly body: unknown;
  readonly request: { readonly path: string };
}

const SETTLE_MS = 10_000;
const SHORT_TRIES = 4;

/**
 * The only way to Vault's wire, shared by every identity of a run: repeats what a node that lags or a leader that moves
 * answers, echoes Vault's index after a write, and never follows a redirect.
 */
export class VaultTransport {
  readonly #http: Pick<HttpClient, 'request' | 'lastDate'>;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Path below `/v1/` -> until when (Unix ms) a 404 there is a node that has not heard of it yet. */
  readonly #fresh = new Map<string, number>();
  #index: string | undefined;

  constructor(http: Pick<HttpClient, 'request' | 'lastDate'>, url: string, clock: Clock, signal: AbortSignal) {
    this.#http = http;
    this.#url = url;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Server clock minus ours, from the last answer's `Date`. */
  skewSeconds(): number | undefined {
    const date = this.#http.lastDate();
    return date && Math.round((date.serverMs - date.atMs) / 1000);
  }

  /** For 10 s, `no handler for route` below `path` means a node that has not heard of our mount. */
  expect(path: string): void {
    this.#fresh.set(`/v1/${path}/`, this.#clock.now() + SETTLE_MS);
  }

  /** The shape of the `request-promise` library, which node-vault takes a stand-in for. */
  defaults(): (exchange: VaultExchange) => Promise<VaultReply> {
    return (exchange) => this.send(exchange);
  }

  /** Answers any HTTP status; throws BindError when there was no answer. */
  async send(exchange: VaultExchange): Promise<VaultReply> {
    const deadline = this.#clock.now() + SETTLE_MS;
    let pause = 100;
    for (let tries = 1; ; tries++) {
      const reply = await this.#attempt(exchange);
      const over = this.#signal.aborted || this.#clock.now() + pause > deadline;
      if (over || !this.#worthRepeating(exchange, reply, tries)) {
        if (reply instanceof HttpFault) throw this.#failure(reply);
        if (reply.statusCode >= 300 && reply.statusCode < 400) throw new BindError(redirectProblem(this.#url));
        return reply;
      }
      await this.#clock.sleep(pause);
      pause = Math.min(pause * 2, 1000);
    }
  }

  async #attempt(exchange: VaultExchange): Promise<VaultReply | HttpFault> {
    const { method, uri, json } = exchange;
    const { pathname, search } = new URL(uri);
    const abortable = exchange.abortable ?? method === 'GET';
    try {
      const response = await this.#http.request({
        method,
        path: pathname + search,
        headers: this.#headers(exchange),
        ...(json === undefined || json === true ? {} : { body: JSON.stringify(json) }),
        timeoutMs: exchange.timeoutMs ?? 30_000,
        ...(abortable ? { signal: this.#signal } : {}),
      });
      this.#learn(method, response);
      return { statusCode: response.status, body: parsed(response.body), request: { path: pathname } };
    } catch (thrown) {
      if (thrown instanceof HttpFault) return thrown;
      throw new BindError(problemOf(thrown));
    }
  }

  #failure(fault: HttpFault): BindError {
    const reason: unknown = this.#signal.reason;
    if (fault.kind === 'aborted' && reason instanceof BindError) return reason;
    return new BindError(faultProblem(fault, this.#url));
  }

  #headers({ headers }: VaultExchange): Record<string, string> {
    return {
      'X-Vault-Request': 'true',
      ...(this.#index === undefined ? {} : { 'X-Vault-Index': this.#index }),
      ...headers,
    };
  }

  #learn(method: string, { headers, status }: HttpResponse): void {
    const index = headers['x-vault-index'];
    if (method !== 'GET' && status < 300 && index) this.#index = index;
  }

  #worthRepeating(exchange: VaultExchange, reply: VaultReply | HttpFault, tries: number): boolean {
    if (exchange.plain) return false;
    const repeatable = exchange.repeatable ?? true;
    if (reply instanceof HttpFault) return repeatable && reply.kind === 'reset' && tries < SHORT_TRIES;
    const text = errorText(reply.body);
    switch (reply.statusCode) {
      case 412:
      case 429:
        return true;
      case 404:
        return this.#isFresh(reply.request.path) && text.matches(/no handler for route/);
      case 500:
        return repeatable && (tries < SHORT_TRIES || text.matches(/node not active|leader/));
      case 502:
      case 503:
      case 504:
        return repeatable && !text.matches(/sealed/);
      default:
        return false;
    }
  }

  #isFresh(path: string): boolean {
    const now = this.#clock.now();
    return [...this.#fresh].some(([below, until]) => `${path}/`.startsWith(below) && now < until);
  }
}

function parsed(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
