import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const locked = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));

/** The Node.js that runs this project's TypeScript: the locked one, or the caller's own where package.json locks none. */
export const NODE = process.platform !== 'win32' && existsSync(locked) ? locked : process.execPath;
