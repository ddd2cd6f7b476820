import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Makes a Git repository of these files, in one commit on `main`; what was in the folder is gone. */
export function commitRepository(path: string, url: string, files: Readonly<Record<string, string>>): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  const git = (...args: string[]): void => {
    const who = ['-c', 'user.name=octocat', '-c', 'user.email=octocat@example.com'];
    execFileSync('git', ['-C', path, ...who, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  git('init', '--quiet', '--initial-branch=main');
  git('remote', 'add', 'origin', url);
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '--message=as pasted');
}
