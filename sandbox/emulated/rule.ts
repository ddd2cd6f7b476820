import { RBAC_GROUP } from './authorizer.ts';
import { required, unsupported, wrong } from './cause.ts';
import { type Fields, fields, type KubeObject, list, same, strings, text } from './object.ts';
import type { Cause } from './refusal.ts';
import type { Resource } from './resources.ts';

export const TOKEN_SECRET = 'kubernetes.io/service-account-token';
export const ACCOUNT_NAME = 'kubernetes.io/service-account.name';

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_RULE =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function checkKeys(object: KubeObject): Cause[] {
  const keys = [...Object.keys(fields(object['data'])), ...Object.keys(fields(object['binaryData']))];
  return keys.filter((key) => !KEY.test(key)).map((key) => wrong(`data[${key}]`, key, KEY_RULE));
}

function checkImmutable(object: KubeObject, before: KubeObject | null): Cause[] {
  if (before?.['immutable'] !== true) return [];
  const forbidden = (field: string): Cause => ({
    reason: 'FieldValueForbidden',
    message: 'Forbidden: field is immutable when `immutable` is set',
    field,
  });
  const changed = ['data', 'binaryData'].filter((key) => !same(before[key] ?? {}, object[key] ?? {}));
  return [...(object['immutable'] === true ? [] : ['immutable']), ...changed].map(forbidden);
}

function checkSecret(object: KubeObject, before: KubeObject | null): Cause[] {
  const causes = checkKeys(object);
  const annotations = object.metadata.annotations ?? {};
  if (object['type'] === TOKEN_SECRET && !annotations[ACCOUNT_NAME])
    causes.push(required(`metadata.annotations[${ACCOUNT_NAME}]`));
  if (before !== null && before['type'] !== object['type'])
    causes.push(wrong('type', object['type'], 'field is immutable'));
  return [...causes, ...checkImmutable(object, before)];
}

function checkLease(object: KubeObject): Cause[] {
  const seconds = fields(object['spec'])['leaseDurationSeconds'];
  const isWrong = typeof seconds === 'number' && seconds <= 0;
  return isWrong ? [wrong('spec.leaseDurationSeconds', seconds, 'must be greater than 0')] : [];
}

function checkRule(rule: Fields, at: string): Cause[] {
  if (strings(rule['verbs']).length === 0) return [required(`${at}.verbs`, 'verbs must contain at least one value')];
  if (strings(rule['nonResourceURLs']).length > 0) return [];
  if (strings(rule['apiGroups']).length === 0)
    return [required(`${at}.apiGroups`, 'resource rules must supply at least one api group')];
  if (strings(rule['resources']).length === 0)
    return [required(`${at}.resources`, 'resource rules must supply at least one resource')];
  return [];
}

function checkBinding(object: KubeObject, before: KubeObject | null): Cause[] {
  const roleRef = fields(object['roleRef']);
  const kinds = object.metadata.namespace === undefined ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  const causes: Cause[] = [];
  if (before !== null && !same(before['roleRef'], roleRef))
    causes.push(
      wrong(
        'roleRef',
        { APIGroup: roleRef['apiGroup'], Kind: roleRef['kind'], Name: roleRef['name'] },
        'cannot change roleRef',
      ),
    );
  if (!kinds.includes(text(roleRef['kind']))) causes.push(unsupported('roleRef.kind', roleRef['kind'] ?? '', kinds));
  if (text(roleRef['name']) === '') causes.push(required('roleRef.name'));
  list(object['subjects']).forEach((subject, index) => {
    if (text(subject['name']) === '') causes.push(required(`subjects[${index}].name`));
    if (subject['kind'] === 'ServiceAccount' && text(subject['namespace']) === '')
      causes.push(required(`subjects[${index}].namespace`));
  });
  return causes;
}

function checkEvent(object: KubeObject): Cause[] {
  const at = text(fields(object['involvedObject'])['namespace']) || 'default';
  const isElsewhere = at !== object.metadata.namespace;
  return isElsewhere ? [wrong('involvedObject.namespace', at, 'does not match event.namespace')] : [];
}

function checkDefinition(object: KubeObject): Cause[] {
  const spec = fields(object['spec']);
  const name = `${text(fields(spec['names'])['plural'])}.${text(spec['group'])}`;
  const causes: Cause[] = [];
  if (name !== object.metadata.name)
    causes.push(wrong('metadata.name', object.metadata.name, 'must be spec.names.plural+"."+spec.group'));
  if (list(spec['versions']).filter(({ storage }) => storage === true).length === 1) return causes;
  causes.push(wrong('spec.versions', spec['versions'], 'must have exactly one version marked as storage version'));
  return [...causes, wrong('status.storedVersions', null, 'must have at least one stored version')];
}

/** What is wrong with an object of this resource beside its metadata. */
export function check(resource: Resource, object: KubeObject, before: KubeObject | null): Cause[] {
  if (resource.custom !== undefined) return [];
  if (resource.group === RBAC_GROUP && resource.plural.endsWith('bindings')) return checkBinding(object, before);
  if (resource.group === RBAC_GROUP)
    return list(object['rules']).flatMap((rule, index) => checkRule(rule, `rules[${index}]`));
  switch (resource.plural) {
    case 'secrets':
      return checkSecret(object, before);
    case 'configmaps':
      return [...checkKeys(object), ...checkImmutable(object, before)];
    case 'leases':
      return checkLease(object);
    case 'events':
      return checkEvent(object);
    case 'customresourcedefinitions':
      return checkDefinition(object);
    default:
      return [];
  }
}
