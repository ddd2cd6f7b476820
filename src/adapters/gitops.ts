import { bounded } from '../binding/bounded.js';
import type { HeartbeatFact, ResourceFact } from '../binding/facts.js';
import { absent, type Observed, present } from '../binding/observed.js';
import { OPERATOR_LEASES } from '../checks/operator.js';
import type { ClusterPort } from '../ports.js';
import { addFailureEvents } from './gitops-events.js';
import { applicationOf, applicationSetOf, argoInstanceOf, resourceOf } from './gitops-facts.js';
import { dig, timeOf } from './gitops-json.js';
import { kindsOf, otherVersions } from './gitops-kind.js';

/** What these reads need of the API server's client; both answer `absent` for a 404 and never throw. */
export interface KubeReader {
  get(path: string): Promise<Observed<unknown>>;
  /** Every page of a list, each object reduced by `keep` as it arrives. */
  list<T>(path: string, keep: (object: unknown) => T): Promise<Observed<readonly T[]>>;
}

export type GitopsReads = Pick<
  ClusterPort,
  'argocdInstances' | 'applicationSets' | 'applications' | 'vcoResources' | 'vsoResources' | 'heartbeats'
>;

const ARGO = 'argoproj.io';
const VCO = { group: 'redhatcop.redhat.io', version: 'v1alpha1' };
const VSO = { group: 'secrets.hashicorp.com', version: 'v1beta1' };
const VSO_KINDS = ['vaultconnections', 'vaultauths', 'vaultstaticsecrets', 'vaultdynamicsecrets', 'vaultpkisecrets'];

/** Kinds that other operators of the same vendor serve in vault-config-operator's group. */
const NOT_VCO = [
  'egressipams',
  'globaldnsrecords',
  'globaldnszones',
  'globalrouteautodiscoveries',
  'groupconfigs',
  'groupsyncs',
  'keepalivedgroups',
  'mustgathers',
  'namespaceconfigs',
  'nodescalingwatermarks',
  'patches',
  'resourcelockers',
  'userconfigs',
];

/** The GitOps reads of ClusterPort: missing CRDs are absent, everything foreign is cleaned or sealed. */
export function gitopsReads(api: KubeReader): GitopsReads {
  return {
    argocdInstances: (namespace) => argo(api, ['v1beta1', 'v1alpha1'], namespace, 'argocds', argoInstanceOf),
    applicationSets: (namespace) => argo(api, ['v1alpha1'], namespace, 'applicationsets', applicationSetOf),
    applications: (namespace) => argo(api, ['v1alpha1'], namespace, 'applications', applicationOf),
    async vcoResources() {
      const resources = await resourcesOf(api, VCO, (plural) => !NOT_VCO.includes(plural));
      return resources.state === 'present' ? present(await addFailureEvents(api, resources.value)) : resources;
    },
    vsoResources: () => resourcesOf(api, VSO, (plural) => VSO_KINDS.includes(plural)),
    async heartbeats() {
      const [vco, vso] = await Promise.all([heartbeat(api, OPERATOR_LEASES.vco), heartbeat(api, OPERATOR_LEASES.vso)]);
      return { vco, vso };
    },
  };
}

/** A list in the first version that is served: those we know, then whatever the API server offers. */
async function argo<T>(
  api: KubeReader,
  known: readonly string[],
  namespace: string,
  plural: string,
  keep: (object: unknown) => T,
): Promise<Observed<readonly T[]>> {
  const list = (version: string): Promise<Observed<readonly T[]>> =>
    api.list(`/apis/${ARGO}/${version}/namespaces/${encodeURIComponent(namespace)}/${plural}`, keep);
  for (const version of known) {
    const seen = await list(version);
    if (seen.state !== 'absent') return seen;
  }
  const others = await otherVersions(api, ARGO, known);
  if (others.state !== 'present') return others;
  for (const version of others.value) {
    const seen = await list(version);
    if (seen.state !== 'absent') return seen;
  }
  return absent;
}

/** Every object of every kind that `isOurs`; the first kind that cannot be read makes the whole unreadable. */
async function resourcesOf(
  api: KubeReader,
  home: { readonly group: string; readonly version: string },
  isOurs: (plural: string) => boolean,
): Promise<Observed<readonly ResourceFact[]>> {
  const kinds = await kindsOf(api, home.group, home.version, isOurs);
  if (kinds.state !== 'present') return kinds;
  if (kinds.value.length === 0) return absent;
  const lists = await bounded(kinds.value, ({ kind, path }) => api.list(path, (object) => resourceOf(kind, object)));
  const found: ResourceFact[] = [];
  for (const list of lists) {
    if (list.state === 'unreadable') return list;
    if (list.state === 'present') for (const resource of list.value) found.push(resource);
  }
  return present(found);
}

/** By name in every namespace: which one the operator runs in is nowhere written. */
async function heartbeat(api: KubeReader, name: string): Promise<Observed<HeartbeatFact>> {
  const selector = encodeURIComponent(`metadata.name=${name}`);
  const seen = await api.list(`/apis/coordination.k8s.io/v1/leases?fieldSelector=${selector}`, (lease) =>
    timeOf(dig(lease, 'spec', 'renewTime')),
  );
  if (seen.state !== 'present') return seen;
  const times = seen.value.filter((time) => time !== undefined);
  return times.length === 0 ? absent : present({ renewedAt: Math.max(...times) });
}
