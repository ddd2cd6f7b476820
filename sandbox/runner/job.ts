import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { parseCommandFile } from './command-file.ts';

/** The directories of one job and the command files of one of its steps. */
export interface Job {
  readonly dir: string;
  readonly env: Record<string, string>;
  /** What the step left in its command files. */
  collect(): {
    outputs: Record<string, string>;
    state: Record<string, string>;
    exported: Record<string, string>;
    summary: string;
  };
  /** Every file below `RUNNER_TEMP`, `HOME` and the default workspace, by path relative to `dir`, as text. */
  leftovers(): Record<string, string>;
  remove(): void;
}

function github(workspace: string, eventPath: string): Record<string, string> {
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTION: '__bitiq-io_vault-cluster-bind',
    GITHUB_ACTION_REPOSITORY: 'bitiq-io/vault-cluster-bind',
    GITHUB_ACTION_REF: 'v1',
    GITHUB_ACTOR: 'octocat',
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_EVENT_NAME: 'workflow_dispatch',
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
    GITHUB_JOB: 'bind',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_NAME: 'main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_REPOSITORY: 'bitiq-io/clusters',
    GITHUB_REPOSITORY_ID: '654321',
    GITHUB_REPOSITORY_OWNER: 'bitiq-io',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1000000001',
    GITHUB_RUN_NUMBER: '7',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
    GITHUB_WORKFLOW: 'bind',
    GITHUB_WORKSPACE: workspace,
    RUNNER_ARCH: 'X64',
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_NAME: 'sandbox',
    RUNNER_OS: 'Linux',
  };
}

function readTree(root: string, from: string): Record<string, string> {
  if (!existsSync(root)) return {};
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name));
  return Object.fromEntries(
    files.filter((file) => statSync(file).isFile()).map((file) => [relative(from, file), readFileSync(file, 'latin1')]),
  );
}

/** Makes the step's files and environment; `dir` continues a job, so that `post` sees main's temporary files. */
export function openJob(
  node: string,
  dir = mkdtempSync(join(tmpdir(), 'sandbox-job-')),
  workspace = join(dir, 'work'),
): Job {
  for (const part of ['temp', 'home', 'work', 'tools', 'commands']) mkdirSync(join(dir, part), { recursive: true });
  const step = mkdtempSync(join(dir, 'commands', 'step-'));
  const paths: Record<string, string> = {};
  for (const name of ['OUTPUT', 'STATE', 'ENV', 'PATH', 'STEP_SUMMARY']) {
    paths[`GITHUB_${name}`] = join(step, name.toLowerCase());
    writeFileSync(join(step, name.toLowerCase()), '');
  }
  const eventPath = join(step, 'event.json');
  writeFileSync(eventPath, '{}');
  const read = (name: string): string => readFileSync(join(step, name), 'utf8');
  return {
    dir,
    env: {
      PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`,
      HOME: join(dir, 'home'),
      RUNNER_TEMP: join(dir, 'temp'),
      RUNNER_TOOL_CACHE: join(dir, 'tools'),
      ...github(workspace, eventPath),
      ...paths,
    },
    collect: () => ({
      outputs: parseCommandFile(read('output')),
      state: parseCommandFile(read('state')),
      exported: parseCommandFile(read('env')),
      summary: read('step_summary'),
    }),
    leftovers: () => Object.assign({}, ...['temp', 'home', 'work'].map((part) => readTree(join(dir, part), dir))),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
