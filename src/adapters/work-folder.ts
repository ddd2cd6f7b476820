import { lstatSync, mkdirSync, realpathSync, rmdirSync, rmSync, type Stats, statSync, symlinkSync } from 'node:fs';
import { join, sep } from 'node:path';
import { BindError, problem } from '../binding/errors.js';
import type { Material } from '../binding/intent.js';
import { Secret } from '../binding/secret.js';
import { readKubeconfig } from './kubeconfig-file.js';

const NAME = 'kubeconfig';

/**
 * Puts the kubeconfig where the scripts of the clusters repository look for it, `clusters/<cluster>/.work`, and answers
 * how to take it away again. A link, so that a run that is killed leaves no credentials in the checkout. What is there
 * already stays, and must name the same API server. @throws BindError
 */
export function placeKubeconfig(checkout: string, cluster: string, file: string, server: string): () => void {
  const root = realpathSync(checkout);
  const folder = join(root, 'clusters', cluster);
  if (!isFile(join(folder, 'cluster.yaml'))) return () => undefined;
  const work = join(folder, '.work');
  const isNew = lookAt(work) === undefined;
  if (isNew) mkdirSync(within(root, folder, '.work', cluster), { mode: 0o700 });
  const target = join(realWork(root, work, cluster), NAME);
  if (isThere(target)) {
    checkServer(target, cluster, server);
    return () => undefined;
  }
  rmSync(target, { force: true });
  symlinkSync(file, target);
  return () => {
    try {
      // The command may have led the folder elsewhere.
      if (realWork(root, work, cluster) !== join(target, '..')) return;
      rmSync(target, { force: true });
      if (isNew) rmdirSync(work);
    } catch {
      // The command has put something of its own there.
    }
  };
}

function lookAt(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** A link that leads nowhere was left behind by a run that was killed. */
function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function within(root: string, folder: string, name: string, cluster: string): string {
  const real = realpathSync(folder);
  if (!`${real}${sep}`.startsWith(`${root}${sep}`)) throw leadsOut(cluster);
  return join(real, name);
}

function realWork(root: string, work: string, cluster: string): string {
  const real = within(root, work, '', cluster).replace(/\/$/, '');
  if (!statSync(real).isDirectory()) throw leadsOut(cluster);
  return real;
}

function leadsOut(cluster: string): BindError {
  return new BindError(
    problem(
      'CHECKOUT_INVALID',
      `clusters/${cluster}/.work leads out of the checkout, or is no folder`,
      'Check the clusters repository out again, without links in clusters/.',
    ),
  );
}

/** Many clusters may share an origin, each below a path of its own. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}

function checkServer(path: string, cluster: string, server: string): void {
  const material: Material = {
    form: 'path',
    content: new Secret('path', path, () => undefined),
    source: `clusters/${cluster}/.work/kubeconfig`,
  };
  const found = readKubeconfig(material, undefined).cluster.server;
  if (placeOf(found) === placeOf(server)) return;
  throw new BindError(
    problem(
      'INPUT_CONFLICT',
      `clusters/${cluster}/.work/kubeconfig names another API server than the cluster that was bound`,
      'Remove that file, or give it as kubeconfig: the bootstrap would run on the cluster it names.',
    ),
  );
}
