import { forbidAccess } from './access.ts';
import { required, wrong } from './cause.ts';
import { insert } from './create.ts';
import { decode } from './decode.ts';
import { complete } from './default.ts';
import { refuseEscalation } from './escalation.ts';
import { track } from './fields.ts';
import { checkMetadata } from './metadata.ts';
import { fields, type KubeObject, same, strings } from './object.ts';
import { present } from './present.ts';
import { badRequest, conflict, internal, invalid, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import { check } from './rule.ts';
import type { Call, Reply, World } from './world.ts';

/** An update of one that is not there makes it. */
const CREATED_BY_UPDATE = new Set(['leases', 'events', 'roles', 'rolebindings', 'clusterroles', 'clusterrolebindings']);

/** Cannot be overwritten without saying which version. */
const VERSIONED = new Set(['leases', 'customresourcedefinitions']);

function checkVersion(resource: Resource, before: KubeObject, asked: KubeObject): void {
  const { uid, resourceVersion = '' } = asked.metadata;
  const { name = '', uid: known = '' } = before.metadata;
  if (uid !== undefined && uid !== known) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${known}`;
    throw conflict(resource, name, `StorageError: invalid object, Code: 4, AdditionalErrorMsg: ${why}`);
  }
  if (resourceVersion === '' && (VERSIONED.has(resource.plural) || resource.custom !== undefined)) {
    const cause = wrong('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid(resource.plural, resource.group, name, [cause]);
  }
  if (resourceVersion !== '' && !/^\d+$/.test(resourceVersion))
    throw internal(`strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  if (resourceVersion !== '' && resourceVersion !== before.metadata.resourceVersion) throw conflict(resource, name);
}

/** What of `asked` a write to this subresource, or to the object itself, takes over. */
function merge(resource: Resource, subresource: string, before: KubeObject, asked: KubeObject): KubeObject {
  if (subresource === 'status') return { ...before, status: asked['status'] };
  const { uid, creationTimestamp, deletionTimestamp, generation, managedFields, resourceVersion } = before.metadata;
  const kept = { uid, creationTimestamp, deletionTimestamp, generation, managedFields, resourceVersion };
  const known = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
  const { managedFields: _managed, deletionTimestamp: _gone, generation: _generation, ...metadata } = asked.metadata;
  const after = { ...asked, metadata: { ...metadata, ...known } };
  if (!resource.hasStatus) return after;
  const { status: _status, ...rest } = after as KubeObject;
  const { status } = before;
  return (status === undefined ? rest : { ...rest, status }) as KubeObject;
}

const specOf = ({ apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...rest }: KubeObject) =>
  rest;

function isDone({ metadata, spec }: KubeObject): boolean {
  const finalizers = [...(metadata.finalizers ?? []), ...strings(fields(spec)['finalizers'])];
  return metadata.deletionTimestamp !== undefined && finalizers.length === 0;
}

const ignoringFields = ({ metadata: { managedFields: _managed, ...metadata }, ...rest }: KubeObject) => ({
  ...rest,
  metadata,
});

/** Puts `asked` in the place of `before`, unless it is a dry run or changes nothing. */
export function replace(world: World, call: Call, resource: Resource, before: KubeObject, asked: KubeObject): Reply {
  const { name = '', namespace = '' } = before.metadata;
  const { subresource } = call.info;
  checkVersion(resource, before, asked);
  const after = merge(resource, subresource, before, asked);
  complete(resource, after);
  refuseEscalation(world, call.user, resource, after, before);
  const causes = [...checkMetadata(resource, after), ...check(resource, after, before)];
  if (causes.length > 0) throw invalid(resource.kind, resource.group, name, causes);
  const nowMs = world.now();
  if (same(ignoringFields(before), ignoringFields(after))) return present(call, resource, before, nowMs);
  if (before.metadata.generation !== undefined && !same(specOf(before), specOf(after)))
    after.metadata.generation = before.metadata.generation + 1;
  const managedFields = track(before, after, { manager: call.manager, operation: 'Update', subresource, nowMs });
  if (managedFields.length > 0) after.metadata.managedFields = managedFields;
  if (call.isDryRun) return present(call, resource, after, nowMs);
  if (!isDone(after)) return present(call, resource, world.store.put(resource, after), nowMs);
  world.store.remove(resource, namespace, name);
  return present(call, resource, after, nowMs);
}

/** @throws Refusal 400 when a body names another object than the path. */
export function checkName({ metadata }: KubeObject, name: string): void {
  if (metadata.name === name) return;
  throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}

export function update(world: World, call: Call, resource: Resource): Reply {
  const { name, namespace, subresource } = call.info;
  const asked = decode(call, resource);
  if (!asked.metadata.name) {
    if (resource.custom !== undefined)
      throw invalid(resource.kind, resource.group, '', [required('metadata.name', 'name is required')]);
    asked.metadata.name = name;
  }
  checkName(asked, name);
  const before = world.store.get(resource, namespace, name);
  if (before !== undefined) return replace(world, call, resource, before, asked);
  if (!CREATED_BY_UPDATE.has(resource.plural) || resource.custom !== undefined || subresource !== '')
    throw notFound(resource, name);
  forbidAccess(world.authorizer, call.user, { ...call.info, verb: 'create' });
  return insert(world, call, resource, asked);
}
