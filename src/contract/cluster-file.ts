import { isNamespaceName } from '../binding/name.js';
import type { CheckoutPort, SchemaFault } from './checkout.js';
import { at, lineOf, textOf, type Yaml, type YamlFile } from './yaml.js';

/** Where the clusters repository keeps its schema. */
const CLUSTER_SCHEMA = 'schemas/cluster.schema.json';

/** What is wrong in a cluster.yaml, and where. */
export interface ClusterFault {
  readonly line: number;
  readonly seen: string;
  readonly expected: string;
}

/** One `clusters/<name>/cluster.yaml` of the clusters repository. */
export interface ClusterFile {
  /** Name of the folder: what the repository's own commands call the cluster. */
  readonly name: string;
  readonly file: string;
  /** `gitops.env`; empty when it does not say. */
  readonly env: string;
  readonly faults: readonly ClusterFault[];
}

const FAULTS: Readonly<Record<YamlFile['faults'][number]['kind'], readonly [string, string]>> = {
  syntax: ['no YAML', 'YAML that can be read'],
  tab: ['a tab that indents', 'spaces'],
  'duplicate-key': ['a key that is there already', 'each key once'],
  alias: ['an alias of nothing, or of more than a file can hold', 'the value itself'],
  'too-large': ['a file of more than 2 MiB', 'the few lines that a cluster needs'],
};

/** Folder in which the tools of the clusters repository keep what is not committed. */
export function workFolder(cluster: string): string {
  return `clusters/${cluster}/.work`;
}

/** Every cluster of the repository, by name. */
export function readClusters(checkout: CheckoutPort): readonly ClusterFile[] {
  return checkout.list('clusters').flatMap((name) => {
    const file = `clusters/${name}/cluster.yaml`;
    const read = checkout.yaml(file);
    if (read.state === 'absent') return [];
    if (read.state === 'unreadable')
      return [
        { name, file, env: '', faults: [{ line: 1, seen: read.problem.message, expected: 'a small text file' }] },
      ];
    return [clusterOf(checkout, name, file, read.value)];
  });
}

function clusterOf(checkout: CheckoutPort, name: string, file: string, { documents, faults }: YamlFile): ClusterFile {
  const [root] = documents;
  const found = faults.map(({ kind, line }): ClusterFault => {
    const [seen, expected] = FAULTS[kind];
    return { line, seen, expected };
  });
  if (found.length > 0 || !root) {
    const empty = { line: 1, seen: 'an empty file', expected: 'name and gitops.env' };
    return { name, file, env: '', faults: found.length > 0 ? found : [empty] };
  }
  const env = textOf(at(root, 'gitops', 'env')) ?? '';
  return { name, file, env, faults: [...namings(name, env, root), ...schemaFaults(checkout, root)] };
}

function namings(name: string, env: string, root: Yaml): readonly ClusterFault[] {
  const faults: ClusterFault[] = [];
  if (!isNamespaceName(name))
    faults.push({ line: 1, seen: `folder ${name}`, expected: 'a folder of lower-case letters, digits and hyphens' });
  if (!isNamespaceName(env)) {
    const seen = env === '' ? 'no gitops.env' : `gitops.env: ${env}`;
    faults.push({ line: lineOf(root, 'gitops', 'env'), seen, expected: 'gitops.env of lower-case letters and digits' });
  }
  return faults;
}

/** What the repository's own schema says; nothing where it has none. */
function schemaFaults(checkout: CheckoutPort, root: Yaml): readonly ClusterFault[] {
  const checked = checkout.conforms(CLUSTER_SCHEMA, root);
  if (checked.state === 'absent') return [];
  if (checked.state === 'unreadable')
    return [{ line: 1, seen: checked.problem.message, expected: `a readable ${CLUSTER_SCHEMA}` }];
  return checked.value.map((fault) => ({ line: lineOf(root, ...fault.path), ...told(fault, root) }));
}

function told({ path, expected }: SchemaFault, root: Yaml): Pick<ClusterFault, 'seen' | 'expected'> {
  const field = path.join('.') || 'the file';
  const text = textOf(at(root, ...path));
  return { seen: text === undefined ? field : `${field}: ${text}`, expected: `${field} ${expected}` };
}
