import { type Problem, problem } from './binding/errors.js';
import type { FleetIntent } from './binding/intent.js';
import { cleanName } from './binding/name.js';
import type { CheckResult } from './checks/check.js';
import { verdictOf } from './checks/verdict.js';
import type { CheckoutPort } from './contract/checkout.js';
import { readClusters } from './contract/cluster-file.js';
import { FLEET_ROWS, makeFleet, row } from './contract/fleet.js';
import { selectClusters } from './contract/selection.js';
import { earlyReport } from './report/early.js';
import { type FleetLine, fleetLines } from './report/fleet-table.js';
import type { Report } from './report/model.js';
import { matrixOf } from './report/outputs.js';

/** A job's outputs may be 1 MB, counted in UTF-16. */
const MOST_MATRIX = 450_000;

/** What a fleet is made from: the clusters repository, and the reports of its jobs when they have run. */
export interface FleetSources {
  readonly clusters: CheckoutPort;
  readonly reports: readonly unknown[] | undefined;
  readonly run: string;
  readonly version: string;
  readonly now: () => number;
}

/** The clusters repository as job matrices, and after the jobs as one table. Writes nothing, and needs no credentials. */
export function fleetReport(intent: FleetIntent, sources: FleetSources): Report {
  const startedAt = sources.now();
  const all = readClusters(sources.clusters);
  const { clusters, problems } = selectClusters(all, intent.clusters, intent.env);
  const { members, checks } = makeFleet(all, clusters, intent);
  const lines = sources.reports && fleetLines(members, sources.reports);
  const rows = [...checks, ...(lines ? [reportsRow(lines)] : [])];
  const blockers = [...problems, ...tooLarge(matrixOf(members))];
  const base = earlyReport(blockers, undefined, sources.version, sources.run, startedAt);
  return {
    ...base,
    mode: 'fleet',
    env: intent.env,
    verdict: blockers.length > 0 ? 'red' : verdictOf(rows, () => true),
    checks: rows,
    fleet: { members, ...(lines ? { lines } : {}) },
    durationMs: sources.now() - startedAt,
  };
}

function reportsRow(lines: readonly FleetLine[]): CheckResult {
  const bad = lines.filter(({ verdict }) => verdict !== 'green');
  const told = bad.map(({ cluster, verdict, cause }) => `${cleanName(cluster)} ${verdict}${cause && ` (${cause})`}`);
  return row(FLEET_ROWS.reports, told, `${lines.length} green`);
}

function tooLarge(matrix: string): readonly Problem[] {
  if (matrix.length <= MOST_MATRIX) return [];
  return [
    problem(
      'FLEET_TOO_LARGE',
      `the matrix has ${matrix.length.toLocaleString('en-US')} characters, more than the outputs of one job hold`,
      'Split the fleet: set cluster to globs, or env to one environment, in several jobs.',
    ),
  ];
}
