import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';

const { env } = process;
const from = join(env['SANDBOX_REPOSITORIES'] ?? '', env['INPUT_REPOSITORY'] || (env['GITHUB_REPOSITORY'] ?? ''));
if (env['INPUT_PERSIST-CREDENTIALS'] !== 'false') throw new Error('this checkout would leave its token on disk');
if (!existsSync(join(from, '.git'))) throw new Error(`there is no repository ${env['INPUT_REPOSITORY']}`);
cpSync(from, join(env['GITHUB_WORKSPACE'] ?? '', env['INPUT_PATH'] ?? '.'), { recursive: true });
