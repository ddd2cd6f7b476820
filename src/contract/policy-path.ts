import type { Resource } from './chart.js';
import { at, lineOf, textOf } from './yaml.js';

/** A path of a rendered policy that lies in a KV store. */
export interface KvPath {
  readonly resource: Resource;
  readonly path: string;
  /** In the template. */
  readonly line: number;
}

const KV = /^[^/]+\/(data|metadata|delete|undelete|destroy)(\/|$)/;

/** The KV paths of rendered policies. */
export function kvPaths(policies: readonly Resource[]): readonly KvPath[] {
  return policies.flatMap((resource) => {
    const text = textOf(at(resource.node, 'spec', 'policy')) ?? '';
    const first = lineOf(resource.node, 'spec', 'policy') + 1;
    return text.split('\n').flatMap((row, index) => {
      const path = /^\s*path\s+"([^"]+)"/.exec(row)?.[1];
      return path !== undefined && KV.test(path) ? [{ resource, path, line: first + index }] : [];
    });
  });
}

/** Whether a policy's path takes another, by Vault's rules: `*` at the end, `+` for one part. */
export function covers(policy: string, path: string): boolean {
  const isPrefix = policy.endsWith('*');
  const parts = (isPrefix ? policy.slice(0, -1) : policy).split('/');
  const others = path.split('/');
  if (isPrefix ? others.length < parts.length : others.length !== parts.length) return false;
  return parts.every((part, index) => {
    const other = others[index] ?? '';
    const isLast = index === parts.length - 1;
    return part === '+' || part === other || (isPrefix && isLast && other.startsWith(part));
  });
}

/** Whether a path names the environment: as a part of it, or in the name of the KV mount. */
export function isScoped(path: string, env: string): boolean {
  const [mount = '', ...rest] = path.split('/');
  return rest.includes(env) || mount === env || mount.startsWith(`${env}-`) || mount.endsWith(`-${env}`);
}
