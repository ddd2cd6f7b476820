import type { ResourceFact } from '../binding/facts.js';
import { absent, type Observed, present } from '../binding/observed.js';
import type { ClusterPort } from '../ports.js';
import { addFailureEvents } from './gitops-events.js';
import { applicationOf, applicationSetOf, argoInstanceOf, resourceOf } from './gitops-facts.js';
import { dig, itemsOf, nameOf } from './gitops-json.js';
import { bounded } from './gitops-queue.js';

/** What these reads need of the API server's client; both answer `absent` for a 404 and never throw. */
export interface KubeReader {
  get(path: string): Promise<Observed<unknown>>;
  /** Every page of a list, each object reduced by `keep` as it arrives. */
  list<T>(path: string, keep: (object: unknown) => T): Promise<Observed<readonly T[]>>;
}

export type GitopsReads = Pick<
  ClusterPort,
  'argocdInstances' | 'applicationSets' | 'applications' | 'vcoResources' | 'vsoResources'
>;

interface Kind {
  readonly kind: string;
  readonly plural: string;
}

const VCO = '/apis/redhatcop.redhat.io/v1alpha1';
const VSO = '/apis/secrets.hashicorp.com/v1beta1';
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
  const argo = (version: string, plural: string, namespace: string): string =>
    `/apis/argoproj.io/${version}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  return {
    async argocdInstances(namespace) {
      const seen = await api.list(argo('v1beta1', 'argocds', namespace), argoInstanceOf);
      return seen.state === 'absent' ? api.list(argo('v1alpha1', 'argocds', namespace), argoInstanceOf) : seen;
    },
    applicationSets: (namespace) => api.list(argo('v1alpha1', 'applicationsets', namespace), applicationSetOf),
    applications: (namespace) => api.list(argo('v1alpha1', 'applications', namespace), applicationOf),
    async vcoResources() {
      const resources = await resourcesOf(api, VCO, (plural) => !NOT_VCO.includes(plural));
      return resources.state === 'present' ? present(await addFailureEvents(api, resources.value)) : resources;
    },
    vsoResources: () => resourcesOf(api, VSO, (plural) => VSO_KINDS.includes(plural)),
  };
}

/** Every object of every kind that `isOurs`; the first kind that cannot be read makes the whole unreadable. */
async function resourcesOf(
  api: KubeReader,
  group: string,
  isOurs: (plural: string) => boolean,
): Promise<Observed<readonly ResourceFact[]>> {
  const discovered = await api.get(group);
  if (discovered.state !== 'present') return discovered;
  const kinds = kindsOf(discovered.value).filter(({ plural }) => isOurs(plural));
  if (kinds.length === 0) return absent;
  const lists = await bounded(kinds, ({ kind, plural }) =>
    api.list(`${group}/${plural}`, (object) => resourceOf(kind, object)),
  );
  const found: ResourceFact[] = [];
  for (const list of lists) {
    if (list.state === 'unreadable') return list;
    if (list.state === 'present') for (const resource of list.value) found.push(resource);
  }
  return present(found);
}

/** Listable kinds of a discovery answer, without subresources. */
function kindsOf(discovery: unknown): Kind[] {
  const resources = dig(discovery, 'resources');
  return (Array.isArray(resources) ? resources : [])
    .filter((resource) => itemsOf(dig(resource, 'verbs')).includes('list'))
    .map((resource) => ({ kind: nameOf(dig(resource, 'kind')), plural: nameOf(dig(resource, 'name')) }))
    .filter(({ plural }) => /^[a-z0-9]+$/.test(plural));
}
