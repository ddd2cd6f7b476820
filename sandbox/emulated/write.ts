import { randomInt } from 'node:crypto';
import { validate, withDefaults } from './admission.ts';
import { required } from './cause.ts';
import { refuseEscalation } from './escalation.ts';
import { track } from './fields.ts';
import { type Fields, fields, isFields, type KubeObject, type ObjectMeta, same, text, timestamp } from './object.ts';
import { patched } from './patch.ts';
import { show } from './read.ts';
import { alreadyExists, badRequest, conflict, forbidden, invalid, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import { stamp } from './stamp.ts';
import { type Call, homeOf, type Reply, type World } from './world.ts';

const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';

function parse(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body);
    if (isFields(value)) return value;
  } catch {
    // Told below as any other body that is no object.
  }
  throw badRequest(
    "the object provided is unrecognized (must be of type): couldn't get version/kind; json parse error",
  );
}

/** The object of a request, of the kind and place its path says. @throws Refusal 400 */
function objectOf(call: Call, resource: Resource, value: Fields): KubeObject {
  const { name } = call.info;
  const namespace = homeOf(call, resource);
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const given = text(value['kind']);
  if (given !== '' && given !== resource.kind)
    throw badRequest(
      `${given} in version "${resource.version}" cannot be handled as a ${resource.kind}: no kind "${given}" is registered`,
    );
  const metadata = fields(value['metadata']) as ObjectMeta;
  if (
    namespace !== '' &&
    metadata.namespace !== undefined &&
    metadata.namespace !== '' &&
    metadata.namespace !== namespace
  )
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  if (name !== '' && metadata.name !== undefined && metadata.name !== name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = value;
  const members = resource.members;
  const kept =
    members === undefined ? rest : Object.fromEntries(Object.entries(rest).filter(([key]) => members.includes(key)));
  for (const key of Object.keys(rest)) if (!(key in kept)) call.warnings.push(`unknown field "${key}"`);
  const place = resource.isNamespaced ? { namespace } : {};
  return { apiVersion, kind: resource.kind, metadata: { ...metadata, ...place, ...(name ? { name } : {}) }, ...kept };
}

function requireNamespace(world: World, call: Call, resource: Resource, name: string): void {
  if (!resource.isNamespaced) return;
  const { namespace } = call.info;
  const found = world.store.get({ group: '', plural: 'namespaces' }, '', namespace);
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const message = `${resource.plural}${resource.group && `.${resource.group}`} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(
    message,
    { name, group: resource.group, plural: resource.plural },
    {
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    },
  );
}

function named(resource: Resource, object: KubeObject): KubeObject {
  const { name = '', generateName = '' } = object.metadata;
  if (name !== '') return object;
  if (generateName === '')
    throw invalid(resource.kind, resource.group, '', [required('metadata.name', 'name or generateName is required')]);
  const suffix = Array.from({ length: 5 }, () => SUFFIX[randomInt(SUFFIX.length)]).join('');
  return { ...object, metadata: { ...object.metadata, name: `${generateName}${suffix}` } };
}

function managed(world: World, call: Call, before: KubeObject | null, after: KubeObject): KubeObject {
  const writer = {
    manager: call.manager,
    operation: 'Update',
    subresource: call.info.subresource,
    nowMs: world.now(),
  } as const;
  return { ...after, metadata: { ...after.metadata, managedFields: track(before, after, writer) } };
}

/** @throws Refusal 400, 403, 404, 409, 422 */
export function create(world: World, call: Call, resource: Resource): Reply {
  return createObject(world, call, resource, objectOf(call, resource, parse(call.body)));
}

function createObject(world: World, call: Call, resource: Resource, given: KubeObject): Reply {
  const object = withDefaults(resource, named(resource, given));
  const { name = '', namespace = '' } = object.metadata;
  call.created = name;
  requireNamespace(world, call, resource, name);
  validate(resource, object, null);
  refuseEscalation(world, call.user, resource, object, null);
  if (world.store.get(resource, namespace, name) !== undefined) throw alreadyExists(resource, name);
  const { labels, annotations, finalizers, ownerReferences, generateName } = object.metadata;
  const kept = Object.entries({ labels, annotations, finalizers, ownerReferences, generateName }).filter(
    ([, value]) => value !== undefined,
  );
  const metadata: ObjectMeta = { name, ...(namespace ? { namespace } : {}), ...Object.fromEntries(kept) };
  // What is new starts without the status that its controller will give it.
  const { status, ...rest } = object;
  const body =
    resource.hasStatus && resource.plural !== 'namespaces'
      ? rest
      : { ...rest, ...(status === undefined ? {} : { status }) };
  const counted = resource.custom === undefined ? metadata : { ...metadata, generation: 1 };
  const made = managed(
    world,
    call,
    null,
    stamp({ ...(body as KubeObject), metadata: counted }, timestamp(world.now())),
  );
  const stored = call.isDryRun ? made : world.store.put(resource, made);
  return { status: 201, body: show(call, resource, stored) };
}

/** What a write may not change, taken from what is stored. */
function merged(resource: Resource, before: KubeObject, wanted: KubeObject, isStatus: boolean): KubeObject {
  const { uid, creationTimestamp, generation, resourceVersion, deletionTimestamp } = before.metadata;
  const own = { uid, creationTimestamp, generation, resourceVersion, deletionTimestamp };
  const fixed = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const { managedFields, ...free } = wanted.metadata;
  const metadata = {
    ...free,
    ...fixed,
    ...(before.metadata.managedFields ? { managedFields: before.metadata.managedFields } : {}),
  };
  if (isStatus) return { ...before, status: wanted['status'] };
  const after: KubeObject = { ...wanted, metadata };
  if (resource.hasStatus) after['status'] = before['status'];
  if (after['status'] === undefined) delete after['status'];
  const hasChanged = resource.custom !== undefined && !same(before['spec'], after['spec']);
  return hasChanged ? { ...after, metadata: { ...metadata, generation: (generation ?? 1) + 1 } } : after;
}

function replace(world: World, call: Call, resource: Resource, before: KubeObject, wanted: KubeObject): Reply {
  const { name = '', namespace = '' } = before.metadata;
  const claimed = wanted.metadata.resourceVersion;
  if (claimed !== undefined && claimed !== '' && claimed !== before.metadata.resourceVersion)
    throw conflict(resource, name);
  if (wanted.metadata.uid !== undefined && wanted.metadata.uid !== before.metadata.uid)
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${wanted.metadata.uid}, UID in object meta: ${before.metadata.uid}`,
    );
  const after = merged(resource, before, withDefaults(resource, wanted), call.info.subresource === 'status');
  validate(resource, after, before);
  refuseEscalation(world, call.user, resource, after, before);
  if (same(before, after)) return { status: 200, body: show(call, resource, before) };
  const made = managed(world, call, before, after);
  if (call.isDryRun) return { status: 200, body: show(call, resource, made) };
  const isLeaving = made.metadata.deletionTimestamp !== undefined && (made.metadata.finalizers ?? []).length === 0;
  if (!isLeaving || resource.plural === 'namespaces')
    return { status: 200, body: show(call, resource, world.store.put(resource, made)) };
  world.store.remove(resource, namespace, name);
  return { status: 200, body: show(call, resource, made) };
}

/** @throws Refusal 400, 403, 404, 409, 422 */
export function update(world: World, call: Call, resource: Resource): Reply {
  const { name } = call.info;
  const namespace = homeOf(call, resource);
  const wanted = objectOf(call, resource, parse(call.body));
  const before = world.store.get(resource, namespace, name);
  // Leases may be made by an update.
  if (before === undefined && resource.plural === 'leases') return createObject(world, call, resource, wanted);
  if (before === undefined) throw notFound(resource, name);
  return replace(world, call, resource, before, wanted);
}

/** @throws Refusal 400, 403, 404, 409, 415, 422 */
export function patch(world: World, call: Call, resource: Resource): Reply {
  const { name } = call.info;
  const namespace = homeOf(call, resource);
  const before = world.store.get(resource, namespace, name);
  if (before === undefined) throw notFound(resource, name);
  const value = patched(call.contentType, before, call.body, resource.custom !== undefined);
  return replace(world, call, resource, before, objectOf(call, resource, value));
}
