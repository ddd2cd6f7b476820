import type { KubeObject } from './object.ts';

/** Where objects of one resource live. */
export interface Place {
  readonly group: string;
  readonly plural: string;
}

export type Change = 'written' | 'removed';

type Listener = (place: Place, object: KubeObject, change: Change) => void;

/** What etcd is to the real one: objects by resource, namespace and name, each write at a revision of its own. */
export class Store {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners: Listener[] = [];
  #revision = 1;

  get revision(): string {
    return String(this.#revision);
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  get(place: Place, namespace: string, name: string): KubeObject | undefined {
    const found = this.#objects.get(path(place))?.get(`${namespace}/${name}`);
    return found === undefined ? undefined : structuredClone(found);
  }

  /** In the order of namespace and name; of every namespace when it is empty. */
  list(place: Place, namespace = ''): KubeObject[] {
    const all = [...(this.#objects.get(path(place)) ?? [])];
    const wanted = namespace === '' ? all : all.filter(([key]) => key.startsWith(`${namespace}/`));
    return wanted.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => structuredClone(object));
  }

  /** The same objects, not to be changed: for the authorizer, which reads them on every request. */
  peek(place: Place, namespace = ''): KubeObject[] {
    const all = [...(this.#objects.get(path(place))?.values() ?? [])];
    return namespace === '' ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
  }

  /** Stores a copy at the next revision, and returns one. */
  put(place: Place, object: KubeObject): KubeObject {
    this.#revision += 1;
    const { metadata } = object;
    const kept = structuredClone({ ...object, metadata: { ...metadata, resourceVersion: this.revision } });
    const key = path(place);
    const objects = this.#objects.get(key) ?? new Map<string, KubeObject>();
    this.#objects.set(key, objects.set(`${metadata.namespace ?? ''}/${metadata.name ?? ''}`, kept));
    this.#tell(place, kept, 'written');
    return structuredClone(kept);
  }

  remove(place: Place, namespace: string, name: string): void {
    const objects = this.#objects.get(path(place));
    const found = objects?.get(`${namespace}/${name}`);
    if (found === undefined) return;
    this.#revision += 1;
    objects?.delete(`${namespace}/${name}`);
    this.#tell(place, found, 'removed');
  }

  /** Every resource that holds something. */
  places(): Place[] {
    return [...this.#objects.keys()].map((key) => {
      const [group = '', plural = ''] = key.split('/');
      return { group, plural };
    });
  }

  #tell(place: Place, object: KubeObject, change: Change): void {
    for (const listener of this.#listeners) listener(place, object, change);
  }
}

const path = ({ group, plural }: Place): string => `${group}/${plural}`;
