import { builtIn } from './built-in.ts';
import { fields, type KubeObject } from './object.ts';
import { forbidden, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import type { World } from './world.ts';

/**
 * Whether there may be new content in a namespace.
 * @throws Refusal 404 when there is no such namespace, 403 when it is on its way out.
 */
export function admitToNamespace(world: World, resource: Resource, object: KubeObject): void {
  const { namespace, name = '' } = object.metadata;
  if (namespace === undefined) return;
  const namespaces = builtIn('namespaces');
  const found = world.store.get(namespaces, '', namespace);
  if (found === undefined) throw notFound(namespaces, namespace);
  if (fields(found['status'])['phase'] !== 'Terminating') return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { group, plural } = resource;
  const what = `${plural}${group && `.${group}`} ${JSON.stringify(name)}`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(
    `${what} is forbidden: ${why}`,
    { name, group, plural },
    { causes: [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }] },
  );
}
