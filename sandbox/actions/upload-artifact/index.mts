import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const { env } = process;
const name = env['INPUT_NAME'] ?? '';
const path = env['INPUT_PATH'] ?? '';
if (!/^[^"*/:<>?\\|\r\n]+$/.test(name)) throw new Error(`${name} cannot be the name of an artifact`);
const folder = join(env['SANDBOX_ARTIFACTS'] ?? '', name);
if (existsSync(folder) && env['INPUT_OVERWRITE'] !== 'true') throw new Error(`there is an artifact ${name} already`);
if (existsSync(path)) {
  mkdirSync(folder, { recursive: true });
  copyFileSync(path, join(folder, basename(path)));
} else if (env['INPUT_IF-NO-FILES-FOUND'] === 'error') throw new Error(`there is no file ${path}`);
