import { type ClientRequest, type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import type { Secret } from '../binding/secret.js';
import { faultOf, HttpFault } from './http-fault.js';

export { HttpFault } from './http-fault.js';

/** Where requests go and how the connection is made. */
export interface Endpoint {
  /** Origin, with a path prefix where the server has one. */
  readonly url: string;
  /** Trusts only these; default: node's own roots. */
  readonly caPem?: string;
  readonly clientCertPem?: string;
  readonly clientKey?: Secret;
  readonly skipTlsVerify?: boolean;
  /** Resolved (src/adapters/proxy); may carry credentials, which are never shown. */
  readonly proxyUrl?: string;
  /** Name for SNI and verification when it is not the URL's host. */
  readonly serverName?: string;
  readonly userAgent: string;
}

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Over everything: connect, headers, body, repeats. Default: 30 000. */
  readonly timeoutMs?: number;
  /** Default: 64 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const TRIES = 3;
const BUSY = [429, 502, 503, 504];

/** One pool of keep-alive connections to one server; the only thing in the project that makes requests. */
export class HttpClient {
  readonly #endpoint: Endpoint;
  readonly #base: URL;
  readonly #agent: PlainAgent;
  #date: { serverMs: number; atMs: number } | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#base = new URL(endpoint.url);
    this.#agent = makeAgent(endpoint, this.#base.protocol === 'https:');
  }

  /** The server's clock as last seen in a `Date` header, beside ours at that moment. */
  lastDate(): { serverMs: number; atMs: number } | undefined {
    return this.#date;
  }

  /**
   * Answers whatever status the server gave. Repeats when a kept connection died under a request that reached nobody,
   * and GETs that a busy server turned away. Throws HttpFault when there was no answer.
   */
  async request(request: HttpRequest): Promise<HttpResponse> {
    const deadline = Date.now() + (request.timeoutMs ?? 30_000);
    const repeatable = request.method === 'GET' || request.method === 'HEAD';
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.#once(request, deadline);
        if (!repeatable || !BUSY.includes(response.status) || attempt === TRIES) return response;
        if (!(await pause(retryAfterMs(response, attempt), deadline, request.signal))) return response;
      } catch (thrown) {
        const fault = faultOf(thrown, true);
        const harmless = !fault.sent || repeatable;
        if (fault.kind !== 'reset' || !harmless || attempt === TRIES) throw fault;
        if (!(await pause(50 * attempt, deadline, request.signal))) throw fault;
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #once(request: HttpRequest, deadline: number): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      if (request.signal?.aborted) return reject(new HttpFault('aborted', false));
      const sending = this.#send(request);
      let reused = false;
      const fail = (error: unknown): void => {
        sending.destroy();
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', abort);
        reject(error instanceof HttpFault ? error : faultOf(error, !(reused && sending.reusedSocket)));
      };
      const abort = (): void => fail(new HttpFault('aborted', true));
      const timer = setTimeout(() => fail(new HttpFault('timeout', true)), Math.max(1, deadline - Date.now()));
      request.signal?.addEventListener('abort', abort, { once: true });
      sending.once('error', fail);
      sending.once('socket', () => {
        reused = sending.reusedSocket;
      });
      sending.once('response', (message) => {
        reused = false;
        this.#read(
          message,
          request,
          (response) => {
            clearTimeout(timer);
            request.signal?.removeEventListener('abort', abort);
            resolve(response);
          },
          fail,
        );
      });
      sending.end(request.body);
    });
  }

  #send(request: HttpRequest): ClientRequest {
    const { serverName, userAgent } = this.#endpoint;
    const secure = this.#base.protocol === 'https:';
    const prefix = this.#base.pathname.replace(/\/+$/, '');
    const body =
      request.body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(request.body)) };
    return (secure ? tlsRequest : plainRequest)({
      agent: this.#agent,
      hostname: this.#base.hostname.replace(/^\[|\]$/g, ''),
      port: this.#base.port || (secure ? 443 : 80),
      path: `${prefix}${request.path}`,
      method: request.method,
      headers: { accept: 'application/json', 'user-agent': userAgent, ...body, ...request.headers },
      ...(serverName ? { servername: serverName } : {}),
    });
  }

  #read(
    message: IncomingMessage,
    request: HttpRequest,
    done: (response: HttpResponse) => void,
    fail: (error: unknown) => void,
  ): void {
    const limit = request.maxBytes ?? 64 * 1024 * 1024;
    const chunks: Buffer[] = [];
    let size = 0;
    const date = Date.parse(message.headers.date ?? '');
    if (!Number.isNaN(date)) this.#date = { serverMs: date, atMs: Date.now() };
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) fail(new HttpFault('too-large', true));
      else chunks.push(chunk);
    });
    message.once('error', fail);
    message.once('aborted', () => fail(new HttpFault('reset', true)));
    message.once('end', () => {
      if (!message.complete) return fail(new HttpFault('reset', true));
      const status = message.statusCode ?? 0;
      if (status >= 300 && status < 400 && status !== 304 && message.headers.location !== undefined)
        return fail(new HttpFault('redirect', true));
      done({ status, headers: flat(message), body: Buffer.concat(chunks).toString('utf8') });
    });
  }
}

function makeAgent(endpoint: Endpoint, secure: boolean): PlainAgent {
  const { caPem, clientCertPem, clientKey, skipTlsVerify, proxyUrl } = endpoint;
  const pool = { keepAlive: true, maxSockets: 32, maxFreeSockets: 32, scheduling: 'lifo' as const };
  const tls = {
    ...(caPem === undefined ? {} : { ca: caPem }),
    ...(clientCertPem === undefined ? {} : { cert: clientCertPem }),
    ...(clientKey === undefined ? {} : { key: clientKey.reveal() }),
    ...(skipTlsVerify ? { rejectUnauthorized: false } : {}),
    minVersion: 'TLSv1.2' as const,
  };
  if (proxyUrl === undefined) return secure ? new TlsAgent({ ...pool, ...tls }) : new PlainAgent(pool);
  if (secure) return new HttpsProxyAgent({ ...pool, ...tls, proxy: proxyUrl });
  return new HttpProxyAgent({ ...pool, proxy: proxyUrl });
}

function flat(message: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function retryAfterMs(response: HttpResponse, attempt: number): number {
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 200 * 2 ** (attempt - 1);
}

/** False when there is no time left for it. */
async function pause(milliseconds: number, deadline: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (Date.now() + milliseconds >= deadline || signal?.aborted) return false;
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return !signal?.aborted;
}
