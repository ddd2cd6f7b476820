import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { afterAll, expect } from '@jest/globals';
import { type ClusterCredentials, clusterCredentials } from '../../src/adapters/kubeconfig.js';
import { createCluster } from '../../src/adapters/kubernetes.js';
import { BindError, type Problem } from '../../src/binding/errors.js';
import type { Material } from '../../src/binding/intent.js';
import type { Observed } from '../../src/binding/observed.js';
import { secretFactory } from '../../src/binding/secret.js';
import type { ClusterPort } from '../../src/ports.js';
import { authority, type Listening, startHttps } from './wire.js';

/** What was registered to be hidden from logs. */
export const masked: string[] = [];
export const secret = secretFactory((value) => masked.push(value));

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

export function material(content: string, form: Material['form'] = 'inline'): Material {
  return { form, content: secret('kubeconfig', content), source: 'kubeconfig' };
}

/** Credentials from a kubeconfig, with nothing of this machine's environment but PATH. */
export function credentials(
  given: Material,
  context?: string,
  env: NodeJS.ProcessEnv = {},
  pluginTimeoutMs = 30_000,
): Promise<ClusterCredentials> {
  const access = { via: 'kubeconfig' as const, material: given, ...(context === undefined ? {} : { context }) };
  return clusterCredentials(access, {
    env: { PATH: process.env['PATH'], ...env },
    secret,
    userAgent: 'vault-cluster-bind/test',
    pluginTimeoutMs,
  });
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Each header as often as it was sent. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Common name of the client certificate; empty without one. */
  readonly client: string;
}

export type Handle = (seen: Seen, response: ServerResponse) => unknown;

export interface Api extends Listening {
  readonly requests: Seen[];
}

/** An API server that hands each request, read whole, to `handle` and remembers it. */
export async function startApi(handle: Handle, options: ServerOptions = {}): Promise<Api> {
  const requests: Seen[] = [];
  const listener: RequestListener = async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const client = (request.socket as TLSSocket).getPeerCertificate?.()?.subject?.CN ?? '';
    const { method = '', url: path = '', headers, rawHeaders } = request;
    const seen = { method, path, headers, rawHeaders, body, client: String(client) };
    requests.push(seen);
    await handle(seen, response);
  };
  const clients = { requestCert: true, rejectUnauthorized: false, ca: authority.certPem };
  return { ...(await startHttps(listener, { ...clients, ...options })), requests };
}

export function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A Status as the API server answers it. */
export function status(code: number, reason: string, more: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, code, ...more };
}

export const kubeSystem = { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'kube-system', uid: 'uid-1' } };

/** The cluster at a server of ours, as the holder of a token. */
export function clusterAt(
  url: string,
  { token = 'test-token', signal = new AbortController().signal, caPem = authority.certPem } = {},
): ClusterPort {
  const endpoint = { url, caPem, userAgent: 'vault-cluster-bind/test' };
  return createCluster({ endpoint, token: secret('kubernetes token', token) }, secret, signal);
}

/** The BindError that `act` throws. */
export async function thrownBy(act: Promise<unknown>): Promise<BindError> {
  const thrown = await act.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(BindError);
  return thrown as BindError;
}

export function problemIn(seen: Observed<unknown>): Problem {
  if (seen.state !== 'unreadable') throw new Error(`expected unreadable, got ${JSON.stringify(seen)}`);
  return seen.problem;
}

/** Everything anybody could see of a value. */
export function shown(value: unknown): string {
  return `${inspect(value, { depth: 9, showHidden: true })}${value instanceof Error ? value.stack : JSON.stringify(value)}`;
}

/** A folder that is gone when the test file ends, and what puts a file into it. */
export function folder(): { dir: string; file(name: string, text: string, mode?: number): string } {
  const dir = mkdtempSync(join(tmpdir(), 'kube-test-'));
  afterAll(() => rmSync(dir, { recursive: true }));
  return {
    dir,
    file(name, text, mode = 0o600) {
      const path = join(dir, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { mode });
      return path;
    },
  };
}

/** A kubeconfig of one context, from the fields of its user and cluster. */
export function configFor(server: string, user: object, cluster: object = {}): string {
  const held = { server, 'certificate-authority-data': base64(authority.certPem), ...cluster };
  return JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster: held }],
    users: [{ name: 'u', user }],
  });
}

/** What the API server says, by method; a dry run is a method of its own. */
export type Answers = Record<
  string,
  readonly [status: number, body: unknown] | ((body: string) => readonly [status: number, body: unknown])
>;

/** Answers so, and in a way no test expects to anything else. */
export function answering(answers: Answers): Handle {
  return ({ method, path, body }, response) => {
    const answer = answers[path.includes('dryRun=All') ? 'DRY' : method] ?? [418, status(418, 'NobodyExpectedThis')];
    const [code, said] = typeof answer === 'function' ? answer(body) : answer;
    json(response, code, said);
  };
}

export const notFound = [404, status(404, 'NotFound')] as const;
export const exists = [409, status(409, 'AlreadyExists')] as const;
/** A login page where an API server should be; jsonified, which makes it no better. */
export const page = [200, '<html>planted-secret-value</html>'] as const;
