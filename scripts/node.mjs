import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bundled = ['node', 'node.exe']
  .map((file) => fileURLToPath(new URL(`../node_modules/.bin/${file}`, import.meta.url)))
  .find((file) => existsSync(file));

/** The Node.js that runs this project's TypeScript: the locked one, or the caller's own where no package of it fits the platform. */
export const NODE = bundled ?? process.execPath;
