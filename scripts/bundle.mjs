import { mkdir, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ncc from '@vercel/ncc';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What stands in for a package in the bundle, and why. */
const STAND_INS = {
  // node-vault's own transport: the Vault adapter hands it ours, which honours proxies, CAs and time-outs.
  axios: `module.exports = { create() { throw new Error('axios is not in the bundle') } };`,
  // node-vault would print request bodies, secrets included, for whoever sets DEBUG.
  debug: 'module.exports = () => () => {};',
  // @actions/github's own transport, made while it loads: the GitHub adapter hands octokit ours as well.
  '@actions/http-client': 'exports.HttpClient = class { getAgent() {} getAgentDispatcher() {} };',
  undici: `exports.fetch = exports.Agent = exports.ProxyAgent = () => { throw new Error('undici is not in the bundle') };`,
  // Native accelerators that ws tries and does without.
  bufferutil: `throw new Error('bufferutil is not in the bundle');`,
  'utf-8-validate': `throw new Error('utf-8-validate is not in the bundle');`,
};

const standIns = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    const names = Object.keys(STAND_INS).join('|');
    onResolve({ filter: new RegExp(`^(${names})$`) }, ({ path }) => ({ path, namespace: 'stand-in' }));
    onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({ contents: STAND_INS[path] }));
  },
};

// Asked for when the importing module runs, not all at start as import statements are; and nothing is left for ncc to resolve.
const builtins = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(node:.*|${builtinModules.join('|')})$`);
    onResolve({ filter }, ({ path }) => ({
      path: path.replace(/^node:/, ''),
      namespace: 'builtin',
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

// Of its 3 MB of generated models only what is named is kept; its package.json does not say that this is safe.
const pureClient = {
  name: 'pure-client',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^(@kubernetes\/client-node$|\.)/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === pureClient.name) return undefined;
      if (path.startsWith('.') && !from.importer.includes('client-node')) return undefined;
      const found = await resolve(path, { ...from, pluginData: pureClient.name });
      return { ...found, sideEffects: false };
    });
  },
};

/** Tree-shakes one TypeScript entry into `target`, a single module that asks nothing of its surroundings; answers esbuild's metafile. */
export async function shake(entry, target) {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile: target,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    charset: 'utf8',
    // ncc would wrap the whole bundle in one async function, which makes Node.js parse it twice: nearly twice the start.
    supported: { 'top-level-await': false },
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    plugins: [standIns, builtins, pureClient],
  });
  return metafile;
}

/** Packs what `shake` wrote into `<folder>/index.js`. */
export async function pack(source, folder) {
  const { code, assets } = await ncc(source, {
    cache: false,
    minify: true,
    sourceMap: false,
    quiet: true,
    target: 'es2024',
  });
  const unexpected = Object.keys(assets).filter((name) => name !== 'package.json');
  if (unexpected.length > 0) throw new Error(`${source} needs files beside it: ${unexpected.join(', ')}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.js'), code);
}
