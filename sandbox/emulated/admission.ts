import { RBAC_GROUP } from './authorizer.ts';
import { required, wrong } from './cause.ts';
import { type Fields, fields, type KubeObject, list, same, text } from './object.ts';
import { type Cause, invalid } from './refusal.ts';
import type { Resource } from './resources.ts';

const TOKEN_TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const RFC_1123_LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const RFC_1123_SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** Names of roles and their bindings may hold anything that a path segment can. */
function nameCauses(resource: Resource, name: string): Cause[] {
  if (resource.group === RBAC_GROUP)
    return name.includes('/') || name.includes('%') ? [wrong('metadata.name', name, "may not contain '/'")] : [];
  const isLabel = resource.plural === 'namespaces';
  if (name.length > (isLabel ? 63 : 253))
    return [wrong('metadata.name', name, `must be no more than ${isLabel ? 63 : 253} characters`)];
  if ((isLabel ? LABEL : SUBDOMAIN).test(name)) return [];
  return [wrong('metadata.name', name, isLabel ? RFC_1123_LABEL : RFC_1123_SUBDOMAIN)];
}

function secretDefaults(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const added = Object.entries(fields(stringData)).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ]);
  const data = { ...fields(object['data']), ...Object.fromEntries(added) };
  return {
    ...rest,
    ...(Object.keys(data).length > 0 ? { data } : {}),
    type: text(object['type']) || 'Opaque',
  } as KubeObject;
}

function bindingDefaults(object: KubeObject): KubeObject {
  const subjects = list(object['subjects']).map((subject) =>
    subject['kind'] === 'ServiceAccount' ? subject : { apiGroup: RBAC_GROUP, ...subject },
  );
  const roleRef = { apiGroup: RBAC_GROUP, ...fields(object['roleRef']) };
  return { ...object, ...(object['subjects'] === undefined ? {} : { subjects }), roleRef };
}

/** Fills in what the API server fills in. */
export function withDefaults(resource: Resource, object: KubeObject): KubeObject {
  if (resource.group === '' && resource.plural === 'secrets') return secretDefaults(object);
  if (resource.group === RBAC_GROUP && resource.plural.endsWith('bindings')) return bindingDefaults(object);
  if (resource.plural !== 'namespaces' || resource.group !== '') return object;
  const { name = '', labels = {} } = object.metadata;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'], ...fields(object['spec']) },
    status: { phase: 'Active', ...fields(object['status']) },
  };
}

function secretCauses(object: KubeObject, before: KubeObject | null): Cause[] {
  const { annotations = {} } = object.metadata;
  const path = `metadata.annotations[${ACCOUNT_NAME}]`;
  if (object['type'] === TOKEN_TYPE && !annotations[ACCOUNT_NAME]) return [required(path)];
  if (before === null) return [];
  const isFixed = before['immutable'] === true;
  const causes: Cause[] = [];
  if (before['type'] !== object['type']) causes.push(wrong('type', object['type'], 'field is immutable'));
  if (isFixed && object['immutable'] !== true)
    causes.push({
      reason: 'FieldValueInvalid',
      message: 'Forbidden: field is immutable when `immutable` is set',
      field: 'immutable',
    });
  if (isFixed && !same(before['data'], object['data']))
    causes.push({
      reason: 'FieldValueInvalid',
      message: 'Forbidden: field is immutable when `immutable` is set',
      field: 'data',
    });
  return causes;
}

function bindingCauses(object: KubeObject, before: KubeObject | null): Cause[] {
  const roleRef: Fields = fields(object['roleRef']);
  if (text(roleRef['name']) === '') return [required('roleRef.name')];
  if (before !== null && !same(before['roleRef'], roleRef)) return [wrong('roleRef', roleRef, 'cannot change roleRef')];
  return list(object['subjects']).flatMap((subject, at) =>
    subject['kind'] === 'ServiceAccount' && text(subject['namespace']) === ''
      ? [required(`subjects[${at}].namespace`)]
      : [],
  );
}

/** Refuses what the API server would not store. @throws Refusal 422 */
export function validate(resource: Resource, object: KubeObject, before: KubeObject | null): void {
  const { name = '' } = object.metadata;
  const causes = before === null ? nameCauses(resource, name) : [];
  if (resource.group === '' && resource.plural === 'secrets') causes.push(...secretCauses(object, before));
  if (resource.group === RBAC_GROUP && resource.plural.endsWith('bindings'))
    causes.push(...bindingCauses(object, before));
  if (causes.length > 0) throw invalid(resource.kind, resource.group, name, causes);
}
