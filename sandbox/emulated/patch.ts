import { conform } from './decode.ts';
import { type Fields, fields, isFields, type KubeObject, same } from './object.ts';
import { badRequest, notFound, patchFailed, unsupportedMedia } from './refusal.ts';
import type { Resource } from './resources.ts';
import { checkName, replace } from './update.ts';
import type { Call, Reply, World } from './world.ts';

const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';

/** RFC 7386. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = { ...fields(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

type Holder = Record<string, unknown> | unknown[];

function holderOf(root: unknown, pointer: string): { holder: Holder; key: string } {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = keys.pop();
  if (key === undefined) throw patchFailed();
  const holder = keys.reduce<unknown>((found, next) => (found as Fields | undefined)?.[next], root);
  if (typeof holder !== 'object' || holder === null) throw patchFailed();
  return { holder: holder as Holder, key };
}

function valueAt(root: unknown, pointer: string): unknown {
  const { holder, key } = holderOf(root, pointer);
  return (holder as Fields)[key];
}

function removeAt(root: unknown, pointer: string): unknown {
  const { holder, key } = holderOf(root, pointer);
  if (!Object.hasOwn(holder, key)) throw patchFailed();
  if (Array.isArray(holder)) return holder.splice(Number(key), 1)[0];
  const value = holder[key];
  delete holder[key];
  return value;
}

function addAt(root: unknown, pointer: string, value: unknown): void {
  const { holder, key } = holderOf(root, pointer);
  if (!Array.isArray(holder)) holder[key] = value;
  else holder.splice(key === '-' ? holder.length : Number(key), 0, value);
}

function operate(root: unknown, operation: Fields): void {
  const path = String(operation['path']);
  const from = String(operation['from']);
  const { value } = operation;
  switch (operation['op']) {
    case 'add':
      addAt(root, path, value);
      break;
    case 'replace':
      removeAt(root, path);
      addAt(root, path, value);
      break;
    case 'remove':
      removeAt(root, path);
      break;
    case 'move':
      addAt(root, path, removeAt(root, from));
      break;
    case 'copy':
      addAt(root, path, structuredClone(valueAt(root, from)));
      break;
    case 'test':
      if (!same(valueAt(root, path), value)) throw patchFailed();
      break;
    default:
      throw badRequest(`unknown operation ${JSON.stringify(operation['op'])}`);
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest('error decoding patch: it is no JSON');
  }
}

function patched(call: Call, before: KubeObject): Fields {
  const [type = ''] = call.contentType.split(';');
  const patch = parse(call.body);
  if (type === JSON_PATCH) {
    if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: it is no list of operations');
    const copy = structuredClone(before);
    for (const operation of patch) operate(copy, fields(operation));
    return copy;
  }
  if (!isFields(patch))
    throw badRequest(
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
  // Lists are replaced whole, which strategic patches do for most of the kinds that are served here.
  return merged(before, patch) as Fields;
}

const TYPES = [MERGE, JSON_PATCH, STRATEGIC];
const CUSTOM_TYPES = [MERGE, JSON_PATCH];
const CUSTOM_ACCEPTED =
  'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';

export function patch(world: World, call: Call, resource: Resource): Reply {
  const { name, namespace } = call.info;
  const [type = ''] = call.contentType.split(';');
  if (resource.custom !== undefined && !CUSTOM_TYPES.includes(type)) throw unsupportedMedia(CUSTOM_ACCEPTED);
  if (!TYPES.includes(type)) throw unsupportedMedia('415: Unsupported Media Type', true);
  const before = world.store.get(resource, namespace, name);
  if (before === undefined) throw notFound(resource, name);
  const asked = conform(call, resource, patched(call, before));
  checkName(asked, name);
  return replace(world, call, resource, before, asked);
}
