import { permits, RBAC_GROUP, type Rule, toRule } from './authorizer.ts';
import { fields, type KubeObject, list, same, text } from './object.ts';
import { forbidden, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import { isMaster, type User } from './user.ts';
import type { World } from './world.ts';

const NO_RULE: Rule = { verbs: [], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };

/** One rule a verb, group, resource and name. */
function atoms(rule: Rule): Rule[] {
  const urls = rule.nonResourceURLs.flatMap((url) =>
    rule.verbs.map((verb) => ({ ...NO_RULE, verbs: [verb], nonResourceURLs: [url] })),
  );
  const names = rule.resourceNames.length === 0 ? [[]] : rule.resourceNames.map((name) => [name]);
  const resources = rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      names.flatMap((resourceNames) =>
        rule.verbs.map((verb) => ({
          ...NO_RULE,
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames,
        })),
      ),
    ),
  );
  return [...urls, ...resources];
}

function isHeld(atom: Rule, held: readonly Rule[]): boolean {
  const [verb = ''] = atom.verbs;
  const [path] = atom.nonResourceURLs;
  if (path !== undefined) return held.some((rule) => permits(rule, { verb, path }));
  const [resource = '', subresource = ''] = (atom.resources[0] ?? '').split('/');
  const [name] = atom.resourceNames;
  const wanted = {
    verb,
    group: atom.apiGroups[0] ?? '',
    resource,
    subresource,
    ...(name === undefined ? {} : { name }),
  };
  return held.some((rule) => (name !== undefined || rule.resourceNames.length === 0) && permits(rule, wanted));
}

const quoted = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

function describe(rule: Rule): string {
  const parts: [string, readonly string[]][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const shown = parts.filter(([, values]) => values.length > 0).map(([name, values]) => `${name}:${quoted(values)}`);
  return `{${shown.join(', ')}}`;
}

/** Verbs on the same thing in one line, as the API server prints them. */
function compact(missing: readonly Rule[]): string[] {
  const groups = new Map<string, Rule>();
  for (const rule of missing) {
    const key = JSON.stringify({ ...rule, verbs: [] });
    const verbs = [...(groups.get(key)?.verbs ?? []), ...rule.verbs];
    groups.set(key, { ...rule, verbs: [...new Set(verbs)] });
  }
  return [...groups.values()].map(describe).sort();
}

function confirm(world: World, user: User, resource: Resource, object: KubeObject, rules: readonly Rule[]): void {
  const held = world.authorizer.grants(user, object.metadata.namespace ?? '').grants.map(({ rule }) => rule);
  const missing = rules.flatMap(atoms).filter((atom) => !isHeld(atom, held));
  if (missing.length === 0) return;
  const { name = '' } = object.metadata;
  const message =
    `${resource.plural}.${resource.group} "${name}" is forbidden: user "${user.username}" (groups=${quoted(user.groups)}) ` +
    `is attempting to grant RBAC permissions not currently held:\n${compact(missing).join('\n')}`;
  throw forbidden(message, { name, group: resource.group, plural: resource.plural });
}

/**
 * Nobody gives away what they do not hold, unless they may `bind` the role or `escalate` roles.
 * @throws Refusal 403 with what is missing; 404 when the bound role does not exist.
 */
export function refuseEscalation(
  world: World,
  user: User,
  resource: Resource,
  object: KubeObject,
  before: KubeObject | null,
): void {
  if (resource.group !== RBAC_GROUP || isMaster(user)) return;
  const { namespace = '', name = '' } = object.metadata;
  const at = { group: RBAC_GROUP, ...(namespace && { namespace }) };
  const may = (verb: string, plural: string, target: string): boolean =>
    world.authorizer.decide(user, { ...at, verb, resource: plural, name: target }).isAllowed;
  if (!resource.plural.endsWith('bindings')) {
    if (before !== null && same(before['rules'], object['rules'])) return;
    if (may('escalate', resource.plural, before === null ? '' : name)) return;
    confirm(world, user, resource, object, list(object['rules']).map(toRule));
    return;
  }
  if (before !== null && same(before['subjects'], object['subjects'])) return;
  const roleRef = fields(object['roleRef']);
  const plural = roleRef['kind'] === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (may('bind', plural, text(roleRef['name']))) return;
  const rules = world.authorizer.rulesOf(roleRef, namespace);
  // It names the bindings' resource with the role's name.
  if (rules === undefined) throw notFound(resource, text(roleRef['name']));
  confirm(world, user, resource, object, rules);
}
