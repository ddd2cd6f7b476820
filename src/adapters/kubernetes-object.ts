export const LABELS = { 'app.kubernetes.io/managed-by': 'vault-cluster-bind' };
export const MERGE = 'application/merge-patch+json';

/** Path of a namespaced object of the core group, or of its collection. */
export function core(namespace: string, resource: string, name?: string): string {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}`;
  return name === undefined ? path : `${path}/${encodeURIComponent(name)}`;
}

/** A value below `path`, or undefined where anything on the way is missing. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null ? (found as Record<string | number, unknown>)[key] : undefined,
    value,
  );
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
