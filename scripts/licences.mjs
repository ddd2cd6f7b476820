import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The folder of the package that an input of esbuild's metafile belongs to, or undefined for our own files and stand-ins. */
function packageFolder(input) {
  return /^(?:stand-in|builtin):/.test(input) ? undefined : /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

async function licence(folder) {
  const { name, version, license, licenses } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
  const files = (await readdir(join(ROOT, folder))).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(ROOT, folder, file), 'utf8')));
  // Old packages list objects here.
  const id = [license ?? licenses ?? []]
    .flat()
    .map((one) => one.type ?? one)
    .join(' OR ');
  return { name, version, id, text: texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n') };
}

/** The licence texts of every package with code in the bundles that `metafiles` describe, sorted by name; throws for one without. */
export async function licences(metafiles) {
  const used = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([input, { bytesInOutput }]) => (bytesInOutput > 0 ? [input] : [])),
    ),
  );
  const folders = new Set(used.map(packageFolder).filter(Boolean));
  const found = await Promise.all([...folders].map(licence));
  found.sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
  const bare = found.filter(({ text, id }) => !text && !id);
  if (bare.length > 0) throw new Error(`no licence in ${bare.map(({ name }) => name).join(', ')}`);
  return found
    .map(({ name, version, id, text }) => `${name} ${version}\n${id}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}
