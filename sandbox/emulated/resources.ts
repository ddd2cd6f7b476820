import { BUILT_IN } from './built-in.ts';
import { type Fields, fields, type KubeObject, list, strings, text } from './object.ts';
import type { Store } from './store.ts';

/** One served resource. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly isNamespaced: boolean;
  readonly shortNames: readonly string[];
  readonly hasStatus: boolean;
  /** Only `create`, nothing stored: reviews. */
  readonly isReview?: boolean;
  /** Members beside apiVersion, kind and metadata; others are dropped with a warning. */
  readonly members?: readonly string[];
  /** Set for a resource that a CustomResourceDefinition made. */
  readonly custom?: { readonly schema: Fields; readonly columns: readonly Fields[] };
}

export const CRDS = { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' } as const;

function isEstablished(definition: KubeObject): boolean {
  const conditions = list(fields(definition['status'])['conditions']);
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}

function served(definition: KubeObject): Resource[] {
  const spec = fields(definition['spec']);
  const names = fields(spec['names']);
  const versions = list(spec['versions']).filter((version) => version['served'] === true);
  return versions.map((version) => ({
    group: text(spec['group']),
    version: text(version['name']),
    plural: text(names['plural']),
    singular: text(names['singular']),
    kind: text(names['kind']),
    listKind: text(names['listKind']),
    isNamespaced: spec['scope'] === 'Namespaced',
    shortNames: strings(names['shortNames']),
    hasStatus: 'status' in fields(version['subresources']),
    custom: {
      schema: fields(fields(version['schema'])['openAPIV3Schema']),
      columns: list(version['additionalPrinterColumns']),
    },
  }));
}

/** What is served: the built-in resources and those of established CustomResourceDefinitions. */
export class Resources {
  readonly #store: Store;
  #custom: Resource[] = [];

  constructor(store: Store) {
    this.#store = store;
    store.onChange((place) => {
      if (place.plural === CRDS.plural && place.group === CRDS.group) this.#reload();
    });
  }

  #reload(): void {
    this.#custom = this.#store.peek(CRDS).filter(isEstablished).flatMap(served);
  }

  all(): readonly Resource[] {
    return [...BUILT_IN, ...this.#custom];
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.all().find((one) => one.plural === plural && one.group === group && one.version === version);
  }

  isBuiltInGroup(group: string): boolean {
    return BUILT_IN.some((one) => one.group === group);
  }
}
