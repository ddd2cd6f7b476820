import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JobRun, readActLog } from './act-log.ts';
import { commitRepository } from './commit.ts';
import { node24 } from './github.ts';
import { usedActions } from './uses.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ACT = join(ROOT, '.tools', 'bin', 'act');
const SELF = 'bitiq-io/vault-cluster-bind';
const STAND_INS = join(ROOT, 'sandbox', 'actions');

export interface WorkflowRun {
  /** Path of the workflow in the repository. */
  workflow: string;
  event?: string;
  /** The event's payload. */
  payload?: unknown;
  secrets?: Record<string, string>;
  vars?: Record<string, string>;
  /** Environment of every step, as a self-hosted runner has one. */
  env?: Record<string, string>;
  /** Labels beside ubuntu-24.04 that this machine answers to. */
  labels?: string[];
  /** Host of a GitHub Enterprise Server. Default: github.com. */
  instance?: string;
  /** Name of the repository that the action is called by. Default: bitiq-io/vault-cluster-bind. */
  action?: string;
  /** SIGKILL after this time. Default: 120 s. */
  timeoutMs?: number;
}

export interface WorkflowResult {
  readonly exitCode: number | null;
  /** What the runner printed, masked. */
  readonly log: string;
  /** Every job that ran, each job of a matrix by itself, in the order of their start. */
  readonly jobs: readonly JobRun[];
}

/** Repositories on disk, and a workflow runner (nektos/act, on this machine itself) for them. */
export interface Runner {
  readonly dir: string;
  /** Makes a repository with these files, in one commit. */
  repository(name: string, files: Record<string, string>): string;
  /** Runs a workflow of a repository. Artifacts of the run before are gone. */
  run(repository: string, run: WorkflowRun): Promise<WorkflowResult>;
  remove(): void;
}

/** What a caller gets as `bitiq-io/vault-cluster-bind@v1`: the working tree's action, bundle and workflows. */
function copyAction(dir: string): string {
  const target = join(dir, 'action');
  for (const part of ['action.yml', 'dist', join('.github', 'workflows')])
    cpSync(join(ROOT, part), join(target, part), { recursive: true });
  return target;
}

/** One `--local-repository` for each action that the workflow, or a workflow it calls, uses. */
function localRepositories(workflow: string, action: string, self: string): string[] {
  const used = usedActions(workflow, (name) => readFileSync(join(action, '.github', 'workflows', name), 'utf8'));
  return used.flatMap(({ repository, ref }) => {
    const dir = [SELF, self].includes(repository) ? action : join(STAND_INS, basename(repository));
    if (!existsSync(join(dir, 'action.yml'))) throw new Error(`nothing stands in for ${repository}`);
    return ['--local-repository', `${repository}@${ref}=${dir}`];
  });
}

function envFile(path: string, values: Record<string, string>): string {
  const quoted = Object.entries(values).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
  writeFileSync(path, quoted.join(''), { mode: 0o600 });
  return path;
}

function argumentsOf(dir: string, cwd: string, action: string, run: WorkflowRun): string[] {
  const text = readFileSync(join(cwd, run.workflow), 'utf8');
  const labels = ['ubuntu-24.04', ...(run.labels ?? [])];
  const env = {
    RUNNER_ENVIRONMENT: 'github-hosted',
    GITHUB_RUN_ATTEMPT: '1',
    SANDBOX_REPOSITORIES: join(dir, 'repositories'),
    SANDBOX_ARTIFACTS: join(dir, 'artifacts'),
    ...run.env,
  };
  const event = join(dir, 'event.json');
  writeFileSync(event, JSON.stringify(run.payload ?? {}));
  return [
    run.event ?? 'workflow_dispatch',
    ...['--workflows', run.workflow, '--json', '--no-cache-server', '--eventpath', event],
    ...['--action-cache-path', join(dir, 'cache'), '--defaultbranch', 'main', '--concurrent-jobs', '4'],
    ...labels.flatMap((label) => ['--platform', `${label}=-self-hosted`]),
    ...[
      '--env-file',
      envFile(join(dir, 'env'), env),
      '--secret-file',
      envFile(join(dir, 'secrets'), run.secrets ?? {}),
    ],
    ...['--var-file', envFile(join(dir, 'vars'), run.vars ?? {})],
    ...(run.instance === undefined ? [] : ['--github-instance', run.instance]),
    ...localRepositories(text, action, run.action ?? SELF),
  ];
}

async function start(dir: string, cwd: string, args: string[], timeoutMs: number): Promise<WorkflowResult> {
  const home = join(dir, 'home');
  mkdirSync(home, { recursive: true });
  const child = spawn(ACT, args, {
    cwd,
    env: { PATH: `${dirname(node24())}${delimiter}${process.env['PATH'] ?? ''}`, HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that the steps end with it.
    detached: true,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (log += text));
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), timeoutMs);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  return { exitCode, log, jobs: readActLog(log) };
}

/** Needs `node scripts/setup.mjs act`. */
export function openRunner(): Runner {
  if (!existsSync(ACT)) throw new Error('no workflow runner here: run `node scripts/setup.mjs act`');
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-act-'));
  const action = copyAction(dir);
  const path = (name: string): string => join(dir, 'repositories', name);
  return {
    dir,
    repository(name, files) {
      commitRepository(path(name), `https://github.com/${name}`, files);
      return path(name);
    },
    async run(repository, run) {
      // The runner leaves the folders of failed jobs, each with a copy of the action.
      for (const part of ['artifacts', 'cache']) rmSync(join(dir, part), { recursive: true, force: true });
      mkdirSync(join(dir, 'artifacts'));
      const cwd = path(repository);
      return start(dir, cwd, argumentsOf(dir, cwd, action, run), run.timeoutMs ?? 120_000);
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
