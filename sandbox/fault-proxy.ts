import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type FaultRule, play, type Upstream } from './fault.ts';
import type { Authority } from './pki.ts';

export type { Fault, FaultRule } from './fault.ts';

/** One exchange as the proxy saw it, whole: what a leak test greps. */
export interface Exchange {
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** What the target answered; `null` when it was never asked. */
  readonly answer: { readonly status: number; readonly body: string } | null;
  /** Whether a rule struck. */
  readonly faulted: boolean;
}

export interface FaultProxy {
  readonly address: string;
  /** CA of the TLS front; `null` over plain HTTP. */
  readonly caPem: string | null;
  /** In the order in which the requests arrived. */
  readonly exchanges: readonly Exchange[];
  /** Adds a rule; the first that matches strikes. Returns what takes it away again. */
  inject(rule: FaultRule): () => void;
  clear(): void;
  /** Cuts every live connection. */
  stop(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Verifies an https target. */
  targetCaPem?: string;
  /** Answer over TLS with a certificate of this authority for 127.0.0.1 and localhost. Default: plain HTTP. */
  authority?: Authority;
  port?: number;
}

interface Armed extends FaultRule {
  seen: number;
}

async function read(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host'];

function endToEnd<T>(headers: Record<string, T | undefined>): Record<string, T> {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.includes(name));
  return Object.fromEntries(kept) as Record<string, T>;
}

function forward(target: string, request: IncomingMessage, body: Buffer, caPem: string | undefined): Promise<Upstream> {
  const url = new URL(request.url ?? '/', target);
  // Uncompressed, so that the recorded answer can be read.
  const headers = {
    ...endToEnd(request.headers),
    'accept-encoding': 'identity',
    ...(body.length > 0 ? { 'content-length': String(body.length) } : {}),
  };
  const options = {
    method: request.method,
    headers,
    agent: false as const,
    ...(caPem === undefined ? {} : { ca: caPem }),
  };
  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options, (incoming) => {
      read(incoming).then(
        (text) => resolve({ status: incoming.statusCode ?? 502, headers: endToEnd(incoming.headers), body: text }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function match(rules: Armed[], method: string, path: string): Armed | null {
  for (const rule of rules) {
    if ((rule.method ?? method) !== method || !(rule.path ?? /^/).test(path)) continue;
    rule.seen += 1;
    if (rule.nth === undefined || rule.nth === rule.seen) return rule;
  }
  return null;
}

type Log = { -readonly [Key in keyof Exchange]: Exchange[Key] };

class Handler {
  readonly exchanges: Log[] = [];
  rules: Armed[] = [];
  readonly #target: string;
  readonly #caPem: string | undefined;

  constructor(target: string, caPem: string | undefined) {
    this.#target = target;
    this.#caPem = caPem;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const exchange: Log = { method, path, headers, body: '', answer: null, faulted: false };
    this.exchanges.push(exchange);
    const rule = match(this.rules, method, path);
    exchange.faulted = rule !== null;
    const body = await read(request);
    exchange.body = body.toString('utf8');
    const fault = rule?.fault;
    if (fault !== undefined && 'delayMs' in fault)
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs).unref());
    const pass = fault === undefined || 'delayMs' in fault;
    const asks = pass || rule?.forward === true || 'truncateAfterBytes' in fault;
    const upstream = asks ? await forward(this.#target, request, body, this.#caPem) : null;
    if (upstream !== null) exchange.answer = { status: upstream.status, body: upstream.body.toString('utf8') };
    if (!pass) return play(fault, response, upstream);
    if (upstream !== null) response.writeHead(upstream.status, upstream.headers).end(upstream.body);
  }
}

/**
 * Starts an HTTP reverse proxy on loopback that records every exchange and plays faults by rule. An unreachable target
 * shows as a cut connection. Answers are read whole, so watches do not pass; neither can a client certificate, which
 * ends at the proxy's TLS front: go through it with a bearer token.
 */
export async function startFaultProxy(target: string, options: FaultProxyOptions = {}): Promise<FaultProxy> {
  const handler = new Handler(target, options.targetCaPem);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    handler.handle(request, response).catch(() => response.socket?.destroy());
  };
  const pair = options.authority?.server(['127.0.0.1', 'localhost']);
  const server =
    pair === undefined
      ? createHttpServer(listener)
      : createHttpsServer({ cert: pair.certPem, key: pair.keyPem }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  server.unref();
  return {
    address: `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caPem: options.authority?.certPem ?? null,
    exchanges: handler.exchanges,
    inject(rule) {
      const armed: Armed = { ...rule, seen: 0 };
      handler.rules.push(armed);
      return () => {
        handler.rules = handler.rules.filter((other) => other !== armed);
      };
    },
    clear() {
      handler.rules = [];
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
