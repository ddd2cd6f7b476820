import { type Fields, fields, isFields, type KubeObject, strings, timestamp } from './object.ts';
import { present } from './present.ts';
import { internal, kindConflict, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import { matching } from './selector.ts';
import type { Call, Reply, World } from './world.ts';

/** Answered with the object; all others with a Status. */
const RETURNED = new Set(['serviceaccounts']);

/** A body says it all; without one the query does. */
function optionsOf(call: Call): Fields {
  if (call.body === '') return call.isDryRun ? { dryRun: ['All'] } : {};
  try {
    const options: unknown = JSON.parse(call.body);
    if (isFields(options)) return options;
  } catch {
    // Refused below.
  }
  throw internal("couldn't get version/kind; json parse error: it is no JSON object");
}

function checkPreconditions(resource: Resource, { metadata }: KubeObject, options: Fields): void {
  const { uid, resourceVersion } = fields(options['preconditions']);
  const { name = '' } = metadata;
  if (typeof uid === 'string' && uid !== metadata.uid)
    throw kindConflict(
      resource,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (typeof resourceVersion === 'string' && resourceVersion !== metadata.resourceVersion)
    throw kindConflict(
      resource,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
}

/** Removes it, or marks it while something holds on to it. */
export function destroy(world: World, resource: Resource, object: KubeObject, isDryRun: boolean): KubeObject | null {
  const { name = '', namespace = '', finalizers = [], deletionTimestamp } = object.metadata;
  const isNamespace = resource.group === '' && resource.plural === 'namespaces';
  if (finalizers.length === 0 && !isNamespace) {
    if (!isDryRun) world.store.remove(resource, namespace, name);
    return null;
  }
  if (deletionTimestamp !== undefined) return object;
  const metadata = { ...object.metadata, deletionTimestamp: timestamp(world.now()), deletionGracePeriodSeconds: 0 };
  const marked: KubeObject = { ...object, metadata };
  if (isNamespace) {
    delete marked.metadata.deletionGracePeriodSeconds;
    marked['status'] = { ...fields(object['status']), phase: 'Terminating' };
  }
  return isDryRun ? marked : world.store.put(resource, marked);
}

export function remove(world: World, call: Call, resource: Resource): Reply {
  const { name, namespace } = call.info;
  const options = optionsOf(call);
  const isDryRun = strings(options['dryRun']).includes('All');
  const object = world.store.get(resource, namespace, name);
  if (object === undefined) throw notFound(resource, name);
  checkPreconditions(resource, object, options);
  const held = destroy(world, resource, object, isDryRun);
  if (held !== null) return present(call, resource, held, world.now());
  if (RETURNED.has(resource.plural)) return present(call, resource, object, world.now());
  const { group, plural: kind } = resource;
  const details = { name, ...(group && { group }), kind, uid: object.metadata.uid };
  return { status: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

export function removeAll(world: World, call: Call, resource: Resource): Reply {
  const isDryRun = strings(optionsOf(call)['dryRun']).includes('All');
  const items = world.store.list(resource, call.info.namespace).filter(matching(resource, call.info.query));
  for (const item of items) destroy(world, resource, item, isDryRun);
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const next = resource.custom === undefined ? {} : { continue: '' };
  const metadata = { ...next, resourceVersion: world.store.revision };
  return { status: 200, body: { kind: resource.listKind, apiVersion, metadata, items } };
}
