import type { Attributes } from './authorizer.ts';
import { type Fields, fields, strings, text, timestamp } from './object.ts';
import { badRequest } from './refusal.ts';
import type { Resource } from './resources.ts';
import { ISSUER } from './token.ts';
import type { User } from './user.ts';
import type { Call, Reply, World } from './world.ts';

function specOf(body: string): Fields {
  try {
    return fields(fields(JSON.parse(body))['spec']);
  } catch {
    throw badRequest("couldn't get version/kind; json parse error");
  }
}

function userInfo(user: User): Fields {
  const { username, uid, groups, extra } = user;
  return { username, ...(uid && { uid }), groups, ...(extra && { extra }) };
}

function tokenReview(world: World, spec: Fields): Fields {
  const audiences = strings(spec['audiences']);
  const verdict = world.tokens.verify(text(spec['token']), audiences.length > 0 ? audiences : [ISSUER]);
  if ('error' in verdict) return { user: {}, error: verdict.error };
  return { authenticated: true, user: userInfo(verdict.user), audiences: verdict.audiences };
}

function attributesOf(spec: Fields): Attributes {
  const resource = spec['resourceAttributes'];
  if (resource === undefined) {
    const { path, verb } = fields(spec['nonResourceAttributes']);
    return { verb: text(verb), path: text(path) };
  }
  const { verb, group, resource: plural, subresource, name, namespace } = fields(resource);
  return {
    verb: text(verb),
    group: text(group),
    resource: text(plural),
    subresource: text(subresource),
    name: text(name),
    namespace: text(namespace),
  };
}

function accessReview(world: World, user: User, spec: Fields): Fields {
  const { isAllowed, reason } = world.authorizer.decide(user, attributesOf(spec));
  return { allowed: isAllowed, ...(reason && { reason }) };
}

function subjectOf(spec: Fields): User {
  return { username: text(spec['user']), groups: strings(spec['groups']), uid: text(spec['uid']) };
}

/** Answers a question in the form of a create: nothing is stored. @throws Refusal 400 */
export function review(world: World, call: Call, resource: Resource): Reply {
  const spec = specOf(call.body);
  const statuses: Readonly<Record<string, () => Fields>> = {
    tokenreviews: () => tokenReview(world, spec),
    selfsubjectaccessreviews: () => accessReview(world, call.user, spec),
    subjectaccessreviews: () => accessReview(world, subjectOf(spec), spec),
    localsubjectaccessreviews: () => accessReview(world, subjectOf(spec), spec),
    selfsubjectreviews: () => ({ userInfo: userInfo(call.user) }),
    selfsubjectrulesreviews: () => ({
      resourceRules: world.authorizer.grants(call.user, text(spec['namespace'])).grants.map(({ rule }) => rule),
      nonResourceRules: [],
      incomplete: false,
    }),
  };
  const status = statuses[resource.plural]?.() ?? {};
  const metadata =
    resource.plural === 'selfsubjectreviews'
      ? { creationTimestamp: timestamp(world.now()) }
      : { creationTimestamp: null };
  return {
    status: 201,
    body: { kind: resource.kind, apiVersion: `${resource.group}/${resource.version}`, metadata, spec, status },
  };
}
