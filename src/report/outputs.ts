import { type FleetMember, pagesOf } from '../contract/fleet.js';
import type { FleetLine } from './fleet-table.js';
import type { Report } from './model.js';
import { failing } from './tally.js';

/** A job's outputs share 1 MB; ids beyond this are in the report alone. */
const MOST_IDS = 1000;

/** The step's outputs except `report`, which only the writer of that file knows. */
export function outputs(report: Report): Record<string, string> {
  return {
    verdict: report.verdict,
    changed: String(report.changed),
    drift: String(report.drift),
    mount: report.mount,
    'kubernetes-host': report.kubernetesHost,
    'cluster-uid': report.clusterUid,
    'reviewer-token-expires-at': report.reviewerTokenExpiresAt,
    'failed-checks': JSON.stringify(failedChecks(report).slice(0, MOST_IDS)),
    ...(report.fleet ? { matrix: matrixOf(report.fleet.members), ...failedClusters(report.fleet.lines) } : {}),
  };
}

/** Names of the clusters that have no green report; nothing before the jobs have run. */
function failedClusters(lines: readonly FleetLine[] | undefined): Record<string, string> {
  const names = lines?.filter(({ verdict }) => verdict !== 'green').map(({ cluster }) => cluster);
  return names ? { 'failed-clusters': JSON.stringify(names.slice(0, MOST_IDS)) } : {};
}

/** A JSON array of pages, each a matrix that GitHub takes as it is. */
export function matrixOf(members: readonly FleetMember[]): string {
  return JSON.stringify(pagesOf(members).map((include) => ({ include })));
}

/** Ids of the rows that keep the verdict from being green, red before unknown. */
export function failedChecks(report: Report): readonly string[] {
  return failing(report.checks).map((check) => check.id);
}
