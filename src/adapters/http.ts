import { setTimeout as sleep } from 'node:timers/promises';
import type { Secret } from '../binding/secret.js';
import { HttpFault } from './http-fault.js';
import { type Failed, type Received, type Sending, Wire } from './http-wire.js';

export { HttpFault, type TlsReason } from './http-fault.js';

/** A server and how to be someone there. */
export interface Endpoint {
  /** Origin, optionally with a path that every request goes below. */
  readonly url: string;
  /** Trusted instead of the well-known authorities. */
  readonly caPem?: string;
  readonly clientCertPem?: string;
  readonly clientKey?: Secret;
  /** Default: false. */
  readonly skipTlsVerify?: boolean;
  /** As `proxyFor` answers it; may hold credentials, so it is never printed. */
  readonly proxyUrl?: string;
  /** Name the certificate must carry; default: the URL's host. */
  readonly serverName?: string;
  readonly userAgent: string;
}

export interface HttpRequest {
  readonly method: string;
  /** Absolute, with query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /** For everything, tries included; default: 30 000. */
  readonly timeoutMs?: number;
  /** Of the answer's body; default: 64 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  /**
   * Whether 429, 502, 503 and 504 are tried again, honouring Retry-After; a 429 with Retry-After for any method, the
   * others for idempotent ones. Default: false, for `sys/health` speaks in these.
   */
  readonly repeatWhenBusy?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MOST_TRIES = 3;
const PAUSE_MS = 100;
const IDEMPOTENT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'];
const BUSY = [429, 502, 503, 504];

/**
 * The one way to speak HTTP to the cluster and to Vault, over kept-alive sockets. Redirects are never followed: to
 * another origin they are a fault, within the origin they are the answer.
 */
export class HttpClient {
  readonly #wire: Wire;
  readonly #base: string;
  readonly #userAgent: string;
  #date: { serverMs: number; atMs: number } | undefined;

  /** @throws HttpFault when certificate or key cannot be used. */
  constructor(endpoint: Endpoint) {
    this.#wire = new Wire(endpoint);
    this.#base = new URL(endpoint.url).pathname.replace(/\/+$/, '');
    this.#userAgent = endpoint.userAgent;
  }

  /** Answers any status. @throws HttpFault */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const deadline = Date.now() + (request.timeoutMs ?? TIMEOUT_MS);
    const limit = this.#limit(request, deadline);
    try {
      return await this.#try(request, this.#sending(request, limit.signal), deadline);
    } finally {
      limit.release();
    }
  }

  /** The last answer's `Date` and when it came, Unix ms; undefined before the first. */
  lastDate(): { serverMs: number; atMs: number } | undefined {
    return this.#date;
  }

  /** Cuts what is still open. */
  close(): void {
    this.#wire.close();
  }

  async #try(request: HttpRequest, sending: Sending, deadline: number): Promise<HttpResponse> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#attempt(sending);
      const pauseMs = tries < MOST_TRIES ? pauseBefore(request, outcome, tries) : undefined;
      if (pauseMs === undefined || Date.now() + pauseMs >= deadline) {
        if ('fault' in outcome) throw outcome.fault;
        return this.#answer(outcome);
      }
      await sleep(pauseMs, undefined, { signal: sending.signal }).catch(() => {
        throw sending.signal.reason;
      });
    }
  }

  async #attempt(sending: Sending): Promise<Received | Failed> {
    try {
      const received = await this.#wire.exchange(sending);
      const serverMs = Date.parse(received.headers['date'] ?? '');
      if (!Number.isNaN(serverMs)) this.#date = { serverMs, atMs: Date.now() };
      return received;
    } catch (failed) {
      return failed as Failed;
    }
  }

  #answer(received: Received): HttpResponse {
    const { location } = received.headers;
    const redirects = received.status >= 300 && received.status < 400 && location !== undefined;
    if (redirects && this.#wire.leaves(location)) throw new HttpFault('redirect', this.#wire.host);
    return received;
  }

  #sending({ method, path, headers, body, maxBytes }: HttpRequest, signal: AbortSignal): Sending {
    return {
      method,
      path: this.#base + path,
      headers: {
        Accept: 'application/json',
        'User-Agent': this.#userAgent,
        ...(body === undefined
          ? {}
          : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(body)) }),
        ...headers,
      },
      body,
      maxBytes: maxBytes ?? MAX_BYTES,
      signal,
    };
  }

  /** One signal for the deadline and the caller's wish to stop. */
  #limit({ signal }: HttpRequest, deadline: number): { signal: AbortSignal; release: () => void } {
    const { host } = this.#wire;
    if (signal?.aborted) throw new HttpFault('aborted', host);
    const controller = new AbortController();
    const abort = (): void => controller.abort(new HttpFault('aborted', host));
    const timer = setTimeout(() => controller.abort(new HttpFault('timeout', host)), deadline - Date.now());
    signal?.addEventListener('abort', abort, { once: true });
    const release = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    return { signal: controller.signal, release };
  }
}

/** How long to wait before another try; undefined when it would not help or could do something twice. */
function pauseBefore(request: HttpRequest, outcome: Received | Failed, tries: number): number | undefined {
  const idempotent = IDEMPOTENT.includes(request.method);
  const pauseMs = PAUSE_MS * 3 ** (tries - 1);
  if ('fault' in outcome) {
    const { fault, unsent, reused } = outcome;
    if (unsent) return fault.kind === 'refused' || fault.kind === 'reset' ? pauseMs : undefined;
    return idempotent && reused && fault.kind === 'reset' ? 0 : undefined;
  }
  if (!request.repeatWhenBusy || !BUSY.includes(outcome.status)) return undefined;
  const asked = retryAfterMs(outcome.headers['retry-after']);
  if (outcome.status === 429 && asked !== undefined) return asked;
  return idempotent ? (asked ?? pauseMs) : undefined;
}

function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,6}$/.test(header)) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}
