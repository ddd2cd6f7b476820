import type { Intent } from './binding/intent.js';
import type { Observed } from './binding/observed.js';
import type { Materials } from './binding/survey.js';
import type { Ports } from './ports.js';
import { until } from './retry.js';

/** Until the bundle is published in a namespace that was made a moment ago, perhaps by another run. */
const PUBLISHED_SECONDS = 5;

/** The bundle that the cluster publishes where the reviewer lives. */
export async function rootCa(intent: Intent, materials: Materials, ports: Ports): Promise<Observed<string>> {
  const { cluster } = ports;
  const { namespace } = intent.reviewer;
  const seen = await cluster.rootCa(namespace);
  if (seen.state !== 'absent' || materials.kubernetesCaPem !== undefined) return seen;
  // The bundle is the same in every namespace; before the reviewer's own exists, another one shows what it will be.
  if ((await cluster.namespace(namespace)).state === 'absent') return cluster.rootCa('kube-system');
  return until(
    ports,
    PUBLISHED_SECONDS,
    () => cluster.rootCa(namespace),
    ({ state }) => state !== 'absent',
  );
}
