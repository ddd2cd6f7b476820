import { discover } from './discovery.ts';
import { readMany, readOne } from './read.ts';
import { badRequest, forbidden, methodNotAllowed, pageNotFound, unknownResource } from './refusal.ts';
import { remove, removeMany } from './remove.ts';
import type { Resource } from './resources.ts';
import { review } from './review.ts';
import type { RequestInfo } from './route.ts';
import { requestToken } from './token-request.ts';
import type { User } from './user.ts';
import type { Call, Reply, World } from './world.ts';
import { create, patch, update } from './write.ts';

type Handle = (world: World, call: Call, resource: Resource) => Reply;

const VERBS: Readonly<Record<string, Handle>> = {
  get: readOne,
  list: readMany,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: removeMany,
};

/** @throws Refusal 403, worded as the API server words it */
export function authorize(world: World, user: User, info: RequestInfo): void {
  const { verb, group, resource, subresource, name, namespace, path } = info;
  const wanted = info.isResource ? { verb, group, resource, subresource, name, namespace } : { verb, path };
  const { isAllowed, reason } = world.authorizer.decide(user, wanted);
  if (isAllowed) return;
  const why = reason === '' ? '' : `: ${reason}`;
  if (!info.isResource)
    throw forbidden(
      `forbidden: User "${user.username}" cannot ${verb} path "${path}"${why}`,
      { name: '', group: '', plural: '' },
      {},
    );
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const subject = `${resource}${group && `.${group}`}${name && ` "${name}"`}`;
  const message = `${subject} is forbidden: User "${user.username}" cannot ${verb} resource "${full}" in API group "${group}" ${where}${why}`;
  throw forbidden(message, { name, group, plural: resource });
}

/** The resource of a request. @throws Refusal 404 */
export function resourceOf(world: World, info: RequestInfo): Resource {
  const found = world.resources.find(info.group, info.version, info.resource);
  if (found !== undefined && (found.isNamespaced || info.namespace === '' || found.plural === 'namespaces'))
    return found;
  throw world.resources.isBuiltInGroup(info.group) ? unknownResource() : pageNotFound();
}

/** @throws Refusal for everything but success */
export function handle(world: World, call: Call, resource: Resource | undefined): Reply {
  const { info } = call;
  if (resource === undefined) return discover(world, info.path);
  const { verb, subresource } = info;
  if (resource.isReview) {
    if (verb !== 'create') throw methodNotAllowed();
    return review(world, call, resource);
  }
  if (subresource === 'token' && resource.plural === 'serviceaccounts') {
    if (verb !== 'create') throw methodNotAllowed();
    return requestToken(world, call, resource);
  }
  if (subresource !== '' && !(subresource === 'status' && resource.hasStatus)) throw unknownResource();
  if (verb === 'create' && info.name !== '') throw methodNotAllowed();
  if (verb === 'create' && resource.isNamespaced && info.namespace === '')
    throw badRequest('an empty namespace may not be set during creation');
  const act = VERBS[verb];
  if (act === undefined) throw methodNotAllowed();
  return act(world, call, resource);
}
