import type { Attributes, Authorizer } from './authorizer.ts';
import { forbidden } from './refusal.ts';
import type { RequestInfo } from './route.ts';
import type { User } from './user.ts';

function attributes(info: RequestInfo): Attributes {
  const { verb, path, group, resource, subresource, name, namespace } = info;
  return info.isResource ? { verb, group, resource, subresource, name, namespace } : { verb, path };
}

function explain({ username }: User, info: RequestInfo): string {
  const { verb, resource, subresource, group, namespace, name, path } = info;
  if (!info.isResource) return `forbidden: User "${username}" cannot ${verb} path "${path}"`;
  const what = `${resource}${group && `.${group}`}${name && ` "${name}"`}`;
  const full = `${resource}${subresource && `/${subresource}`}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `${what} is forbidden: User "${username}" cannot ${verb} resource "${full}" in API group "${group}" ${where}`;
}

/** @throws Refusal 403 unless the user may do what the request is about. */
export function forbidAccess(authorizer: Authorizer, user: User, info: RequestInfo): void {
  const { isAllowed, reason } = authorizer.decide(user, attributes(info));
  if (isAllowed) return;
  const message = explain(user, info) + (reason === '' ? '' : `: ${reason}`);
  const { name, group, resource: plural } = info;
  throw forbidden(message, info.isResource ? { name, group, plural } : { name: '', group: '', plural: '' });
}
