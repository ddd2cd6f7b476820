import { RBAC_GROUP } from './authorizer.ts';
import { type Fields, fields, type KubeObject, list, text } from './object.ts';
import type { Resource } from './resources.ts';

function completeSecret(object: KubeObject): void {
  const { stringData } = object;
  object['type'] ||= 'Opaque';
  if (stringData === undefined) return;
  const added = Object.entries(fields(stringData)).map(([key, value]) => [
    key,
    Buffer.from(text(value)).toString('base64'),
  ]);
  object['data'] = { ...fields(object['data']), ...Object.fromEntries(added) };
  delete object['stringData'];
}

function completeBinding(object: KubeObject): void {
  const withGroup = (subject: Fields): Fields =>
    subject['kind'] === 'ServiceAccount' ? subject : { ...subject, apiGroup: text(subject['apiGroup']) || RBAC_GROUP };
  if (object['subjects'] !== undefined) object['subjects'] = list(object['subjects']).map(withGroup);
  object['roleRef'] = { apiGroup: RBAC_GROUP, ...fields(object['roleRef']) };
}

function completeNamespace(object: KubeObject): void {
  const { metadata } = object;
  metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name ?? '' };
  object['spec'] = { finalizers: ['kubernetes'], ...fields(object['spec']) };
  object['status'] = { phase: 'Active', ...fields(object['status']) };
}

function completeDefinition(object: KubeObject): void {
  const spec = fields(object['spec']);
  const names = fields(spec['names']);
  const kind = text(names['kind']);
  object['spec'] = {
    ...spec,
    names: { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names },
    conversion: spec['conversion'] ?? { strategy: 'None' },
  };
}

const EVENT = {
  involvedObject: {},
  source: {},
  firstTimestamp: null,
  lastTimestamp: null,
  eventTime: null,
  reportingComponent: '',
  reportingInstance: '',
};

const OMITTED = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Go leaves out what is empty. */
function tidy(resource: Resource, object: KubeObject): void {
  for (const key of OMITTED) if (isEmpty(object.metadata[key])) delete object.metadata[key];
  if (resource.custom !== undefined) return;
  for (const key of ['data', 'binaryData', 'secrets', 'imagePullSecrets', 'subjects'])
    if (isEmpty(object[key])) delete object[key];
}

/** Fills in what the API server defaults; changes `object`. */
export function complete(resource: Resource, object: KubeObject): void {
  tidy(resource, object);
  if (resource.custom !== undefined) return;
  if (resource.group === RBAC_GROUP) {
    if (resource.plural.endsWith('bindings')) completeBinding(object);
    return;
  }
  if (resource.plural === 'secrets') completeSecret(object);
  if (resource.plural === 'namespaces') completeNamespace(object);
  if (resource.plural === 'customresourcedefinitions') completeDefinition(object);
  if (resource.plural === 'events') Object.assign(object, { ...EVENT, ...object });
}
