import { type Chart, chartOf, ownValues, type Resource, renderText, resourcesOf, sourceValues } from './chart.js';
import { CouldNotTell, type Place } from './ledger.js';
import type { Repo } from './repo.js';
import { type Value, type Values, valueOfYaml } from './value.js';
import type { ContractWanted } from './wanted.js';
import { at, itemsOf, lineOf, textOf, type Yaml } from './yaml.js';

const APPS = 'charts/argocd-apps';
export const OVERLAYS = `${APPS}/values.yaml`;
const GENERATOR = `${APPS}/templates/applicationset-umbrella.yaml`;

/** The keys by which an environment's overlay says where its Vault is and who it is there. */
export const OVERLAY_KEYS = [
  'vaultRuntimeEnabled',
  'vaultRuntimeAddress',
  'vaultRuntimeKubernetesMount',
  'vaultRuntimeRoleName',
  'vaultConfigEnabled',
  'vaultConfigAddress',
  'vaultConfigKubernetesHost',
  'vaultConfigMountPath',
  'vaultConfigConnectionRole',
  'vaultConfigRoleName',
  'vaultConfigPolicyName',
  'vaultServerEnabled',
] as const;
export type OverlayKey = (typeof OVERLAY_KEYS)[number];

/** One environment as the ApplicationSet generates it, from its overlay down to the resources of its Vault charts. */
export class Scene {
  readonly wanted: ContractWanted;
  readonly #clusters: Repo | undefined;
  readonly #gitops: Repo | undefined;
  readonly #known = new Map<string, () => unknown>();

  constructor(wanted: ContractWanted, clusters: Repo | undefined, gitops: Repo | undefined) {
    this.wanted = wanted;
    this.#clusters = clusters;
    this.#gitops = gitops;
  }

  /** Whether the checkout was given. */
  has(name: 'clusters' | 'gitops'): boolean {
    return (name === 'clusters' ? this.#clusters : this.#gitops) !== undefined;
  }

  get clusters(): Repo {
    return given(this.#clusters, 'clusters-path');
  }

  get gitops(): Repo {
    return given(this.#gitops, 'gitops-path');
  }

  /** Works out once, and throws the same again when it could not be told. */
  #once<T>(key: string, work: () => T): T {
    const known = this.#known.get(key);
    if (known) return known() as T;
    try {
      const value = work();
      this.#known.set(key, () => value);
      return value;
    } catch (thrown) {
      this.#known.set(key, () => {
        throw thrown;
      });
      throw thrown;
    }
  }

  /** The items of envs[], in their order. */
  get overlays(): readonly Yaml[] {
    return this.#once('overlays', () => {
      const envs = at(this.gitops.yaml(OVERLAYS), 'envs');
      if (envs?.kind !== 'list') throw new CouldNotTell(`${OVERLAYS} has no list envs`);
      return envs.items;
    });
  }

  /** The overlay of the environment; the first one when there are several. */
  get overlay(): Yaml | undefined {
    return this.overlays.find((item) => nameOf(item) === this.wanted.env);
  }

  /** Every environment that the repository knows. */
  get environments(): readonly string[] {
    return [...new Set(this.overlays.map(nameOf).filter((name) => name !== ''))];
  }

  /** What the overlay says, as text; undefined where it says nothing. */
  setting(key: string): string | undefined {
    return textOf(at(this.overlay, key));
  }

  /** Where the overlay says it, or where it ought to. */
  settingPlace(key: string): Place {
    const { overlay } = this;
    const line = overlay ? lineOf(overlay, key) : lineOf(this.gitops.yaml(OVERLAYS), 'envs');
    return this.gitops.at(OVERLAYS, line);
  }

  /** What Vault must be told is the API server, when it can be told. */
  get kubernetesHost(): string | undefined {
    return this.wanted.kubernetesHost ?? (this.#clusters ? this.#once('host', () => this.#clusterHost()) : undefined);
  }

  #clusterHost(): string | undefined {
    const file = `clusters/${this.wanted.cluster}/cluster.yaml`;
    if (!this.clusters.has(file)) return undefined;
    const cluster = this.clusters.yaml(file);
    const [name, base] = [textOf(at(cluster, 'name')), textOf(at(cluster, 'dns', 'base_domain'))];
    return name === undefined || base === undefined ? undefined : `https://api.${name}.${base}:6443`;
  }

  /** The ApplicationSet as the bootstrap renders it for this environment. */
  get applicationSet(): Resource {
    return this.#once('set', () => {
      const values = new Map([...ownValues(this.gitops, APPS), ['envFilter', this.wanted.env]]);
      const envs = values.get('envs');
      if (!this.overlay && Array.isArray(envs)) values.set('envs', [...envs, this.#expected()]);
      const found = resourcesOf(this.gitops, GENERATOR, new Map<string, Value>([['Values', values]]));
      const set = found.find(({ kind }) => kind === 'ApplicationSet');
      if (!set) throw new CouldNotTell(`${GENERATOR} renders no ApplicationSet`);
      if (textOf(at(set.node, 'spec', 'goTemplate')) !== 'true')
        throw new CouldNotTell(`${GENERATOR}: an ApplicationSet without goTemplate is not followed`);
      return set;
    });
  }

  /** The overlay that an environment without one is to get, so that the charts can be judged for it. */
  #expected(): Values {
    const { env, appNamespace } = this.wanted;
    return new Map<string, Value>([
      ['name', env],
      ['clusterServer', 'https://kubernetes.default.svc'],
      ['appNamespace', appNamespace],
      ['baseDomain', ''],
      ['toyServiceImageUpdater', new Map()],
      ['toyWebImageUpdater', new Map()],
      ...OVERLAY_KEYS.map((key): [string, Value] => [key, setting(this.expected(key))]),
    ]);
  }

  /** What the overlay is to say. */
  expected(key: OverlayKey): string {
    const { mount, vaultUrl, connectionRole, gitopsRole, gitopsPolicy } = this.wanted;
    if (key === 'vaultServerEnabled') return 'false';
    if (key.endsWith('Enabled')) return 'true';
    if (key.endsWith('Address')) return vaultUrl ?? 'https://<vault>';
    if (key === 'vaultConfigKubernetesHost') return this.kubernetesHost ?? 'https://<api-server>:6443';
    if (key === 'vaultConfigConnectionRole') return connectionRole;
    if (key === 'vaultConfigPolicyName') return gitopsPolicy;
    return key.endsWith('RoleName') ? gitopsRole : mount;
  }

  /** The elements the generator makes for this environment. */
  get elements(): readonly Yaml[] {
    const generators = itemsOf(at(this.applicationSet.node, 'spec', 'generators'));
    const all = generators.flatMap((generator) => itemsOf(at(generator, 'list', 'elements')));
    return all.filter((element) => textOf(at(element, 'env')) === this.wanted.env);
  }

  get umbrella(): { readonly path: string; readonly values: Values } {
    return this.#once('umbrella', () => {
      const source = at(this.applicationSet.node, 'spec', 'template', 'spec', 'source');
      const [element] = this.elements;
      if (!source || !element) throw new CouldNotTell(`${GENERATOR} makes no Application of ${this.wanted.env}`);
      const data = valueOfYaml(element);
      const values = sourceValues(this.gitops, source, (text) => renderText(GENERATOR, text, data, '<no value>'));
      return { path: textOf(at(source, 'path')) ?? '', values };
    });
  }

  /** What the Application whose source is the chart renders; nothing when the environment has no such Application. */
  chart(path: string): Chart {
    return this.#once(path, () => {
      const umbrella = this.umbrella;
      const release = { name: `bitiq-umbrella-${this.wanted.env}`, namespace: this.wanted.appNamespace };
      const apps = chartOf(this.gitops, umbrella.path, umbrella.values, release, (text) => text.includes(path));
      const found = apps.resources.find(({ node }) => textOf(at(node, 'spec', 'source', 'path')) === path);
      const source = at(found?.node, 'spec', 'source');
      if (!found || !source) return { resources: [], blind: apps.blind };
      const own = { name: found.name, namespace: textOf(at(found.node, 'spec', 'destination', 'namespace')) ?? '' };
      const chart = chartOf(this.gitops, path, sourceValues(this.gitops, source), own);
      return { resources: chart.resources, blind: [...apps.blind, ...chart.blind] };
    });
  }
}

function given(repo: Repo | undefined, input: string): Repo {
  if (!repo) throw new CouldNotTell(`${input} is not set`);
  return repo;
}

function setting(text: string): Value {
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

export function nameOf(overlay: Yaml): string {
  return textOf(at(overlay, 'name')) ?? '';
}
