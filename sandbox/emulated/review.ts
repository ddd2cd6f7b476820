import type { Attributes, Rule } from './authorizer.ts';
import { wrong } from './cause.ts';
import { decode } from './decode.ts';
import { type Fields, fields, type KubeObject, strings, text, timestamp } from './object.ts';
import { badRequest, invalid } from './refusal.ts';
import type { Resource } from './resources.ts';
import { ISSUER } from './token.ts';
import type { User } from './user.ts';
import type { Call, Reply, World } from './world.ts';

function shown({ username, uid, groups, extra }: User): Fields {
  return { username, ...(uid && { uid }), groups, ...(extra && { extra }) };
}

function reviewToken(world: World, spec: Fields): Fields {
  const token = text(spec['token']);
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const asked = strings(spec['audiences']);
  const verdict = world.tokens.verify(token, asked.length > 0 ? asked : [ISSUER]);
  if ('error' in verdict) return { user: {}, error: verdict.error };
  return { authenticated: true, user: shown(verdict.user), audiences: verdict.audiences };
}

function attributesOf(spec: Fields): Attributes {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if ((resourceAttributes == null) === (nonResourceAttributes == null)) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw invalid('', 'authorization.k8s.io', '', [wrong('spec.resourceAttributes', null, why)]);
  }
  const { verb, path } = fields(nonResourceAttributes);
  if (nonResourceAttributes != null) return { verb: text(verb), path: text(path) };
  const asked = fields(resourceAttributes);
  const { group, resource, subresource, name, namespace } = asked;
  const words = { group, resource, subresource, name, namespace };
  const known = Object.entries(words).filter(([, value]) => typeof value === 'string');
  return { verb: text(asked['verb']), ...Object.fromEntries(known) };
}

function userOf(spec: Fields): User {
  const username = text(spec['user']);
  const groups = strings(spec['groups']);
  if (username !== '' || groups.length > 0) return { username, groups };
  const cause = wrong('spec.user', '', 'at least one of user or group must be specified');
  throw invalid('', 'authorization.k8s.io', '', [cause]);
}

function reviewAccess(world: World, user: User, spec: Fields): Fields {
  const { isAllowed, reason } = world.authorizer.decide(user, attributesOf(spec));
  return { allowed: isAllowed, ...(reason && { reason }) };
}

function reviewRules(world: World, user: User, spec: Fields): Fields {
  const namespace = text(spec['namespace']);
  if (namespace === '') throw badRequest('no namespace on request');
  const rules = world.authorizer.grants(user, namespace).grants.map(({ rule }) => rule);
  const ofResources = ({ verbs, apiGroups, resources, resourceNames }: Rule): Fields => ({
    verbs,
    apiGroups,
    resources,
    ...(resourceNames.length > 0 && { resourceNames }),
  });
  return {
    resourceRules: rules.filter(({ resources }) => resources.length > 0).map(ofResources),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
}

function statusOf(world: World, call: Call, kind: string, spec: Fields): Fields {
  switch (kind) {
    case 'TokenReview':
      return reviewToken(world, spec);
    case 'SelfSubjectReview':
      return { userInfo: shown(call.user) };
    case 'SelfSubjectAccessReview':
      return reviewAccess(world, call.user, spec);
    case 'SelfSubjectRulesReview':
      return reviewRules(world, call.user, spec);
    default:
      return reviewAccess(world, userOf(spec), spec);
  }
}

/** A question that is answered and not stored. */
export function review(world: World, call: Call, resource: Resource): Reply {
  const asked: KubeObject = decode(call, resource);
  const { kind, apiVersion, spec } = asked;
  const status = statusOf(world, call, kind, fields(spec));
  const { namespace } = call.info;
  if (kind === 'SelfSubjectReview')
    return { status: 201, body: { kind, apiVersion, metadata: { creationTimestamp: timestamp(world.now()) }, status } };
  return { status: 201, body: { kind, apiVersion, metadata: namespace === '' ? {} : { namespace }, spec, status } };
}
