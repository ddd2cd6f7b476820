import { create } from './create.ts';
import { remove, removeAll } from './delete.ts';
import { discover } from './discovery.ts';
import { list } from './list.ts';
import { patch } from './patch.ts';
import { present } from './present.ts';
import { methodNotAllowed, notFound, pageNotFound, unknownResource } from './refusal.ts';
import type { Resource } from './resources.ts';
import { review } from './review.ts';
import type { RequestInfo } from './route.ts';
import { requestToken } from './token-request.ts';
import { update } from './update.ts';
import { negotiate } from './view.ts';
import type { Call, Reply, World } from './world.ts';

type Handler = (world: World, call: Call, resource: Resource) => Reply;

function get(world: World, call: Call, resource: Resource): Reply {
  const { namespace, name } = call.info;
  const found = world.store.get(resource, namespace, name);
  if (found === undefined) throw notFound(resource, name);
  return present(call, resource, found, world.now());
}

const OBJECT: Readonly<Record<string, Handler>> = { get, update, patch, delete: remove };
const COLLECTION: Readonly<Record<string, Handler>> = { list, create, deletecollection: removeAll };
const STATUS: Readonly<Record<string, Handler>> = { get, update, patch };
const TOKEN: Readonly<Record<string, Handler>> = { create: requestToken };
const REVIEW: Readonly<Record<string, Handler>> = { create: review };
const NAMESPACES: Readonly<Record<string, Handler>> = { list, create };

function handlersOf(resource: Resource, info: RequestInfo): Readonly<Record<string, Handler>> | undefined {
  const { subresource, name, namespace, verb } = info;
  const isName = name !== '' && verb !== 'list';
  const isCore = resource.group === '';
  if (subresource === 'status' && resource.hasStatus) return STATUS;
  if (subresource === 'token' && isCore && resource.plural === 'serviceaccounts') return TOKEN;
  if (subresource !== '') return undefined;
  if (resource.isNamespaced && namespace === '' && (isName || resource.isReview)) return undefined;
  if (resource.isReview) return isName ? undefined : REVIEW;
  if (isName) return OBJECT;
  if (resource.isNamespaced && namespace === '') return { list };
  return isCore && resource.plural === 'namespaces' ? NAMESPACES : COLLECTION;
}

/** What the API server does for a request that is allowed. */
export function dispatch(world: World, call: Call, accept: string): Reply {
  const { info } = call;
  if (!info.isResource) return discover(world, call);
  const { group, version } = info;
  const resource = world.resources.find(group, version, info.resource);
  if (resource === undefined) throw world.resources.isBuiltInGroup(group) ? unknownResource() : pageNotFound();
  const handlers = handlersOf(resource, info);
  if (handlers === undefined) throw resource.custom === undefined ? unknownResource() : notFound(resource, info.name);
  const handler = handlers[info.verb];
  if (handler === undefined) throw methodNotAllowed();
  const hasViews = handler !== review && handler !== requestToken;
  const view = negotiate(accept, resource, hasViews);
  // Cluster-scoped objects are stored without a namespace, whatever the path of a Namespace says.
  const scope = resource.isNamespaced ? info : { ...info, namespace: '' };
  const scoped = Object.assign(call, { info: scope, view });
  return handler(world, scoped, resource);
}
