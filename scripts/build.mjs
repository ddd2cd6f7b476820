// Builds dist/ from src/: `node scripts/build.mjs [--out folder] [--source folder] [--check]`.
// --check writes nothing and fails unless dist/ is what src/ builds.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pack, shake } from './bundle.mjs';
import { licences } from './licences.mjs';
import { measure } from './measure.mjs';
import { NODE } from './node.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ENTRIES = ['main', 'post'];

async function compile(source, out, work) {
  const metafiles = [];
  for (const entry of ENTRIES) {
    const shaken = join(work, `${entry}.mjs`);
    metafiles.push(await shake(join(source, `${entry}.ts`), shaken));
    await pack(shaken, join(out, entry));
  }
  await writeFile(join(out, 'package.json'), '{"type":"module"}\n');
  await writeFile(join(out, 'licenses.txt'), await licences(metafiles));
}

async function contents(folder) {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return new Map(await Promise.all(files.map(async (file) => [file.slice(folder.length + 1), await readFile(file)])));
}

async function differing(a, b) {
  const [left, right] = [await contents(a), await contents(b).catch(() => new Map())];
  const names = new Set([...left.keys(), ...right.keys()]);
  return [...names].filter((name) => !left.get(name)?.equals(right.get(name) ?? Buffer.alloc(0))).sort();
}

async function report(out) {
  const bare = measure(NODE, ['-e', '0'], {});
  const lines = [];
  for (const entry of ENTRIES) {
    const file = join(out, entry, 'index.js');
    const { size } = await stat(file);
    const loaded = measure(NODE, [file], {});
    const ratio = (key) => `${(loaded[key] / bare[key]).toFixed(1)}x`;
    lines.push(
      `${entry}: ${(size / 1e6).toFixed(2)} MB, start ${ratio('seconds')}, peak memory ${ratio('kibibytes')} of bare node`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(ROOT, 'dist') },
    source: { type: 'string', default: join(ROOT, 'src') },
    check: { type: 'boolean', default: false },
  },
});

await mkdir(join(ROOT, '.out'), { recursive: true });
const work = await mkdtemp(join(ROOT, '.out', 'build-'));
try {
  const fresh = join(work, 'dist');
  await compile(values.source, fresh, work);
  const stale = await differing(fresh, values.out);
  if (values.check && stale.length > 0) {
    process.stderr.write(`dist/ is not what src/ builds: ${stale.join(', ')}. Run \`make build\` and commit dist/.\n`);
    process.exitCode = 1;
  } else if (!values.check) {
    await rm(values.out, { recursive: true, force: true });
    for (const [name, bytes] of await contents(fresh)) {
      await mkdir(join(values.out, name, '..'), { recursive: true });
      await writeFile(join(values.out, name), bytes);
    }
    await report(values.out);
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
