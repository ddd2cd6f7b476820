import { absent, type Observed, present } from '../binding/observed.js';
import type { KubeReader } from './gitops.js';
import { dig, itemsOf, nameOf } from './gitops-json.js';

/** A kind that is served, and where it is listed. */
export interface ServedKind {
  readonly kind: string;
  readonly path: string;
}

const VERSION = /^v[0-9][a-z0-9]{0,20}$/;

/** Versions of a group that the API server serves beside `known`; absent when it knows no such group. */
export async function otherVersions(
  api: KubeReader,
  group: string,
  known: readonly string[],
): Promise<Observed<readonly string[]>> {
  const seen = await api.get(`/apis/${group}`);
  if (seen.state !== 'present') return seen;
  const versions = itemsOf(dig(seen.value, 'versions')).map((version) => nameOf(dig(version, 'version')));
  return present(versions.filter((version) => VERSION.test(version) && !known.includes(version)));
}

/**
 * Listable kinds of `group`, each in the version we know or else in the first that serves it: a newer operator must
 * not look as if it were not installed.
 */
export async function kindsOf(
  api: KubeReader,
  group: string,
  known: string,
  isOurs: (plural: string) => boolean,
): Promise<Observed<readonly ServedKind[]>> {
  const [first, others] = await Promise.all([api.get(`/apis/${group}/${known}`), otherVersions(api, group, [known])]);
  if (first.state === 'unreadable') return first;
  if (first.state === 'absent' && others.state !== 'present') return others;
  const versions = others.state === 'present' ? others.value : [];
  const found = new Map<string, ServedKind>();
  if (first.state === 'present') addKinds(found, first.value, `/apis/${group}/${known}`, isOurs);
  for (const version of versions) {
    const seen = await api.get(`/apis/${group}/${version}`);
    if (seen.state === 'unreadable') return seen;
    if (seen.state === 'present') addKinds(found, seen.value, `/apis/${group}/${version}`, isOurs);
  }
  return found.size === 0 && first.state === 'absent' ? absent : present([...found.values()]);
}

/** Subresources are left out. */
function addKinds(
  found: Map<string, ServedKind>,
  discovery: unknown,
  base: string,
  isOurs: (plural: string) => boolean,
): void {
  const resources = dig(discovery, 'resources');
  for (const resource of Array.isArray(resources) ? resources : []) {
    const plural = nameOf(dig(resource, 'name'));
    const isListable = itemsOf(dig(resource, 'verbs')).includes('list');
    if (!isListable || !/^[a-z0-9]+$/.test(plural) || !isOurs(plural) || found.has(plural)) continue;
    found.set(plural, { kind: nameOf(dig(resource, 'kind')), path: `${base}/${plural}` });
  }
}
