// Runs the named lanes of scripts/lanes.mjs, by default all: `node scripts/test.mjs [lane ...] [-- jest arguments]`.
// The last line counts tests over all of them. A lane that cannot run is skipped, and failed when CI=true.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LANES } from './lanes.mjs';
import { ENVIRONMENT, setup } from './setup.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CI = process.env.CI === 'true';

const PASSED = { passed: 1, failed: 0, skipped: 0 };
const FAILED = { passed: 0, failed: 1, skipped: 0 };
const SKIPPED = CI ? FAILED : { passed: 0, failed: 0, skipped: 1 };

/** What jest wrote about its run; a file that did not even load counts as one failure, and so does a run without a report. */
function counts(file, status) {
  let run;
  try {
    run = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return FAILED;
  }
  const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites: broken } = run;
  const left = run.numPendingTests + run.numTodoTests;
  const failed = numFailedTests + broken + (CI ? left : 0);
  // Jest also fails without a failed test, for example when it finds none.
  return { passed, failed: status !== 0 && failed === 0 ? 1 : failed, skipped: CI ? 0 : left };
}

function runLane(name, extra) {
  const { command, counted } = LANES[name];
  const [program, ...args] = command;
  const file = join(ROOT, '.out', `${name}.json`);
  rmSync(file, { force: true });
  const all = counted ? [...args, '--json', `--outputFile=${file}`, ...extra] : args;
  // Jest prints its report twice when asked for JSON: the text on stderr is enough.
  const stdio = ['ignore', counted ? 'ignore' : 'inherit', 'inherit'];
  const env = process.stderr.isTTY ? ENVIRONMENT : { ...ENVIRONMENT, NO_COLOR: '1' };
  const { status, error } = spawnSync(program, all, { cwd: ROOT, env, stdio });
  if (error) process.stderr.write(`${program}: ${error.message}\n`);
  if (counted) return counts(file, status);
  return status === 0 ? PASSED : FAILED;
}

function attempt(name, problems, extra) {
  process.stdout.write(`\n== ${name}\n`);
  const missing = (LANES[name].needs ?? []).filter((need) => problems.has(need));
  if (missing.length === 0) return runLane(name, extra);
  process.stdout.write(`${name} cannot run. ${missing.map((need) => problems.get(need)).join('. ')}\n`);
  return SKIPPED;
}

const split = process.argv.indexOf('--');
const asked = process.argv.slice(2, split < 0 ? undefined : split);
const extra = split < 0 ? [] : process.argv.slice(split + 1);
const unknown = asked.filter((name) => !Object.hasOwn(LANES, name));
if (unknown.length > 0)
  throw new Error(`no such lane: ${unknown.join(', ')}; there are ${Object.keys(LANES).join(', ')}`);

const lanes = asked.length > 0 ? asked : Object.keys(LANES);
const problems = setup(new Set(lanes.flatMap((name) => LANES[name].needs ?? [])));
mkdirSync(join(ROOT, '.out'), { recursive: true });
const results = lanes.map((name) => {
  const start = Date.now();
  return { name, ...attempt(name, problems, extra), seconds: (Date.now() - start) / 1000 };
});

process.stdout.write('\n');
for (const { name, passed, failed, skipped, seconds } of results) {
  const left = skipped > 0 ? `, ${skipped} skipped` : '';
  process.stdout.write(`${name.padEnd(12)}${passed} ok, ${failed} not ok${left} (${seconds.toFixed(1)} s)\n`);
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
process.exitCode = sum('failed') > 0 ? 1 : 0;
const left = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed${left}\n`);
