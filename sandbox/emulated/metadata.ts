import { required, wrong } from './cause.ts';
import type { KubeObject, ObjectMeta } from './object.ts';
import type { Cause } from './refusal.ts';
import type { Resource } from './resources.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function checkName({ plural, group }: Resource, metadata: ObjectMeta): Cause[] {
  const { name = '' } = metadata;
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  if (group === 'rbac.authorization.k8s.io') return [];
  const isLabel = plural === 'namespaces';
  if ((isLabel ? LABEL : SUBDOMAIN).test(name) && name.length <= (isLabel ? 63 : 253)) return [];
  return [wrong('metadata.name', name, isLabel ? LABEL_RULE : SUBDOMAIN_RULE)];
}

const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const QUALIFIED_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

function keyWrong(key: string): string | undefined {
  const parts = key.split('/');
  const name = parts.pop() ?? '';
  const [prefix] = parts;
  if (prefix !== undefined && (parts.length > 1 || !SUBDOMAIN.test(prefix.toLowerCase())))
    return `prefix part ${SUBDOMAIN_RULE}`;
  if (name.length > 63) return 'name part must be no more than 63 bytes';
  return QUALIFIED.test(name) ? undefined : QUALIFIED_RULE;
}

function checkKeys(field: string, map: Record<string, string> | undefined): Cause[] {
  return Object.keys(map ?? {}).flatMap((key) => {
    const why = keyWrong(key);
    return why === undefined ? [] : [wrong(field, key, why)];
  });
}

function checkLabels({ labels = {} }: ObjectMeta): Cause[] {
  const values = Object.values(labels).flatMap((value) => {
    if (value.length > 63) return [wrong('metadata.labels', value, 'must be no more than 63 bytes')];
    return value === '' || QUALIFIED.test(value) ? [] : [wrong('metadata.labels', value, VALUE_RULE)];
  });
  return [...checkKeys('metadata.labels', labels), ...values];
}

/** What is wrong with names, labels and annotations. */
export function checkMetadata(resource: Resource, { metadata }: KubeObject): Cause[] {
  const annotations = checkKeys('metadata.annotations', metadata.annotations);
  return [...checkName(resource, metadata), ...checkLabels(metadata), ...annotations];
}
