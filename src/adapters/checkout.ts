import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { problem } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import { absent, type Observed, present, unreadable } from '../binding/observed.js';
import type { CheckoutPort } from '../contract/checkout.js';
import type { YamlFile } from '../contract/yaml.js';
import { schemaOf } from './schema.js';
import { readYaml } from './yaml.js';

const MOST_BYTES = 2 * 1024 * 1024;

/** A checkout of a repository in a folder of this machine; undefined when there is no such folder. */
export function openCheckout(folder: string): CheckoutPort | undefined {
  const root = realPath(folder);
  if (root === undefined || !statSync(root).isDirectory()) return undefined;
  const seen = new Map<string, YamlFile>();
  const schemas = new Map<string, ReturnType<typeof schemaOf>>();
  const text = (path: string): Observed<string> => readText(root, path);
  return {
    text,
    yaml(path) {
      const known = seen.get(path);
      if (known) return present(known);
      const read = text(path);
      if (read.state !== 'present') return read;
      const parsed = readYaml(read.value);
      seen.set(path, parsed);
      return present(parsed);
    },
    parse: readYaml,
    list: (path) => listFolder(root, path),
    isTracked: (path) => isTracked(root, path),
    conforms(path, document) {
      if (!schemas.has(path)) {
        const read = text(path);
        if (read.state !== 'present') return read;
        schemas.set(path, schemaOf(read.value));
      }
      const judge = schemas.get(path);
      return judge ? present(judge(document)) : refused(path, 'is no JSON schema');
    },
  };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** Where a path of the repository really leads; undefined when nothing is there, and `outside` when a link leads out. */
function within(root: string, path: string): string | 'outside' | undefined {
  const found = realPath(resolve(root, path));
  if (found === undefined) return undefined;
  return found === root || found.startsWith(`${root}${sep}`) ? found : 'outside';
}

function readText(root: string, path: string): Observed<string> {
  const place = within(root, path);
  if (place === undefined) return absent;
  if (place === 'outside') return refused(path, 'leads out of the checkout');
  try {
    return readFile(place, path);
  } catch {
    return refused(path, 'cannot be read');
  }
}

function readFile(place: string, path: string): Observed<string> {
  const file = openSync(place, 'r');
  try {
    const { size } = fstatSync(file);
    if (!fstatSync(file).isFile()) return refused(path, 'is no file');
    if (size > MOST_BYTES) return refused(path, 'is larger than 2 MiB, which no file of this repository is');
    const bytes = Buffer.alloc(size);
    return present(bytes.subarray(0, readSync(file, bytes, 0, size, 0)).toString('utf8'));
  } finally {
    closeSync(file);
  }
}

function refused(path: string, why: string): Observed<never> {
  return unreadable(
    problem('CHECKOUT_INVALID', `${cleanName(path)} ${why}`, 'Check the file out again, as the repository has it.'),
  );
}

/** Outside a repository nothing is tracked; inside one git has to say so. */
function isTracked(root: string, path: string): boolean {
  const git = spawnSync('git', ['-C', root, 'ls-files', '--error-unmatch', '--', path], {
    stdio: 'ignore',
    timeout: 10_000,
  });
  if (git.status === 0) return true;
  // 1: not in the index. Anything else: no git, or a repository that it will not look into.
  return git.status !== 1 && isRepository(root);
}

function isRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  const above = dirname(folder);
  return above !== folder && isRepository(above);
}

/** Names of what is in a folder, sorted; none when there is no such folder. */
function listFolder(root: string, path: string): readonly string[] {
  const place = within(root, path);
  if (place === undefined || place === 'outside') return [];
  try {
    return readdirSync(place).sort();
  } catch {
    return [];
  }
}
