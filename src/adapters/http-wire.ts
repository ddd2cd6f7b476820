import { setMaxListeners } from 'node:events';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { createSecureContext } from 'node:tls';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import type { Endpoint } from './http.js';
import { faultOf, HttpFault } from './http-fault.js';

/** An idle socket older than this may have been forgotten by a load balancer: a POST on it could be lost. */
const IDLE_MS = 15_000;
const MOST_SOCKETS = 32;
/** Node.js gives up an address after 250 ms, which is less than a handshake over a slow VPN. */
const ADDRESS_ATTEMPT_MS = 2_000;

/** One request, ready for the wire. */
export interface Sending {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly maxBytes: number;
  /** Its reason is an HttpFault. */
  readonly signal: AbortSignal;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A fault with what decides about another try. */
export interface Failed {
  readonly fault: HttpFault;
  /** Whether no byte of the request can have reached the server. */
  readonly unsent: boolean;
  /** Whether it went over a socket that had carried a request before. */
  readonly reused: boolean;
}

/** The sockets to one endpoint, and one try over them. */
export class Wire {
  readonly host: string;
  readonly #origin: URL;
  readonly #tls: Readonly<Record<string, unknown>>;
  readonly #agent: HttpAgent;
  readonly #proxied: boolean;
  readonly #closing = new AbortController();

  constructor(endpoint: Endpoint) {
    this.#origin = new URL(endpoint.url);
    this.host = this.#origin.host;
    const secure = this.#origin.protocol === 'https:';
    this.#tls = secure ? tlsOptions(endpoint, this.host) : {};
    this.#proxied = endpoint.proxyUrl !== undefined;
    this.#agent = agentFor(secure, endpoint.proxyUrl, this.#closing.signal);
  }

  /** Whether `location` leaves this origin. */
  leaves(location: string): boolean {
    try {
      return new URL(location, this.#origin).origin !== this.#origin.origin;
    } catch {
      return true;
    }
  }

  /** Rejects with `Failed`. */
  exchange(sending: Sending): Promise<Received> {
    return new Promise((resolve, reject) => {
      const outgoing = this.#open(sending);
      let incoming: IncomingMessage | undefined;
      let connected = false;
      const abort = (): void => {
        // A request that has no socket yet, because a proxy does not answer, would tell of its end only once it has one.
        fail(sending.signal.reason);
        incoming?.destroy();
        outgoing.destroy(sending.signal.reason as HttpFault);
      };
      const settle = (): void => sending.signal.removeEventListener('abort', abort);
      const fail = (thrown: unknown): void => {
        settle();
        const fault = this.#faultOf(sending.signal.aborted ? sending.signal.reason : thrown, connected);
        reject({ fault, unsent: !connected, reused: outgoing.reusedSocket } satisfies Failed);
      };
      whenConnected(outgoing, () => {
        connected = true;
      });
      outgoing.on('error', fail);
      outgoing.once('response', (response) => {
        incoming = response;
        collect(response, sending.maxBytes, this.host).then((received) => {
          settle();
          resolve(received);
        }, fail);
      });
      sending.signal.addEventListener('abort', abort, { once: true });
      outgoing.end(sending.body);
    });
  }

  close(): void {
    this.#closing.abort();
    this.#agent.destroy();
  }

  #open({ method, path, headers }: Sending): ClientRequest {
    const request = this.#origin.protocol === 'https:' ? httpsRequest : httpRequest;
    return request({
      ...this.#tls,
      agent: this.#agent,
      // Sockets want an IPv6 address without the brackets that URLs put around it.
      host: this.#origin.hostname.replace(/^\[|\]$/g, ''),
      port: this.#origin.port || (this.#origin.protocol === 'https:' ? 443 : 80),
      method,
      path,
      headers,
    });
  }

  #faultOf(thrown: unknown, connected: boolean): HttpFault {
    const fault = faultOf(thrown, this.host);
    // Through a proxy we resolve and connect to nothing else.
    const isProxy = this.#proxied && !connected && (fault.kind === 'dns' || fault.kind === 'refused');
    return isProxy ? new HttpFault('proxy', this.host) : fault;
  }
}

function tlsOptions(endpoint: Endpoint, host: string): Record<string, unknown> {
  const { caPem, clientCertPem, clientKey, serverName, skipTlsVerify = false } = endpoint;
  try {
    return {
      // One context for all sockets: parsing certificates again for each costs more than the handshake.
      secureContext: createSecureContext({
        ...(caPem === undefined ? {} : { ca: caPem }),
        ...(clientCertPem === undefined ? {} : { cert: clientCertPem }),
        ...(clientKey === undefined ? {} : { key: clientKey.reveal() }),
      }),
      rejectUnauthorized: !skipTlsVerify,
      ...(serverName === undefined ? {} : { servername: serverName }),
    };
  } catch {
    throw clientCertPem === undefined ? new HttpFault('tls', host, 'other') : new HttpFault('client-certificate', host);
  }
}

function agentFor(secure: boolean, proxy: string | undefined, closing: AbortSignal): HttpAgent {
  const options = {
    keepAlive: true,
    maxSockets: MOST_SOCKETS,
    timeout: IDLE_MS,
    scheduling: 'lifo' as const,
    autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
  };
  if (proxy !== undefined) {
    // The agent does not know of tunnels that are still being dug, and would leave them behind.
    setMaxListeners(0, closing);
    // Goes to node:http as it is; its types only know headers.
    const proxyRequestOptions = { signal: closing } as { headers?: never };
    const tunnelled = { ...options, proxy, proxyRequestOptions };
    return secure ? new HttpsProxyAgent(tunnelled) : new HttpProxyAgent(tunnelled);
  }
  return secure ? new HttpsAgent(options) : new HttpAgent(options);
}

function whenConnected(outgoing: ClientRequest, done: () => void): void {
  outgoing.once('socket', (socket) => {
    if (outgoing.reusedSocket) return done();
    if ('encrypted' in socket) return void socket.once('secureConnect', done);
    if (!socket.connecting) return done();
    socket.once('connect', done);
  });
}

async function collect(incoming: IncomingMessage, maxBytes: number, host: string): Promise<Received> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      incoming.destroy();
      throw new HttpFault('too-large', host);
    }
    chunks.push(chunk);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return { status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString('utf8') };
}
