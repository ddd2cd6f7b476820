import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** What the proxy does instead of passing the target's answer on. */
export type Fault =
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  /** The connection is cut without an answer. */
  | { readonly reset: true }
  /** The answer comes, but later. */
  | { readonly delayMs: number }
  /** 307 to this address. */
  | { readonly redirect: string }
  /** No answer, ever; the connection stays open until the proxy stops. */
  | { readonly hang: true }
  /** The target's answer with its whole content-length, cut after so many bytes of body. */
  | { readonly truncateAfterBytes: number }
  /** 200 with a body of so many bytes of JSON string. */
  | { readonly hugeBytes: number };

export interface FaultRule {
  /** Default: any. */
  method?: string;
  /** Matched against path and query. Default: any. */
  path?: RegExp;
  /** Strikes at the nth match alone, from 1. Default: at every one. */
  nth?: number;
  /** The target does get the request, so that it takes effect, and its answer is lost. Default: false. */
  forward?: boolean;
  fault: Fault;
}

/** Plays the fault on one response; `upstream` is the target's answer where the fault needs or forwarded it. */
export async function play(
  fault: Exclude<Fault, { delayMs: number }>,
  response: ServerResponse,
  upstream: Upstream | null,
): Promise<void> {
  if ('hang' in fault) return;
  if ('reset' in fault) {
    response.socket?.resetAndDestroy();
  } else if ('status' in fault) {
    response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body ?? '');
  } else if ('redirect' in fault) {
    response.writeHead(307, { location: fault.redirect }).end();
  } else if ('hugeBytes' in fault) {
    await huge(response, fault.hugeBytes);
  } else if (upstream !== null) {
    response.writeHead(upstream.status, { ...upstream.headers, 'content-length': upstream.body.length });
    response.write(upstream.body.subarray(0, fault.truncateAfterBytes), () => response.socket?.destroy());
  }
}

/** The target's answer, read whole. */
export interface Upstream {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
}

function* filler(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  yield Buffer.from('"');
  for (let left = bytes - 2; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
  yield Buffer.from('"');
}

async function huge(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes });
  await pipeline(filler(bytes), response);
}
