import { type Problem, problem } from '../binding/errors.js';
import { cleanName, nearest } from '../binding/name.js';
import type { ClusterFile } from './cluster-file.js';

/** What a name or glob may be made of: `*` is any number of characters, `?` is one; `!` in front leaves out what it fits. */
const GLOB = /^!?[a-z0-9*?]([a-z0-9*?-]*[a-z0-9*?])?$/;
const MOST_LISTED = 20;

export interface Selection {
  readonly clusters: readonly ClusterFile[];
  readonly problems: readonly Problem[];
}

/** Whether a text can be the name of a cluster, or a glob over such names. */
export function isGlob(text: string): boolean {
  return text.length <= 100 && GLOB.test(text);
}

/** The clusters that any of the names and globs fits, and none with `!`; each that fits none is a problem. */
export function selectClusters(all: readonly ClusterFile[], globs: readonly string[], env: string): Selection {
  const candidates = env === '' ? all : all.filter((cluster) => cluster.env === env || cluster.env === '');
  const names = candidates.map(({ name }) => name);
  const isOut = (glob: string): boolean => glob.startsWith('!');
  const given = globs.every(isOut) ? ['*', ...globs] : globs;
  const patterns = given.map((glob) => ({ glob, pattern: patternOf(glob.replace('!', '')) }));
  const problems = patterns
    .filter(({ pattern }) => !names.some((name) => pattern.test(name)))
    .map(({ glob }) => unfit(glob, names, env));
  const fits = (name: string, out: boolean): boolean =>
    patterns.some(({ glob, pattern }) => isOut(glob) === out && pattern.test(name));
  const clusters = candidates.filter(({ name }) => fits(name, false) && !fits(name, true));
  return { clusters, problems };
}

function patternOf(glob: string): RegExp {
  const text = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${text}$`);
}

function unfit(glob: string, names: readonly string[], env: string): Problem {
  const among = env === '' ? '' : ` of env ${env}`;
  const near = /[*?!]/.test(glob) ? undefined : nearest(glob, names);
  return problem(
    'CLUSTER_UNKNOWN',
    `no cluster${among} fits ${cleanName(glob)}; there ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`,
    near
      ? `Did you mean ${near}?`
      : 'Set cluster to names or globs of folders below clusters/ that have a cluster.yaml.',
  );
}

/** The one cluster whose GitOps environment it is; none or several is a problem that lists them. */
export function clusterOfEnv(all: readonly ClusterFile[], env: string): ClusterFile | Problem {
  const found = all.filter((cluster) => cluster.env === env);
  const [first] = found;
  if (first && found.length === 1) return first;
  if (first) {
    return problem(
      'CLUSTER_UNKNOWN',
      `${found.length} clusters have gitops.env ${env}: ${listed(found.map(({ name }) => name))}`,
      'Set cluster to the one that is meant.',
    );
  }
  const known = all.map(({ name, env: other }) => `${name} (${other || 'no env'})`);
  return problem(
    'CLUSTER_UNKNOWN',
    `no cluster has gitops.env ${env}; there ${known.length === 1 ? 'is' : 'are'} ${listed(known)}`,
    `Set gitops.env: ${env} in the cluster.yaml of the cluster, or set env to one that is there.`,
  );
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no cluster.yaml below clusters/';
  const shown = names.slice(0, MOST_LISTED).map(cleanName).join(', ');
  return names.length > MOST_LISTED ? `${shown} and ${names.length - MOST_LISTED} more` : shown;
}
