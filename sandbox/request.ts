import { request as httpRequest } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import type { Answer } from './types.ts';

export interface RequestOptions {
  method: string;
  url: string;
  headers?: Record<string, string>;
  /** Sent as JSON, a string as it is; `undefined` sends none. */
  body?: unknown;
  caPem?: string | null;
  certPem?: string;
  keyPem?: string;
  /** Keeps connections for many requests. Default: one for each. */
  agent?: Agent;
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function flatten(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** One HTTP exchange, given up after 30 s; never follows a redirect, never throws for a status. */
export function send(options: RequestOptions): Promise<Answer> {
  const { method, url, body } = options;
  const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const headers: Record<string, string> = { 'user-agent': 'vault-cluster-bind-sandbox', ...options.headers };
  if (payload !== undefined) {
    headers['content-length'] = String(Buffer.byteLength(payload));
    if (!Object.keys(headers).some((name) => name.toLowerCase() === 'content-type'))
      headers['content-type'] = 'application/json';
  }
  const tls = {
    ...(options.caPem == null ? {} : { ca: options.caPem }),
    ...(options.certPem === undefined ? {} : { cert: options.certPem, key: options.keyPem }),
  };
  const start = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = start(
      url,
      { method, headers, agent: options.agent ?? false, timeout: 30_000, ...tls },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: flatten(response.headers), body: parse(text) });
        });
      },
    );
    request.on('timeout', () => request.destroy(new Error(`${method} ${url}: no answer within 30 s`)));
    request.on('error', reject);
    request.end(payload);
  });
}
