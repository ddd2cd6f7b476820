import { bounded } from '../binding/bounded.js';
import type { ConditionFact, ResourceFact } from '../binding/facts.js';
import { ForeignText } from '../binding/foreign.js';
import { FAILURE_EVENT, isAmbiguous } from '../checks/vco.js';
import type { KubeReader } from './gitops.js';
import { dig, nameOf, timeOf } from './gitops-json.js';

interface FailureEvent {
  readonly key: string;
  readonly at: number;
}

/**
 * Adds to each resource whose conditions claim both success and failure what the Events say. Other resources cost no
 * request. Messages of Events are not kept.
 */
export async function addFailureEvents(
  api: KubeReader,
  resources: readonly ResourceFact[],
): Promise<readonly ResourceFact[]> {
  const ambiguous = resources.filter(isAmbiguous);
  if (ambiguous.length === 0) return resources;
  const namespaces = [...new Set(ambiguous.map(({ ref }) => ref.namespace))];
  const newest = new Map<string, number>();
  const readable = new Set<string>();
  await bounded(namespaces, async (namespace) => {
    const selector = encodeURIComponent(`reason=${FAILURE_EVENT}`);
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?fieldSelector=${selector}`;
    const events = await api.list(path, failureOf);
    if (events.state === 'present') readable.add(namespace);
    for (const event of events.state === 'present' ? events.value : []) {
      if (event !== undefined) newest.set(event.key, Math.max(event.at, newest.get(event.key) ?? 0));
    }
  });
  const hit = new Set(ambiguous);
  return resources.map((resource) => {
    if (!hit.has(resource)) return resource;
    const { namespace } = resource.ref;
    const added = conditionOf(readable.has(namespace), newest.get(keyOf(resource.kind, namespace, resource.ref.name)));
    return { ...resource, conditions: [...resource.conditions, added] };
  });
}

function conditionOf(isReadable: boolean, at: number | undefined): ConditionFact {
  const base = { type: FAILURE_EVENT, reason: 'Events', message: new ForeignText('') };
  if (!isReadable) return { ...base, status: 'Unknown' };
  return at === undefined ? { ...base, status: 'False' } : { ...base, status: 'True', changedAt: at };
}

function failureOf(event: unknown): FailureEvent | undefined {
  if (dig(event, 'reason') !== FAILURE_EVENT) return undefined;
  const involved = dig(event, 'involvedObject');
  const times = [
    dig(event, 'lastTimestamp'),
    dig(event, 'series', 'lastObservedTime'),
    dig(event, 'eventTime'),
    dig(event, 'metadata', 'creationTimestamp'),
  ].map(timeOf);
  const at = Math.max(...times.map((time) => time ?? 0));
  const kind = nameOf(dig(involved, 'kind'));
  return { key: keyOf(kind, nameOf(dig(involved, 'namespace')), nameOf(dig(involved, 'name'))), at };
}

function keyOf(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}
