import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE } from './node.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const bin = (...path) => join('node_modules', ...path);

function jest(folders, { serial = false, ignore = [] } = {}) {
  return {
    counted: true,
    command: [
      NODE,
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      bin('jest', 'bin', 'jest.js'),
      ...(serial ? ['--runInBand'] : []),
      ...(ignore.length > 0 ? [`--testPathIgnorePatterns=${ignore.join('|')}`] : []),
      ...folders,
    ],
  };
}

/** Folders of tests that start servers or run dist/: each is a lane of its own, one test file at a time on a small machine. */
const SERVED = ['contract', 'leak', 'e2e'];

const ymlIn = (folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.yml'))
    .sort()
    .map((name) => join(folder, name));
const EXAMPLES = ymlIn('examples');
const WORKFLOWS = [...ymlIn(join('.github', 'workflows')), ...EXAMPLES];

/** Every lane of `make test`, in order. One that is not `counted` is one test; `needs` names parts of scripts/setup.mjs. */
export const LANES = {
  lint: { command: [NODE, bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--colors=off', '--reporter=concise', '.'] },
  types: { command: [NODE, bin('typescript', 'bin', 'tsc'), '--project', 'tsconfig.check.json'] },
  unit: jest([], { ignore: [...SERVED, 'bundle', 'workflows'].map((name) => `/__tests__/${name}/`) }),
  dist: { command: [NODE, join('scripts', 'build.mjs'), '--check'] },
  bundle: jest(['__tests__/bundle/'], { serial: true }),
  ...Object.fromEntries(
    SERVED.map((name) => [name, { ...jest([`__tests__/${name}/`], { serial: true }), needs: ['vault', 'kubernetes'] }]),
  ),
  // The reusable workflows and the examples, run by a workflow runner.
  workflows: { ...jest(['__tests__/workflows/'], { serial: true }), needs: ['vault', 'kubernetes', 'act'] },
  actionlint: { command: ['actionlint', '-color=false', ...WORKFLOWS], needs: ['vault', 'actionlint'] },
  // Of a folder it reads .github/workflows alone; the examples are named one by one.
  zizmor: { command: ['zizmor', '--offline', '--no-progress', '--color=never', '.', ...EXAMPLES], needs: ['vault'] },
};
