import type { Cluster } from './types.ts';

/** A CustomResourceDefinition manifest; only what the wait needs is spelled out. */
export interface CustomResourceDefinition {
  metadata: { name: string };
  spec: {
    group: string;
    names: { plural: string; [key: string]: unknown };
    versions: { name: string; served: boolean; storage?: boolean; [key: string]: unknown }[];
    [key: string]: unknown;
  };
}

/**
 * Installs the definition unless it is there, and waits until its resources can be listed.
 * @throws when it is refused, or not served within 30 s.
 */
export async function installCrd(cluster: Cluster, definition: CustomResourceDefinition): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const made = await cluster.request('POST', path, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    ...definition,
  });
  if (made.status !== 201 && made.status !== 409) {
    throw new Error(`${definition.metadata.name}: ${made.status} ${made.body?.message ?? ''}`);
  }
  const { group, names, versions } = definition.spec;
  const version = versions.find((candidate) => candidate.served)?.name;
  const list = `/apis/${group}/${version}/${names.plural}?limit=1`;
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if ((await cluster.request('GET', list)).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${definition.metadata.name}: ${list} is not served`);
}

/** A definition that accepts any spec and status, for a kind whose own schema does not matter. */
export function looseCrd(
  group: string,
  version: string,
  kind: string,
  plural: string,
  scope = 'Namespaced',
): CustomResourceDefinition {
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } },
        },
      ],
    },
  };
}
