import { type Chart, chartOf, ownValues, placeOf, type Resource } from './chart.js';
import { CouldNotTell, type Place } from './ledger.js';
import type { Scene } from './scene.js';
import { at, textOf } from './yaml.js';

export const OPERATORS = 'charts/bootstrap-operators';

/** An operator as OLM is asked for it. */
export interface Subscription {
  readonly resource: Resource;
  readonly approval: string;
  readonly startingCsv: string;
  /** From the name of the CSV, e.g. `[0, 8, 52]`. */
  readonly version: readonly number[];
}

/** The Subscription of an operator; undefined when the chart has none. */
export function subscription(scene: Scene, name: string): Subscription | undefined {
  const { gitops } = scene;
  const release = { name: 'bootstrap-operators', namespace: 'openshift-operators' };
  const wants = (text: string): boolean => /^kind: Subscription$/m.test(text);
  const chart: Chart = chartOf(gitops, OPERATORS, ownValues(gitops, OPERATORS), release, wants);
  const resource = chart.resources.find(
    ({ kind, node }) => kind === 'Subscription' && textOf(at(node, 'spec', 'name')) === name,
  );
  if (!resource) {
    const [blind] = chart.blind;
    if (blind !== undefined) throw new CouldNotTell(blind);
    return undefined;
  }
  const startingCsv = textOf(at(resource.node, 'spec', 'startingCSV')) ?? '';
  const version = (/(\d+)\.(\d+)\.(\d+)/.exec(startingCsv) ?? []).slice(1).map(Number);
  const approval = textOf(at(resource.node, 'spec', 'installPlanApproval')) ?? 'Automatic';
  return { resource, approval, startingCsv, version };
}

/** Whether the version stays until someone approves another. */
export function isPinned({ approval, startingCsv }: Subscription): boolean {
  return approval === 'Manual' && startingCsv !== '';
}

export function isBefore(version: readonly number[], other: readonly number[]): boolean {
  const index = other.findIndex((part, position) => part !== version[position]);
  return version.length > 0 && index !== -1 && (version[index] ?? 0) < (other[index] ?? 0);
}

/** Where the values say it, or else where the template does. */
export function subscriptionPlace(scene: Scene, { resource }: Subscription, name: string, key: string): Place {
  const { gitops } = scene;
  const file = `${OPERATORS}/values.yaml`;
  const root = gitops.yaml(file);
  const operators = at(root, 'operators');
  const entries = operators?.kind === 'map' ? [...operators.entries] : [];
  const [own] = entries.find(([, { value }]) => textOf(at(value, 'name')) === name) ?? [];
  return own === undefined ? placeOf(gitops, resource, 'spec') : gitops.place(file, root, 'operators', own, key);
}
