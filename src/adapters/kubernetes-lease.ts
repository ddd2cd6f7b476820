import { cleanName } from '../binding/name.js';
import type { Observed } from '../binding/observed.js';
import type { ClusterPort, LeaseFact } from '../ports.js';
import type { KubeApi } from './kube-api.js';
import { at, core, LABELS, text } from './kubernetes-object.js';

type Leases = Pick<ClusterPort, 'lease' | 'takeLease' | 'releaseLease'>;

const RESOURCE = 'leases.coordination.k8s.io';

/** The Lease that admits one run at a time. */
export function kubernetesLeases(api: KubeApi): Leases {
  return {
    async lease(namespace, name): Promise<Observed<LeaseFact>> {
      const seen = await api.get(leasePath(namespace, name));
      return seen.state === 'present' ? { state: 'present', value: leaseOf(seen.value) } : seen;
    },
    async takeLease(namespace, name, holder, ttlSeconds, previous) {
      const now = new Date(Date.now() + (api.skewSeconds() ?? 0) * 1000).toISOString().replace('Z', '000Z');
      const seen = previous ? { resourceVersion: previous.resourceVersion } : {};
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace, labels: LABELS, ...seen },
        spec: { holderIdentity: holder, leaseDurationSeconds: ttlSeconds, acquireTime: now, renewTime: now },
      };
      const asked = { verb: previous ? 'update' : 'create', resource: RESOURCE, namespace, name };
      const answer = await api.send(leasePath(namespace, previous ? name : undefined), { asked, body: lease });
      // Taken, renewed or deleted by someone else in between.
      if (answer.status === 409 || (previous && answer.status === 404 && answer.reason === 'NotFound'))
        return undefined;
      const taken = leaseOf(api.accepted(answer, asked));
      if (!previous || answer.status !== 201) return taken;
      // A Lease that is gone is made by an update too, and whoever deleted it may have held it: look again.
      await release(api, namespace, name, taken);
      return undefined;
    },
    releaseLease: (namespace, name, held) => release(api, namespace, name, held),
  };
}

async function release(api: KubeApi, namespace: string, name: string, { resourceVersion }: LeaseFact): Promise<void> {
  const asked = { verb: 'delete', resource: RESOURCE, namespace, name };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion } };
  const answer = await api.send(leasePath(namespace, name), { asked, body });
  if (answer.status !== 409 && answer.status !== 404) api.accepted(answer, asked);
}

function leasePath(namespace: string, name?: string): string {
  return core(namespace, 'leases', name).replace('/api/v1', '/apis/coordination.k8s.io/v1');
}

function leaseOf(object: unknown): LeaseFact {
  const renewed = Date.parse(text(at(object, 'spec', 'renewTime')));
  const seconds = Number(at(object, 'spec', 'leaseDurationSeconds') ?? 0) || 0;
  return {
    holder: cleanName(text(at(object, 'spec', 'holderIdentity'))),
    expiresAt: (Number.isNaN(renewed) ? 0 : renewed) + seconds * 1000,
    resourceVersion: text(at(object, 'metadata', 'resourceVersion')),
  };
}
