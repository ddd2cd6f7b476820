import { relative, resolve } from 'node:path';

/** A folder as GitHub names it in an annotation: from the workspace of the job, whatever way it was given. */
export function fromWorkspace(folder: string, env: NodeJS.ProcessEnv): string {
  return relative(env['GITHUB_WORKSPACE'] || process.cwd(), resolve(folder)) || '.';
}
