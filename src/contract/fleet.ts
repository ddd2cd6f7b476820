import { groupBy } from '../binding/group.js';
import type { FleetIntent } from '../binding/intent.js';
import { isMountPath } from '../binding/mount-path.js';
import { cleanName } from '../binding/name.js';
import { turnOf } from '../binding/turn.js';
import type { CheckResult } from '../checks/check.js';
import type { ClusterFile } from './cluster-file.js';

/** GitHub makes at most this many jobs of one matrix. */
const MOST_JOBS = 256;
const MOST_LISTED = 20;

/** One cluster of a fleet: what a job of the matrix needs to know. */
export interface FleetMember {
  readonly cluster: string;
  readonly env: string;
  readonly mount: string;
  /** 0 to 999: when in the window of a staggered start it begins. */
  readonly turn: number;
}

/** The clusters that jobs are made for, and the rows that say why others are left out. */
export interface Fleet {
  readonly members: readonly FleetMember[];
  readonly checks: readonly CheckResult[];
}

interface FleetRow {
  readonly id: string;
  readonly description: string;
  readonly hint: string;
}

export const FLEET_ROWS = {
  clusters: {
    id: 'fleet.clusters',
    description: 'each selected cluster.yaml can be read and says what its schema asks',
    hint: 'Mend the named lines of the clusters repository; the other clusters have their jobs.',
  },
  mounts: {
    id: 'fleet.mounts',
    description: 'no two clusters of the repository claim one auth mount',
    hint: 'Give each its own mount: an own gitops.env, or {cluster} in the input mount.',
  },
  reports: {
    id: 'fleet.reports',
    description: 'each selected cluster has a green report of this run',
    hint: 'Look at the table: the worst is first, with its cause.',
  },
} as const satisfies Readonly<Record<string, FleetRow>>;

/** The mount of a cluster, by the template of the input. */
function mountOf(template: string, { name, env }: Pick<ClusterFile, 'name' | 'env'>): string {
  return template.replaceAll('{env}', env).replaceAll('{cluster}', name);
}

/** Who of the selected gets a job: a broken file or a mount that two claim keeps out those it names, and nobody else. */
export function makeFleet(
  all: readonly ClusterFile[],
  selected: readonly ClusterFile[],
  intent: Pick<FleetIntent, 'mount'>,
): Fleet {
  const broken = selected.filter(({ faults }) => faults.length > 0);
  const claims = groupBy(
    all.filter(({ faults }) => faults.length === 0),
    (cluster) => mountOf(intent.mount, cluster),
  );
  const names = new Set(selected.map(({ name }) => name));
  const shared = [...claims].filter(([, some]) => some.length > 1 && some.some(({ name }) => names.has(name)));
  const invalid = [...claims].filter(
    ([mount, some]) => !isMountPath(mount) && some.some(({ name }) => names.has(name)),
  );
  const out = new Set([...shared, ...invalid].flatMap(([, some]) => some.map(({ name }) => name)));
  const members = selected
    .filter(({ name, faults }) => faults.length === 0 && !out.has(name))
    .map((cluster) => ({
      cluster: cluster.name,
      env: cluster.env,
      mount: mountOf(intent.mount, cluster),
      turn: turnOf(cluster.name),
    }));
  const mounts = [
    ...shared.map(([mount, some]) => `auth/${mount}: ${some.map(placeOf).join(' and ')}`),
    ...invalid.map(([mount, some]) => `auth/${cleanName(mount)} cannot be a mount: ${some.map(placeOf).join(', ')}`),
  ];
  const faults = broken.flatMap(({ file, faults: found }) =>
    found.map(({ line, seen, expected }) => `${file}:${line}: ${cleanName(seen)}, expected ${cleanName(expected)}`),
  );
  const checks = [
    row(FLEET_ROWS.clusters, faults, `${selected.length} selected`),
    row(FLEET_ROWS.mounts, mounts, `${claims.size} claimed`),
  ];
  return { members, checks };
}

function placeOf({ file }: ClusterFile): string {
  return cleanName(file);
}

/** A row of the fleet's own: red with what it names, else green. */
export function row({ id, description, hint }: FleetRow, troubles: readonly string[], detail: string): CheckResult {
  const base = { id, category: 'contract' as const, description, severity: 'error' as const };
  if (troubles.length === 0) return { ...base, state: 'green', detail, hint: '' };
  const rest = troubles.length > MOST_LISTED ? `; and ${troubles.length - MOST_LISTED} more` : '';
  return { ...base, state: 'red', detail: `${troubles.slice(0, MOST_LISTED).join('; ')}${rest}`, hint };
}

/** Job matrices of at most 256 clusters each, in the order of the names. */
export function pagesOf(members: readonly FleetMember[]): readonly (readonly FleetMember[])[] {
  return Array.from({ length: Math.ceil(members.length / MOST_JOBS) }, (_, page) =>
    members.slice(page * MOST_JOBS, (page + 1) * MOST_JOBS),
  );
}
