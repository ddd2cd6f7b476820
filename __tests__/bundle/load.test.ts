import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';

const ROOT = resolve(import.meta.dirname, '../..');

interface Action {
  runs: { using: string; main: string; post: string };
}

let home: string;
let runs: Action['runs'];

/** Runs a file of the action as a runner does, from a folder that holds nothing but what a runner downloads. */
function start(
  file: string,
  inputs: Record<string, string>,
): { status: number | null; output: string; stderr: string } {
  const files = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'];
  const job = mkdtempSync(join(home, 'job-'));
  for (const name of files) writeFileSync(join(job, name), '');
  const env: Record<string, string> = {
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: job,
    RUNNER_TEMP: job,
    HOME: job,
    ...inputs,
  };
  for (const name of files) env[name] = join(job, name);
  // Windows cannot open a socket, or load a library of its own, without it.
  if (process.env['SystemRoot']) env['SystemRoot'] = process.env['SystemRoot'];
  const args = ['--throw-deprecation', join(home, 'action', file)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: job, env, encoding: 'utf8', input: '' });
  return { status, output: stdout, stderr };
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'vault-cluster-bind-bundle-'));
  const action = join(home, 'action');
  mkdirSync(action);
  for (const name of ['action.yml', 'dist']) cpSync(join(ROOT, name), join(action, name), { recursive: true });
  runs = (load(readFileSync(join(action, 'action.yml'), 'utf8')) as Action).runs;
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('dist, with no package beside it', () => {
  test('is for the Node.js of the runner that action.yml asks for', () => {
    expect(runs.using).toBe(`node${process.versions.node.split('.')[0]}`);
  });

  test('main loads and gets as far as to refuse an input that does not exist', () => {
    const { status, output, stderr } = start(runs.main, { INPUT_ENV: 'prodtest', INPUT_KUBECONFG: 'x' });
    expect(`${output}${stderr}`).not.toMatch(/Cannot find|ERR_|SyntaxError|ReferenceError|TypeError|\n\s+at /);
    expect(output).toMatch(/^::error[^\n]*kubeconfig/im);
    expect(status).toBe(1);
  });

  test('post loads and has nothing to do after a run that saved nothing', () => {
    const { status, stderr } = start(runs.post, {});
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test.each(['main', 'post'] as const)('%s names no folder of the machine that built it', (entry) => {
    const code = readFileSync(join(ROOT, runs[entry]), 'utf8');
    expect(code).not.toContain(ROOT);
    expect(code).not.toMatch(/file:\/\/\/|sourceMappingURL/);
  });

  test('comes with the licence texts of the libraries in it', () => {
    const texts = readFileSync(join(ROOT, 'dist', 'licenses.txt'), 'utf8');
    for (const name of ['@actions/core', '@actions/exec', '@kubernetes/client-node', 'node-vault']) {
      expect(texts).toMatch(new RegExp(`^${name} \\d[^\\n]*\\n[^\\n]+\\n\\n[^]*?(copyright|license)`, 'im'));
    }
  });
});
