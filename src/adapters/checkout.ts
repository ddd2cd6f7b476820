import { closeSync, fstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { problem } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import { absent, type Observed, present, unreadable } from '../binding/observed.js';
import type { YamlFile } from '../contract/yaml.js';
import type { CheckoutPort } from '../ports.js';
import { readYaml } from './yaml.js';

const MOST_BYTES = 2 * 1024 * 1024;

/** A checkout of a repository in a folder of this machine; undefined when there is no such folder. */
export function openCheckout(folder: string): CheckoutPort | undefined {
  const root = realPath(folder);
  if (root === undefined || !statSync(root).isDirectory()) return undefined;
  const seen = new Map<string, YamlFile>();
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
