import { wrong } from './cause.ts';
import { type Fields, fields, isFields, type KubeObject, text } from './object.ts';
import { prune } from './prune.ts';
import { badRequest, invalid, type Refusal, unsupportedMedia } from './refusal.ts';
import type { Resource } from './resources.ts';
import type { Call } from './world.ts';

const KNOWN = ['apiVersion', 'kind', 'metadata'];
const ACCEPTED = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

function parse(body: string, kind: string): Fields {
  try {
    const value: unknown = JSON.parse(body === '' ? '{}' : body);
    if (isFields(value)) return value;
  } catch {
    // Refused below, as JSON of another type is.
  }
  throw badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: it is no JSON object`,
  );
}

function cannot({ kind, version }: Resource, why: string): never {
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}

function stringsOnly(resource: Resource, path: string, value: unknown): void {
  for (const member of Object.values(fields(value)))
    if (typeof member !== 'string' && member !== null)
      cannot(resource, `json: cannot unmarshal ${typeof member} into Go struct field ${path} of type string`);
}

function checkTimes(resource: Resource, spec: Fields): void {
  for (const member of ['acquireTime', 'renewTime']) {
    const value = text(spec[member]);
    if (value !== '' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value))
      cannot(
        resource,
        `parsing time "${value}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "${value}" as "2006"`,
      );
  }
}

function checkTypes(resource: Resource, object: Fields): void {
  const metadata = fields(object['metadata']);
  for (const member of ['labels', 'annotations'])
    stringsOnly(resource, `ObjectMeta.metadata.${member}`, metadata[member]);
  if (resource.plural === 'leases') checkTimes(resource, fields(object['spec']));
  if (resource.plural !== 'secrets' && resource.plural !== 'configmaps') return;
  for (const member of ['data', 'stringData']) stringsOnly(resource, `${resource.kind}.${member}`, object[member]);
  if (resource.plural === 'configmaps') return;
  for (const value of Object.values(fields(object['data'])))
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text(value)) || text(value).length % 4 !== 0)
      cannot(resource, 'illegal base64 data at input byte 0');
}

/** Drops members that the kind does not have, with a warning for each. */
function knownOnly(call: Call, resource: Resource, object: Fields): Fields {
  const { members, custom } = resource;
  if (custom !== undefined) return prune(object, custom.schema, call.warnings);
  if (members === undefined) return object;
  const isKnown = (key: string): boolean => KNOWN.includes(key) || members.includes(key);
  for (const key of Object.keys(object)) if (!isKnown(key)) call.warnings.push(`unknown field "${key}"`);
  return Object.fromEntries(Object.entries(object).filter(([key]) => isKnown(key)));
}

function ofAnotherKind(resource: Resource, kind: string, raw: Fields): Refusal {
  const { group, version } = resource;
  if (resource.custom !== undefined)
    return invalid(kind, group, text(fields(raw['metadata'])['name']), [
      wrong('kind', kind, `must be ${resource.kind}`),
    ]);
  const scheme = group.split('.')[0] || 'core';
  return badRequest(
    `${kind} in version "${version}" cannot be handled as a ${resource.kind}: converting (${version}.${kind}) to (${scheme}.${resource.kind}): unknown conversion`,
  );
}

/** Makes an object of this resource out of what a client or a patch says, or refuses it with 400. */
export function conform(call: Call, resource: Resource, raw: Fields): KubeObject {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const kind = text(raw['kind']);
  if (kind === '' && resource.custom !== undefined) {
    const said = JSON.stringify(raw);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${said}' (${said})`,
    );
  }
  if (kind !== '' && kind !== resource.kind) throw ofAnotherKind(resource, kind, raw);
  const named = text(raw['apiVersion']);
  if (named !== '' && named !== apiVersion)
    throw badRequest(
      `${resource.kind} in version "${named}" cannot be handled as a ${resource.kind}: no kind "${resource.kind}" is registered for version "${named}" in scheme "pkg/runtime/scheme.go:110"`,
    );
  const known = knownOnly(call, resource, raw);
  checkTypes(resource, known);
  const metadata = structuredClone(fields(known['metadata'])) as KubeObject['metadata'];
  const { namespace } = call.info;
  if (resource.isNamespaced) {
    if ((metadata.namespace || namespace) !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    metadata.namespace = namespace;
  } else delete metadata.namespace;
  return { ...known, apiVersion, kind: resource.kind, metadata };
}

/** @throws Refusal 400 when the body is no object of this resource, 415 when it is no JSON. */
export function decode(call: Call, resource: Resource): KubeObject {
  const [type = ''] = call.contentType.split(';');
  if (type !== '' && type.trim() !== 'application/json')
    throw unsupportedMedia(
      `the body of the request was in an unknown format - accepted media types include: ${ACCEPTED}`,
    );
  return conform(call, resource, parse(call.body, resource.kind));
}
