import { type Chart, placeOf, type Resource } from './chart.js';
import { type Ledger, shown } from './ledger.js';
import type { Scene } from './scene.js';
import { at, textOf } from './yaml.js';

export const CONFIG = 'charts/vault-config';
export const RUNTIME = 'charts/vault-runtime';

/** The resources of a chart; what could not be followed in it makes the row unclear. */
export function rendered(scene: Scene, ledger: Ledger, path: string): readonly Resource[] {
  let chart: Chart = { resources: [], blind: [] };
  ledger.look(() => {
    chart = scene.chart(path);
  });
  for (const what of chart.blind) if (!ledger.unclear.includes(what)) ledger.unclear.push(what);
  return chart.resources;
}

export function ofKind(resources: readonly Resource[], ...kinds: readonly string[]): readonly Resource[] {
  return resources.filter(({ kind }) => kinds.includes(kind));
}

export function isVco({ node }: Resource): boolean {
  return (textOf(at(node, 'apiVersion')) ?? '').startsWith('redhatcop.redhat.io/');
}

/** Holds one field of a rendered resource against what it is to say. */
export function expectField(
  scene: Scene,
  ledger: Ledger,
  resource: Resource,
  path: readonly (string | number)[],
  value: string,
  edit: string,
): void {
  const seen = textOf(at(resource.node, ...path));
  if (seen === value) return;
  const field = path.join('.');
  const where = `${resource.kind} ${shown(resource.name)}: ${field}`;
  const place = placeOf(scene.gitops, resource, ...path);
  ledger.found(place, `${where} is ${seen === undefined ? 'not set' : shown(seen)}`, `${field}: ${value}`, edit);
}
