import { type Fields, isFields, type KubeObject, type ManagedFields, timestamp } from './object.ts';

const OWNED_METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const;
const GLUE = '\u0000';

function ownable(object: KubeObject): Fields {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const kept = OWNED_METADATA.filter((key) => metadata[key] !== undefined).map((key) => [key, metadata[key]]);
  return kept.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(kept) };
}

function walk(value: unknown, path: readonly string[], into: Map<string, string>): Map<string, string> {
  if (!isFields(value) || (path.length > 0 && Object.keys(value).length === 0))
    return into.set(path.join(GLUE), JSON.stringify(value ?? null));
  for (const [key, member] of Object.entries(value)) if (member !== undefined) walk(member, [...path, key], into);
  return into;
}

/** Values by path; lists are one value, as most lists here are atomic. */
const leaves = (object: KubeObject): Map<string, string> => walk(ownable(object), [], new Map());

function tree(paths: Iterable<string>): Fields {
  const root: Fields = {};
  for (const path of paths) {
    let node = root;
    for (const part of path.split(GLUE)) {
      node[`f:${part}`] ??= {};
      node = node[`f:${part}`] as Fields;
    }
  }
  return root;
}

/** Paths that an entry of managedFields owns. */
function owned(entry: ManagedFields): string[] {
  const descend = (node: Fields, path: string[]): string[] => {
    const members = Object.entries(node).filter(([key]) => key.startsWith('f:'));
    if (members.length === 0) return path.length === 0 ? [] : [path.join(GLUE)];
    return members.flatMap(([key, member]) => descend(member as Fields, [...path, key.slice(2)]));
  };
  return descend(entry.fieldsV1, []);
}

interface Writer {
  readonly manager: string;
  readonly operation: 'Update';
  readonly subresource: string;
  readonly nowMs: number;
}

/** managedFields after `writer` turned `before` into `after`. */
export function track(before: KubeObject | null, after: KubeObject, writer: Writer): ManagedFields[] {
  const was = before === null ? new Map<string, string>() : leaves(before);
  const now = leaves(after);
  const changed = new Set([...now.keys()].filter((path) => was.get(path) !== now.get(path)));
  const isOurs = (entry: ManagedFields): boolean =>
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    (entry.subresource ?? '') === writer.subresource;
  const earlier = before?.metadata.managedFields ?? [];
  const mine = new Set([...earlier.filter(isOurs).flatMap(owned), ...changed]);
  const kept = earlier
    .filter((entry) => !isOurs(entry))
    .flatMap((entry) => {
      const paths = owned(entry).filter((path) => now.has(path) && !changed.has(path));
      return paths.length === 0 ? [] : [{ ...entry, fieldsV1: tree(paths) }];
    });
  const paths = [...mine].filter((path) => now.has(path));
  if (paths.length === 0) return kept;
  const entry: ManagedFields = {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: after.apiVersion,
    time: timestamp(writer.nowMs),
    fieldsType: 'FieldsV1',
    fieldsV1: tree(paths),
    ...(writer.subresource && { subresource: writer.subresource }),
  };
  return [...kept, entry];
}
