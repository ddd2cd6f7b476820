import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuditEvent } from '../types.ts';
import { forbidAccess } from './access.ts';
import { authenticate } from './authenticate.ts';
import { unsupported } from './cause.ts';
import { dispatch } from './dispatch.ts';
import { internal, invalid, Refusal } from './refusal.ts';
import { parseRoute, type RequestInfo } from './route.ts';
import type { User } from './user.ts';
import type { Call, Reply, World } from './world.ts';

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const OPTIONS: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
  deletecollection: 'DeleteOptions',
};

function isDryRun({ query, verb }: RequestInfo): boolean {
  const word = query.get('dryRun') ?? '';
  const kind = OPTIONS[verb];
  if (word === '' || kind === undefined) return false;
  if (word === 'All') return true;
  throw invalid(kind, 'meta.k8s.io', '', [unsupported('dryRun', [word], ['All'])]);
}

/** A request on its way: filled in as far as it gets, for the audit log. */
interface Progress {
  user?: User;
  call?: Call;
}

function answer(world: World, request: IncomingMessage, info: RequestInfo, body: string, progress: Progress): Reply {
  const user = authenticate(request, world.tokens);
  progress.user = user;
  if (request.headers['impersonate-user'] !== undefined) throw internal('impersonation is not emulated');
  forbidAccess(world.authorizer, user, info);
  const agent = request.headers['user-agent'] ?? '';
  const call: Call = {
    info,
    user,
    body,
    contentType: request.headers['content-type'] ?? '',
    view: 'Object',
    isDryRun: isDryRun(info),
    manager: info.query.get('fieldManager') || (agent.split('/')[0] ?? '') || 'unknown',
    warnings: [],
  };
  progress.call = call;
  return dispatch(world, call, request.headers.accept ?? '');
}

function refusal(thrown: unknown): Reply {
  const { code, body } = thrown instanceof Refusal ? thrown : internal(String(thrown));
  return { status: code, body };
}

function write(response: ServerResponse, reply: Reply, warnings: readonly string[]): void {
  const isText = typeof reply.body === 'string';
  const payload = isText ? (reply.body as string) : JSON.stringify(reply.body);
  const type = reply.contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json');
  if (warnings.length > 0)
    response.setHeader(
      'warning',
      warnings.map((warning) => `299 - ${JSON.stringify(warning)}`),
    );
  response.writeHead(reply.status, {
    'audit-id': randomUUID(),
    'cache-control': 'no-cache, private',
    'content-type': type,
    'content-length': Buffer.byteLength(payload),
  });
  response.end(payload);
}

/** Answers one request, and tells what the audit log says about it: nothing when nobody knows whose it was. */
export async function exchange(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<AuditEvent | undefined> {
  const info = parseRoute(request.method ?? 'GET', request.url ?? '/');
  const progress: Progress = {};
  const body = await read(request);
  let reply: Reply;
  try {
    reply = answer(world, request, info, body, progress);
  } catch (thrown) {
    reply = refusal(thrown);
  }
  write(response, reply, progress.call?.warnings ?? []);
  const { user, call } = progress;
  if (user === undefined) return undefined;
  const { verb, resource, subresource, namespace, name } = info;
  return {
    verb,
    resource,
    subresource,
    namespace,
    name: name || (call?.created ?? ''),
    user: user.username,
    userAgent: request.headers['user-agent'] ?? '',
    dryRun: info.query.get('dryRun') === 'All',
    status: reply.status,
  };
}
