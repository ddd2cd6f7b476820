import type { KubeObject } from './object.ts';
import type { Resource } from './resources.ts';
import { includedOf, table } from './table.ts';
import type { Call, Reply } from './world.ts';

const META = 'meta.k8s.io/v1';

function partial({ metadata }: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: META, metadata };
}

/** One object as the client wants to see it. */
export function present(call: Call, resource: Resource, object: KubeObject, nowMs: number, status = 200): Reply {
  if (call.view === 'Object') return { status, body: object };
  if (call.view !== 'Table') return { status, body: partial(object) };
  const { resourceVersion } = object.metadata;
  const metadata = resourceVersion === undefined ? {} : { resourceVersion };
  return { status, body: table(resource, [object], metadata, includedOf(call.info.query), nowMs) };
}

/** A list as the client wants to see it. */
export function presentList(
  call: Call,
  resource: Resource,
  items: readonly KubeObject[],
  metadata: object,
  nowMs: number,
): Reply {
  if (call.view === 'Table')
    return { status: 200, body: table(resource, items, metadata, includedOf(call.info.query), nowMs) };
  if (call.view !== 'Object') {
    const body = { kind: 'PartialObjectMetadataList', apiVersion: META, metadata, items: items.map(partial) };
    return { status: 200, body };
  }
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const bare = ({ apiVersion: _version, kind: _kind, ...rest }: KubeObject): object => rest;
  const shown = resource.custom === undefined ? items.map(bare) : items;
  return { status: 200, body: { kind: resource.listKind, apiVersion, metadata, items: shown } };
}
