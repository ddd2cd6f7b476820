import { fields, type KubeObject, list, text, timestamp } from './object.ts';
import { CRDS } from './resources.ts';
import { stamp } from './stamp.ts';
import type { Change, Place } from './store.ts';
import type { World } from './world.ts';

/** Controllers act a moment after the write that concerns them, as the real ones do. */
const DELAY_MS = 20;

const NAMESPACES = { group: '', plural: 'namespaces' } as const;
const ACCOUNTS = { group: '', plural: 'serviceaccounts' } as const;
const SECRETS = { group: '', plural: 'secrets' } as const;
const CONFIG_MAPS = { group: '', plural: 'configmaps' } as const;
const TOKEN_TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

/** What kube-controller-manager does with namespaces, ServiceAccounts, their tokens and CustomResourceDefinitions. */
export class Controllers {
  readonly #world: World;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(world: World) {
    this.#world = world;
    world.store.onChange((place, object, change) => this.#see(place, object, change));
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #soon(act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, DELAY_MS);
    this.#timers.add(timer);
  }

  #see({ group, plural }: Place, object: KubeObject, change: Change): void {
    const { name = '', namespace = '' } = object.metadata;
    if (group === CRDS.group && plural === CRDS.plural) {
      this.#soon(() => (change === 'written' ? this.#establish(name) : this.#forget(object)));
    }
    if (group !== '') return;
    if (plural === 'namespaces' && change === 'written') this.#soon(() => this.#furnish(name));
    if (plural === 'serviceaccounts') this.#soon(() => this.#tokens(namespace));
    if (plural === 'serviceaccounts' || plural === 'configmaps') this.#soon(() => this.#furnish(namespace));
    if (plural === 'secrets' && change === 'written') this.#soon(() => this.#tokens(namespace));
  }

  #put(place: Place, object: KubeObject): void {
    this.#world.store.put(place, object);
  }

  #make(place: Place, object: KubeObject): void {
    const { namespace = '', name = '' } = object.metadata;
    if (this.#world.store.get(place, namespace, name) !== undefined) return;
    this.#put(place, stamp(object, timestamp(this.#world.now())));
  }

  /** Every namespace has ServiceAccount `default` and the cluster's CA; one that is being deleted is emptied and goes. */
  #furnish(namespace: string): void {
    const { store, rootCaPem } = this.#world;
    const found = store.get(NAMESPACES, '', namespace);
    if (found === undefined) return;
    if (found.metadata.deletionTimestamp !== undefined) {
      this.#empty(namespace);
      return;
    }
    this.#make(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
    this.#make(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt', namespace },
      data: { 'ca.crt': rootCaPem },
    });
  }

  #empty(namespace: string): void {
    const { store } = this.#world;
    const left = store.places().flatMap((place) => store.peek(place, namespace).map((object) => ({ place, object })));
    for (const { place, object } of left) {
      if ((object.metadata.finalizers ?? []).length === 0) store.remove(place, namespace, object.metadata.name ?? '');
    }
    const isHeld = left.some(({ object }) => (object.metadata.finalizers ?? []).length > 0);
    if (!isHeld) store.remove(NAMESPACES, '', namespace);
  }

  /** Fills token Secrets of the old kind, and removes those whose ServiceAccount is gone. */
  #tokens(namespace: string): void {
    const { store, tokens, rootCaPem } = this.#world;
    for (const secret of store.list(SECRETS, namespace).filter(({ type }) => type === TOKEN_TYPE)) {
      const { name = '', annotations = {} } = secret.metadata;
      const account = store.get(ACCOUNTS, namespace, annotations[ACCOUNT_NAME] ?? '');
      const uid = account?.metadata.uid ?? '';
      if (account === undefined || (annotations[ACCOUNT_UID] ?? uid) !== uid) {
        store.remove(SECRETS, namespace, name);
        continue;
      }
      if (text(fields(secret['data'])['token']) !== '') continue;
      const token = tokens.mintLegacy(namespace, { name: account.metadata.name ?? '', uid }, name);
      const encode = (value: string): string => Buffer.from(value).toString('base64');
      const data = { 'ca.crt': encode(rootCaPem), namespace: encode(namespace), token: encode(token) };
      const metadata = { ...secret.metadata, annotations: { ...annotations, [ACCOUNT_UID]: uid } };
      this.#put(SECRETS, { ...secret, metadata, data });
    }
  }

  #establish(name: string): void {
    const definition = this.#world.store.get(CRDS, '', name);
    if (definition === undefined || list(fields(definition['status'])['conditions']).length > 0) return;
    const spec = fields(definition['spec']);
    const at = timestamp(this.#world.now());
    const condition = (type: string, reason: string): object => ({
      type,
      status: 'True',
      reason,
      lastTransitionTime: at,
    });
    const status = {
      acceptedNames: spec['names'],
      conditions: [condition('NamesAccepted', 'NoConflicts'), condition('Established', 'InitialNamesAccepted')],
      storedVersions: list(spec['versions'])
        .filter(({ storage }) => storage === true)
        .map((version) => version['name']),
    };
    this.#put(CRDS, { ...definition, status });
  }

  /** Objects go with their definition. */
  #forget(definition: KubeObject): void {
    const { store } = this.#world;
    const spec = fields(definition['spec']);
    const place = { group: text(spec['group']), plural: text(fields(spec['names'])['plural']) };
    for (const { metadata } of store.list(place)) store.remove(place, metadata.namespace ?? '', metadata.name ?? '');
  }
}
