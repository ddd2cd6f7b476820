import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';

const { env } = process;
const root = env['SANDBOX_ARTIFACTS'] ?? '';
const target = env['INPUT_PATH'] ?? '';
const found = readdirSync(root).filter((name) => matchesGlob(name, env['INPUT_PATTERN'] ?? ''));
for (const name of found) {
  // As the real one: a folder for each, unless they are merged or there is only one.
  const merged = env['INPUT_MERGE-MULTIPLE'] === 'true' || found.length === 1;
  const folder = merged ? target : join(target, name);
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, name), folder, { recursive: true });
}
console.log(`${found.length} artifacts${existsSync(target) ? '' : '; no folder is made for none'}`);
