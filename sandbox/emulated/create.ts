import { randomBytes, randomUUID } from 'node:crypto';
import { admitToNamespace } from './admission.ts';
import { decode } from './decode.ts';
import { complete } from './default.ts';
import { refuseEscalation } from './escalation.ts';
import { track } from './fields.ts';
import { checkMetadata } from './metadata.ts';
import { type KubeObject, timestamp } from './object.ts';
import { present } from './present.ts';
import { alreadyExists, internal, invalid } from './refusal.ts';
import type { Resource } from './resources.ts';
import { check } from './rule.ts';
import type { Call, Reply, World } from './world.ts';

function withoutStatus(resource: Resource, object: KubeObject): KubeObject {
  if (!resource.hasStatus) return object;
  const { status: _status, ...rest } = object;
  return rest as KubeObject;
}

/** Without vowels, as the API server makes them. */
function suffix(): string {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  return [...randomBytes(5)].map((byte) => letters[byte % letters.length]).join('');
}

function stamp(resource: Resource, object: KubeObject, nowMs: number): KubeObject {
  const { resourceVersion: _version, deletionTimestamp: _gone, managedFields: _managed, ...asked } = object.metadata;
  const metadata = { ...asked, uid: randomUUID(), creationTimestamp: timestamp(nowMs) };
  const hasGeneration = resource.custom !== undefined || resource.plural === 'customresourcedefinitions';
  const stamped = {
    ...withoutStatus(resource, object),
    metadata: hasGeneration ? { ...metadata, generation: 1 } : metadata,
  };
  complete(resource, stamped);
  return stamped;
}

/** Stores a new object, unless it is a dry run: 201. */
export function insert(world: World, call: Call, resource: Resource, asked: KubeObject): Reply {
  const { namespace = '', name = '' } = asked.metadata;
  admitToNamespace(world, resource, asked);
  refuseEscalation(world, call.user, resource, asked, null);
  const object = stamp(resource, asked, world.now());
  const causes = [...checkMetadata(resource, object), ...check(resource, object, null)];
  if (causes.length > 0) throw invalid(resource.kind, resource.group, name, causes);
  if (world.store.get(resource, namespace, name) !== undefined) throw alreadyExists(resource, name);
  const writer = { manager: call.manager, operation: 'Update' as const, subresource: '', nowMs: world.now() };
  const managedFields = track(null, object, writer);
  if (managedFields.length > 0) object.metadata.managedFields = managedFields;
  const made = call.isDryRun ? object : world.store.put(resource, object);
  return present(call, resource, made, world.now(), 201);
}

export function create(world: World, call: Call, resource: Resource): Reply {
  const object = decode(call, resource);
  const { metadata } = object;
  call.created = metadata.name ?? '';
  if (metadata.resourceVersion) throw internal('resourceVersion should not be set on objects to be created');
  if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}${suffix()}`;
  return insert(world, call, resource, object);
}
