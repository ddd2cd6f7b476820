import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MODULE = fileURLToPath(new URL('.', import.meta.url));

function version(): string {
  const found = /k8s\.io\/kubernetes v([\d.]+)/.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'));
  if (!found?.[1]) throw new Error(`${MODULE}go.mod requires no k8s.io/kubernetes`);
  return found[1];
}

/** Where the multi-call binary (etcd, kube-apiserver, kube-controller-manager, kubectl) of this version lies once it is built. */
export function kubePath(): string {
  const hash = createHash('sha256');
  for (const file of ['go.sum', 'main.go']) hash.update(readFileSync(join(MODULE, file)));
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'vault-cluster-bind', `kube-${version()}-${hash.digest('hex').slice(0, 12)}`);
}

function compile(target: string): Promise<void> {
  const [major, minor] = version().split('.');
  const set = 'k8s.io/component-base/version';
  const flags = `-s -w -X ${set}.gitVersion=v${version()} -X ${set}.gitMajor=${major} -X ${set}.gitMinor=${minor}`;
  return new Promise((resolve, reject) => {
    const go = spawn('go', ['build', '-ldflags', flags, '-o', target, '.'], { cwd: MODULE, stdio: ['ignore', 2, 2] });
    go.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new Error('the real API server is built from source: install Go 1.25 or newer and put it in PATH')
          : error,
      ),
    );
    go.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`go build in ${MODULE} ended with ${code}`))));
  });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** True when we hold the lock; false when its holder is still at work. */
function lock(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    // A holder that died mid-build leaves its file; whoever removes it tries again.
    const holder = Number(existsSync(path) ? readFileSync(path, 'utf8') || '0' : '0');
    if (holder > 0 && !alive(holder)) rmSync(path, { force: true });
    return false;
  }
}

/**
 * Builds the binary unless it is cached (a cold build takes about 5 minutes) and gives its path.
 * @throws when there is no Go or the build fails.
 */
export async function buildKube(): Promise<string> {
  const target = kubePath();
  mkdirSync(join(target, '..'), { recursive: true });
  while (!existsSync(target)) {
    if (!lock(`${target}.lock`)) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    const partial = `${target}.${process.pid}`;
    try {
      await compile(partial);
      renameSync(partial, target);
    } finally {
      rmSync(partial, { force: true });
      rmSync(`${target}.lock`, { force: true });
    }
  }
  return target;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await buildKube());
}
