import { type Fields, fields, type KubeObject, list, strings, text } from './object.ts';
import type { Store } from './store.ts';
import { isMaster, type User } from './user.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** A rule of a Role or ClusterRole. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

/** What someone wants to do: to a resource, or at a path. */
export interface Attributes {
  readonly verb: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly namespace?: string;
  /** Set when it is no resource. */
  readonly path?: string;
}

export interface Decision {
  readonly isAllowed: boolean;
  /** Empty when there is nothing to say. */
  readonly reason: string;
}

interface Grant {
  readonly rule: Rule;
  readonly reason: string;
}

export function toRule(value: Fields): Rule {
  return {
    verbs: strings(value['verbs']),
    apiGroups: strings(value['apiGroups']),
    resources: strings(value['resources']),
    resourceNames: strings(value['resourceNames']),
    nonResourceURLs: strings(value['nonResourceURLs']),
  };
}

const has = (values: readonly string[], value: string): boolean => values.includes('*') || values.includes(value);

function matchesUrl(patterns: readonly string[], path: string): boolean {
  return patterns.some((one) => (one.endsWith('*') ? path.startsWith(one.slice(0, -1)) : one === path));
}

export function permits(rule: Rule, wanted: Attributes): boolean {
  if (!has(rule.verbs, wanted.verb)) return false;
  if (wanted.path !== undefined) return matchesUrl(rule.nonResourceURLs, wanted.path);
  const { group = '', resource = '', subresource = '', name = '' } = wanted;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const isResource = has(rule.resources, full) || (subresource !== '' && rule.resources.includes(`*/${subresource}`));
  const isName = rule.resourceNames.length === 0 || rule.resourceNames.includes(name);
  return has(rule.apiGroups, group) && isResource && isName;
}

function isSubject(subject: Fields, user: User, namespace: string): boolean {
  const name = text(subject['name']);
  if (subject['kind'] === 'User') return name === user.username;
  if (subject['kind'] === 'Group') return user.groups.includes(name);
  const home = text(subject['namespace']) || namespace;
  return subject['kind'] === 'ServiceAccount' && user.username === `system:serviceaccount:${home}:${name}`;
}

function describe(subject: Fields): string {
  const isAccount = subject['kind'] === 'ServiceAccount';
  const name = isAccount ? `${text(subject['name'])}/${text(subject['namespace'])}` : text(subject['name']);
  return `${text(subject['kind'])} "${name}"`;
}

/** RBAC over the stored roles and bindings; `system:masters` may do everything. */
export class Authorizer {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  decide(user: User, wanted: Attributes): Decision {
    if (isMaster(user)) return { isAllowed: true, reason: '' };
    const { grants, errors } = this.grants(user, wanted.namespace ?? '');
    const found = grants.find(({ rule }) => permits(rule, wanted));
    if (found) return { isAllowed: true, reason: found.reason };
    const [first] = errors;
    const all = errors.length > 1 ? `[${errors.join(', ')}]` : first;
    return { isAllowed: false, reason: all === undefined ? '' : `RBAC: ${all}` };
  }

  /** What `user` is granted cluster-wide and in `namespace`, and what could not be resolved. */
  grants(user: User, namespace: string): { grants: Grant[]; errors: string[] } {
    const cluster = this.#store.peek({ group: RBAC_GROUP, plural: 'clusterrolebindings' });
    const local = namespace === '' ? [] : this.#store.peek({ group: RBAC_GROUP, plural: 'rolebindings' }, namespace);
    const grants: Grant[] = [];
    const errors: string[] = [];
    for (const binding of [...cluster, ...local]) this.#collect(binding, user, grants, errors);
    return { grants, errors };
  }

  /** Rules of the role that a binding in `namespace` refers to; undefined when there is no such role. */
  rulesOf(roleRef: Fields, namespace: string): Rule[] | undefined {
    const isCluster = roleRef['kind'] === 'ClusterRole';
    const place = { group: RBAC_GROUP, plural: isCluster ? 'clusterroles' : 'roles' };
    const role = this.#store.get(place, isCluster ? '' : namespace, text(roleRef['name']));
    return role === undefined ? undefined : list(role['rules']).map(toRule);
  }

  #collect(binding: KubeObject, user: User, grants: Grant[], errors: string[]): void {
    const { name = '', namespace = '' } = binding.metadata;
    const subject = list(binding['subjects']).find((one) => isSubject(one, user, namespace));
    if (subject === undefined) return;
    const roleRef = fields(binding['roleRef']);
    const role = `${text(roleRef['kind'])} "${text(roleRef['name'])}"`;
    const rules = this.rulesOf(roleRef, namespace);
    if (rules === undefined) {
      errors.push(`${text(roleRef['kind']).toLowerCase()}.${RBAC_GROUP} "${text(roleRef['name'])}" not found`);
      return;
    }
    const from = namespace === '' ? `ClusterRoleBinding "${name}"` : `RoleBinding "${name}/${namespace}"`;
    const reason = `RBAC: allowed by ${from} of ${role} to ${describe(subject)}`;
    for (const rule of rules) grants.push({ rule, reason });
  }
}
