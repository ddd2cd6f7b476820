import { type Fields, fields, type KubeObject, text, timestamp } from './object.ts';
import { show } from './read.ts';
import { badRequest, kindConflict, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import { selection } from './selector.ts';
import { type Call, homeOf, type Reply, type World } from './world.ts';

/** Kinds whose DELETE answers with the object that was deleted. */
const ANSWERED_WITH_OBJECT = ['serviceaccounts'];

function optionsOf(body: string): Fields {
  if (body === '') return {};
  try {
    return fields(JSON.parse(body));
  } catch {
    throw badRequest("couldn't get version/kind; json parse error: invalid character");
  }
}

function success(resource: Resource, object: KubeObject): Fields {
  const { name, uid } = object.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...group, kind: resource.plural, uid },
  };
}

function check(resource: Resource, object: KubeObject, options: Fields): void {
  const { uid, resourceVersion } = fields(options['preconditions']);
  const { name = '', metadata } = { ...object.metadata, metadata: object.metadata };
  const refuse = (what: string, wanted: unknown, held: unknown): never => {
    throw kindConflict(
      resource,
      name,
      `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${held}`,
    );
  };
  if (uid !== undefined && uid !== metadata.uid) refuse('UID', uid, metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion)
    refuse('ResourceVersion', resourceVersion, metadata.resourceVersion);
}

/** @throws Refusal 400, 404, 409 */
export function remove(world: World, call: Call, resource: Resource): Reply {
  const { name } = call.info;
  const namespace = homeOf(call, resource);
  const found = world.store.get(resource, namespace, name);
  if (found === undefined) throw notFound(resource, name);
  const options = optionsOf(call.body);
  check(resource, found, options);
  const isDryRun = call.isDryRun || text((options['dryRun'] as unknown[] | undefined)?.[0]) === 'All';
  const isHeld = resource.plural === 'namespaces' || (found.metadata.finalizers ?? []).length > 0;
  if (isHeld) return leave(world, call, resource, found, isDryRun);
  if (!isDryRun) world.store.remove(resource, namespace, name);
  const body = ANSWERED_WITH_OBJECT.includes(resource.plural) ? show(call, resource, found) : success(resource, found);
  return { status: 200, body };
}

/** What has a finalizer stays until it is taken off. */
function leave(world: World, call: Call, resource: Resource, found: KubeObject, isDryRun: boolean): Reply {
  const deletionTimestamp = found.metadata.deletionTimestamp ?? timestamp(world.now());
  const metadata = {
    ...found.metadata,
    deletionTimestamp,
    ...(resource.plural === 'namespaces' ? {} : { deletionGracePeriodSeconds: 0 }),
  };
  const status = resource.plural === 'namespaces' ? { status: { phase: 'Terminating' } } : {};
  const leaving: KubeObject = { ...found, metadata, ...status };
  const stored =
    isDryRun || found.metadata.deletionTimestamp !== undefined ? leaving : world.store.put(resource, leaving);
  return { status: 200, body: show(call, resource, stored) };
}

/** Every object that the selectors pick. */
export function removeMany(world: World, call: Call, resource: Resource): Reply {
  const { query } = call.info;
  const namespace = homeOf(call, resource);
  const wanted = world.store.list(resource, namespace).filter(selection(query, resource));
  for (const { metadata } of call.isDryRun ? [] : wanted)
    world.store.remove(resource, metadata.namespace ?? '', metadata.name ?? '');
  return {
    status: 200,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: { kind: resource.plural } },
  };
}
