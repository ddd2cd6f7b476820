import { fields, type KubeObject } from './object.ts';
import { badRequest, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import { selection } from './selector.ts';
import { render } from './table.ts';
import { type Call, homeOf, type Reply, type World } from './world.ts';

interface Continuation {
  readonly revision: string;
  readonly after: string;
}

const key = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

function parse(token: string): Continuation | undefined {
  if (token === '') return undefined;
  try {
    const { revision, after } = fields(JSON.parse(Buffer.from(token, 'base64url').toString()));
    return { revision: String(revision), after: String(after) };
  } catch {
    throw badRequest('continue key is not valid: invalid character');
  }
}

/** One object as it is shown. */
export function show(call: Call, resource: Resource, object: KubeObject): Reply['body'] {
  const meta = { resourceVersion: object.metadata.resourceVersion ?? '' };
  return render(call.view, resource, [object], meta, call.info.query.get('includeObject') ?? '', false);
}

/** @throws Refusal 404 */
export function readOne(world: World, call: Call, resource: Resource): Reply {
  const { name } = call.info;
  const namespace = homeOf(call, resource);
  const found = world.store.get(resource, namespace, name);
  if (found === undefined) throw notFound(resource, name);
  return { status: 200, body: show(call, resource, found) };
}

/** A list, in pages when `limit` says so. @throws Refusal 400 */
export function readMany(world: World, call: Call, resource: Resource): Reply {
  const { query } = call.info;
  const namespace = homeOf(call, resource);
  const from = parse(query.get('continue') ?? '');
  const wanted = world.store.list(resource, namespace).filter(selection(query, resource));
  const rest = from === undefined ? wanted : wanted.filter((object) => key(object) > from.after);
  const limit = Number(query.get('limit') ?? '0') || rest.length;
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const revision = from?.revision ?? world.store.revision;
  const more =
    rest.length > page.length && last !== undefined
      ? {
          continue: Buffer.from(JSON.stringify({ revision, after: key(last) })).toString('base64url'),
          remainingItemCount: rest.length - page.length,
        }
      : {};
  const meta = { resourceVersion: revision, ...more };
  const body = render(call.view, resource, page, meta, query.get('includeObject') ?? '', true);
  return { status: 200, body };
}
