import type { CheckCategory, ClusterAccess } from '../binding/intent.js';
import { cleanName } from '../binding/name.js';
import { Secret } from '../binding/secret.js';
import type { CheckoutPort } from '../contract/checkout.js';
import { type ClusterFile, readClusters, workFolder } from '../contract/cluster-file.js';
import { clusterOfEnv, selectClusters } from '../contract/selection.js';
import { readLabel } from './name.js';
import type { Reader } from './reader.js';

/** The two repositories as far as they are checked out. */
export interface Repositories {
  readonly clustersPath?: string;
  readonly gitopsPath?: string;
  readonly clusters?: CheckoutPort;
}

/** Folders of the checkouts; one that is not there is a problem. */
export function readRepositories(reader: Reader): Repositories {
  const clusters = readCheckout(reader, 'clusters-path');
  const gitops = readCheckout(reader, 'gitops-path');
  return {
    ...(clusters ? { clustersPath: clusters.path, clusters: clusters.checkout } : {}),
    ...(gitops ? { gitopsPath: gitops.path } : {}),
  };
}

function readCheckout(reader: Reader, id: string): { path: string; checkout: CheckoutPort } | undefined {
  const path = reader.text(id);
  if (path === '') return undefined;
  const checkout = reader.checkout(path);
  if (checkout) return { path, checkout };
  reader.fail(
    'CHECKOUT_INVALID',
    `${id} is ${cleanName(path)}, and there is no such folder`,
    `Check the repository out before this step, and set ${id} to its folder.`,
  );
  return undefined;
}

const CREDENTIALS = ['kube-server', 'kube-token', 'kubeconfig-vault-path', 'vault-method', 'vault-token', 'vault-role'];

/** Whether a plan has only files to look at: checkouts, and credentials for nothing. */
export function isFilesOnly(
  reader: Reader,
  { clustersPath, gitopsPath }: Repositories,
  checks: readonly CheckCategory[],
): boolean {
  if (clustersPath === undefined && gitopsPath === undefined) return false;
  if (checks.every((category) => category === 'contract')) return true;
  return !reader.isGiven('kubeconfig') && ![...CREDENTIALS, 'vault-role-id'].some((id) => reader.isInput(id));
}

/** Name of the cluster: the input, else the one of the clusters repository that has this environment, else the environment. */
export function readCluster(reader: Reader, env: string, { clusters }: Repositories, filesOnly: boolean): string {
  const given = readLabel(reader, 'cluster');
  if (!clusters || env === '') return given || env;
  const all = readClusters(clusters);
  if (given !== '' && filesOnly) return given;
  if (given !== '') return confirmed(reader, all, given, env);
  const found = clusterOfEnv(all, env);
  if ('name' in found) return found.name;
  // Where the contract is what is looked at, this is one of its findings.
  if (filesOnly) return env;
  reader.fail(found.code, found.message, found.hint);
  return env;
}

function confirmed(reader: Reader, all: readonly ClusterFile[], name: string, env: string): string {
  const { problems } = selectClusters(all, [name], '');
  for (const { code, message, hint } of problems) reader.fail(code, message, hint);
  const other = all.find((cluster) => cluster.name === name && cluster.env !== '' && cluster.env !== env);
  if (other) {
    reader.fail(
      'INPUT_CONFLICT',
      `env is ${env}, and ${other.file} says gitops.env: ${cleanName(other.env)}`,
      'Set env to what the cluster.yaml says, or name the cluster that is meant.',
    );
  }
  return name;
}

/** What the tools of the clusters repository leave beside its files; a committed one is refused. */
export function workKubeconfig(
  reader: Reader,
  { clusters, clustersPath }: Repositories,
  cluster: string,
  context: string,
): ClusterAccess | undefined {
  const folder = workFolder(cluster);
  if (!clusters?.list(folder).includes('kubeconfig')) return undefined;
  const file = `${folder}/kubeconfig`;
  if (clusters.isTracked(file)) {
    reader.fail(
      'KUBECONFIG_COMMITTED',
      `${file} is not known to be untracked: a commit could bring whatever cluster and command it likes`,
      'Remove it from the repository and replace its credentials, or give the kubeconfig as a secret.',
    );
  }
  const content = new Secret('kubeconfig', `${clustersPath}/${file}`, () => undefined);
  const material = { form: 'path' as const, content, source: file };
  return { via: 'kubeconfig', material, ...(context === '' ? {} : { context }) };
}
