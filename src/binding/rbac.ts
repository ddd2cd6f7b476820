import type { Grant } from './facts.js';

interface Rule {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly names: readonly string[];
}

/**
 * Kubernetes RBAC for one identity: a Role per namespace, one ClusterRole for the rest, and their bindings. The
 * namespaces come first: a Role needs its own, and before the GitOps bootstrap none of them is there.
 */
export function rbacYaml(identity: string, grants: readonly Grant[]): string {
  const byNamespace = new Map<string, Grant[]>();
  for (const grant of grants) {
    const namespace = grant.namespace ?? '';
    byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), grant]);
  }
  const name = `vault-cluster-${identity}`;
  const sorted = [...byNamespace].sort(([left], [right]) => (left < right ? -1 : 1));
  const namespaces = sorted.filter(([namespace]) => namespace !== '').map(([namespace]) => namespaceText(namespace));
  const documents = sorted.flatMap(([namespace, held]) => documentsFor(name, namespace, held));
  return [...namespaces, ...documents].join('---\n');
}

function namespaceText(name: string): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${yamlString(name)}}\n`;
}

function documentsFor(name: string, namespace: string, grants: readonly Grant[]): readonly string[] {
  const kind = namespace === '' ? 'ClusterRole' : 'Role';
  const place = namespace === '' ? '' : `, namespace: ${yamlString(namespace)}`;
  const role = [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}`,
    `metadata: {name: ${name}${place}}`,
    'rules:',
    ...rules(grants).map(ruleLine),
  ];
  const binding = [
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}Binding`,
    `metadata: {name: ${name}${place}}`,
    `roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ${kind}, name: ${name}}`,
    'subjects:',
    `  - {apiGroup: rbac.authorization.k8s.io, kind: User, name: ${name}}`,
  ];
  return [`${role.join('\n')}\n`, `${binding.join('\n')}\n`];
}

/** Verbs on the same object gathered first, then objects with the same verbs. */
function rules(grants: readonly Grant[]): readonly Rule[] {
  const byObject = new Map<string, { grant: Grant; verbs: string[] }>();
  for (const grant of grants) {
    const key = [grant.group, grant.resource, grant.subresource ?? '', grant.name ?? ''].join(' ');
    const entry = byObject.get(key) ?? { grant, verbs: [] };
    if (!entry.verbs.includes(grant.verb)) entry.verbs.push(grant.verb);
    byObject.set(key, entry);
  }
  const merged = new Map<string, Rule>();
  for (const { grant, verbs } of byObject.values()) {
    const resource = grant.subresource ? `${grant.resource}/${grant.subresource}` : grant.resource;
    const key = [grant.group, resource, verbs.join(), grant.name === undefined ? 'any' : 'named'].join(' ');
    const found = merged.get(key);
    const names = grant.name === undefined ? [] : [grant.name];
    merged.set(key, { group: grant.group, resource, verbs, names: [...(found?.names ?? []), ...names] });
  }
  return [...merged.values()];
}

function ruleLine(rule: Rule): string {
  const names = rule.names.length === 0 ? '' : `, resourceNames: [${rule.names.map(yamlString).join(', ')}]`;
  return `  - {apiGroups: [${yamlString(rule.group)}], resources: [${yamlString(rule.resource)}]${names}, verbs: [${rule.verbs.join(', ')}]}`;
}

/** A YAML scalar that is read as a string: `1234`, `null` and `on` are names Kubernetes accepts. */
function yamlString(text: string): string {
  const plain = /^[a-z][a-z0-9./-]*$/.test(text) && !/^(y|n|yes|no|on|off|true|false|null)$/.test(text);
  return plain ? text : JSON.stringify(text);
}
