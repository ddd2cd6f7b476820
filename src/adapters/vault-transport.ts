import { BindError, problemOf } from '../binding/errors.js';
import type { Clock } from '../ports.js';
import { dig } from './gitops-json.js';
import { type HttpClient, HttpFault } from './http.js';
import { errorText } from './vault-answer.js';
import { faultProblem, redirectProblem } from './vault-error.js';
import { VaultIndex } from './vault-index.js';
import { type Again, ELECTION_MS, judgeAnswer, judgeFault, LAG_MS } from './vault-lag.js';

/** What node-vault hands to its transport, with the extras our client adds. */
export interface VaultExchange {
  readonly method: string;
  readonly uri: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether doing it twice is the same as once; a login is not. Default: true. */
  readonly repeatable?: boolean;
  /** Ask this one node for its own state, and take whatever Vault says at once: `sys/health` speaks in status codes. Default: false. */
  readonly plain?: boolean;
  /** The node that is asked has to answer itself, once it has caught up with us. Default: false. */
  readonly here?: boolean;
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

const FEW = 4;

type Outcome = VaultReply | HttpFault;

/**
 * The only way to Vault's wire, shared by every identity of a run: repeats what a node that lags or a leader that moves
 * answers, tells every node how far this run has seen, and never follows a redirect.
 */
export class VaultTransport {
  readonly #http: Pick<HttpClient, 'request' | 'lastDate'>;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  /** Path below `/v1/` -> until when (Unix ms) a 404 there is a node that has not heard of it yet. */
  readonly #fresh = new Map<string, number>();
  readonly #index = new VaultIndex();
  /** Whether it has ever answered this run. */
  #served = false;
  /** Whether the last wait for another active node was in vain: nobody waits as long again before there is an answer. */
  #gaveUp = false;

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
    this.#fresh.set(`/v1/${path}/`, this.#clock.now() + LAG_MS);
  }

  /** Looks again until `done` or until every node must have heard of what was written; the last look counts. */
  async settle<T>(look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> {
    const deadline = this.#clock.now() + LAG_MS;
    for (;;) {
      const seen = await look();
      if (done(seen) || this.#signal.aborted || this.#clock.now() > deadline) return seen;
      await this.#clock.sleep(250);
    }
  }

  /** The shape of the `request-promise` library, which node-vault takes a stand-in for. */
  defaults(): (exchange: VaultExchange) => Promise<VaultReply> {
    return (exchange) => this.send(exchange);
  }

  /** Answers any HTTP status; throws BindError when there was no answer. */
  async send(exchange: VaultExchange): Promise<VaultReply> {
    const began = this.#clock.now();
    let pause = 100;
    for (let tries = 1; ; tries++) {
      const outcome = await this.#attempt(exchange);
      const again = await this.#judge(exchange, outcome);
      const next = this.#clock.now() + pause - began;
      // A node's word about itself says nothing about whether another one is active.
      if (again !== 'election' && !exchange.plain) this.#gaveUp = false;
      if (this.#signal.aborted || !this.#mayWait(again, tries, next)) return this.#end(outcome);
      await this.#clock.sleep(pause);
      pause = Math.min(pause * 2, 1000);
    }
  }

  /** Whether an exchange that began so many milliseconds before its next try may have that try. */
  #mayWait(again: Again, tries: number, sinceMs: number): boolean {
    switch (again) {
      case 'no':
        return false;
      case 'few':
        return tries < FEW;
      case 'lag':
        return sinceMs <= LAG_MS;
      case 'election':
        if (sinceMs > ELECTION_MS) this.#gaveUp = true;
        return !this.#gaveUp || tries < FEW;
    }
  }

  #end(outcome: Outcome): VaultReply {
    if (outcome instanceof HttpFault) throw this.#failure(outcome);
    if (outcome.statusCode >= 300 && outcome.statusCode < 400) throw new BindError(redirectProblem(this.#url));
    return outcome;
  }

  async #attempt(exchange: VaultExchange): Promise<Outcome> {
    const { method, uri, json } = exchange;
    const { pathname, search } = new URL(uri);
    const abortable = exchange.abortable ?? method === 'GET';
    try {
      const { status, headers, body } = await this.#http.request({
        method,
        path: pathname + search,
        headers: this.#headers(exchange),
        ...(json === undefined || json === true ? {} : { body: JSON.stringify(json) }),
        timeoutMs: exchange.timeoutMs ?? 30_000,
        ...(abortable ? { signal: this.#signal } : {}),
      });
      this.#index.learn(method, status, headers['x-vault-index']);
      return { statusCode: status, body: parsed(body), request: { path: pathname } };
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

  #headers({ headers, plain = false, here = false }: VaultExchange): Record<string, string> {
    return { 'X-Vault-Request': 'true', ...(plain ? {} : this.#index.headers(here)), ...headers };
  }

  async #judge(exchange: VaultExchange, outcome: Outcome): Promise<Again> {
    // What a login gave is a live token, and nobody's if its answer was lost.
    const repeatable = exchange.repeatable ?? !/\/login$/.test(exchange.uri);
    if (outcome instanceof HttpFault) {
      const standby = outcome.kind === 'redirect' && (await this.#isStandby());
      return judgeFault(outcome.kind, repeatable, { served: this.#served, standby });
    }
    this.#served = true;
    const { statusCode, body, request } = outcome;
    // What stands before several nodes answers by itself while it has none to send us to.
    if (exchange.plain) return body === undefined && [502, 503, 504].includes(statusCode) ? 'election' : 'no';
    if (statusCode === 400 && errorText(body).matches(/X-Vault-In(consistent|dex)/i)) {
      return this.#index.yield() ? 'few' : 'no';
    }
    return judgeAnswer(statusCode, body, repeatable, this.#isFresh(request.path));
  }

  /** Standbys send us away while they cannot reach the active node that they still believe in. */
  async #isStandby(): Promise<boolean> {
    const asked = await this.#attempt({ method: 'GET', uri: new URL('/v1/sys/leader', this.#url).href, plain: true });
    return (
      !(asked instanceof HttpFault) && dig(asked.body, 'ha_enabled') === true && dig(asked.body, 'is_self') !== true
    );
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
