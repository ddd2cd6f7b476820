import { join } from 'node:path';
import { NODE } from './node.mjs';

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

/** Every lane of `make test`, in order. One that is not `counted` is one test; `needs` names parts of scripts/setup.mjs. */
export const LANES = {
  lint: { command: [NODE, bin('@biomejs', 'biome', 'bin', 'biome'), 'ci', '--colors=off', '--reporter=concise', '.'] },
  types: { command: [NODE, bin('typescript', 'bin', 'tsc'), '--project', 'tsconfig.check.json'] },
  unit: jest([], { ignore: [...SERVED, 'bundle'].map((name) => `/__tests__/${name}/`) }),
  dist: { command: [NODE, join('scripts', 'build.mjs'), '--check'] },
  bundle: jest(['__tests__/bundle/'], { serial: true }),
  ...Object.fromEntries(
    SERVED.map((name) => [name, { ...jest([`__tests__/${name}/`], { serial: true }), needs: ['vault', 'kubernetes'] }]),
  ),
  actionlint: { command: ['actionlint', '-color=false'], needs: ['vault', 'actionlint'] },
  zizmor: { command: ['zizmor', '--offline', '--no-progress', '--color=never', '.'], needs: ['vault'] },
};
