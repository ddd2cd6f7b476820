import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { type BootstrapFact, type BootstrapTrace, noTrace, readTrace, shownCommand } from '../binding/bootstrap.js';
import { BindError, problem } from '../binding/errors.js';
import type { HeldAccess, Intent } from '../binding/intent.js';
import type { BootstrapPort, Log } from '../ports.js';
import { absolutePaths, bootstrapEnvironment, bootstrapSecrets } from './bootstrap-environment.js';
import { LineCutter, Transcript } from './bootstrap-output.js';
import { openCheckout } from './checkout.js';
import { type ChildEnd, runChild } from './child.js';
import { Concealer } from './conceal.js';
import { expandHome, readMaterial } from './files.js';
import { credentialsIn, flatKubeconfig } from './kubeconfig-flat.js';
import type { Runner } from './runner.js';
import { placeKubeconfig } from './work-folder.js';

export interface BootstrapOptions {
  readonly intent: Intent;
  readonly access: HeldAccess | undefined;
  readonly runner: Pick<Runner, 'env' | 'secret' | 'secrets' | 'temp'>;
  /** API server URL of the cluster that was bound. */
  readonly server: string;
  readonly log: Pick<Log, 'info'>;
  readonly signal: AbortSignal;
}

/** As a `run` step of a workflow has it, which takes sh where there is no bash. */
const SHELLS = [
  ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail'],
  ['sh', '-e'],
] as const;

/** The user's command with files of its own and an environment that holds nothing of ours. */
export function openBootstrap(options: BootstrapOptions): BootstrapPort {
  const { intent, runner } = options;
  const command = intent.bootstrapCommand ?? '';
  for (const { label, value } of bootstrapSecrets(runner.env)) runner.secret(label, value);
  const concealed = (): Concealer => new Concealer(runner.secrets());
  return {
    shown: concealed().conceal(shownCommand(command)),
    run: async (limitSeconds) => {
      const cwd = workingFolder(intent, runner.env);
      const place = makeFiles(options, cwd, command);
      const remove = onExit(place.remove);
      try {
        const startedAt = Date.now();
        const concealer = concealed();
        options.log.info(`bootstrap: ${concealer.conceal(shownCommand(command))} (limit ${limitSeconds} s)`);
        const end = await perform(options, { cwd, env: place.env, script: place.script, limitSeconds }, concealer);
        const trace = traceOf(cwd, intent.cluster, startedAt, concealer);
        return { ...end, limitSeconds, durationMs: Date.now() - startedAt, trace } satisfies BootstrapFact;
      } finally {
        remove();
      }
    },
  };
}

interface Performance {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly script: string;
  readonly limitSeconds: number;
}

async function perform({ log, signal }: BootstrapOptions, what: Performance, concealer: Concealer): Promise<ChildEnd> {
  const transcript = new Transcript(concealer, (line) => log.info(`  | ${line}`));
  const [stdout, stderr] = [new LineCutter(transcript.take), new LineCutter(transcript.take)];
  const { cwd, env, script, limitSeconds } = what;
  const started = { cwd, env, limitMs: limitSeconds * 1000, signal };
  const streams = { stdout: (chunk: Buffer) => stdout.push(chunk), stderr: (chunk: Buffer) => stderr.push(chunk) };
  let end: ChildEnd = { ended: 'not-started' };
  for (const [shell, ...flags] of SHELLS) {
    end = await runChild(shell, [...flags, script], { ...started, ...streams });
    if (end.ended !== 'not-started') break;
  }
  stdout.end();
  stderr.end();
  transcript.end();
  return end;
}

/** The checkout of the clusters repository, else where a workflow's commands run. */
function workingFolder({ clustersPath }: Intent, env: Readonly<Record<string, string | undefined>>): string {
  const folder = resolve(expandHome(clustersPath ?? (env['GITHUB_WORKSPACE'] || '.')));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  const source = clustersPath === undefined ? 'the workspace' : 'clusters-path';
  throw new BindError(
    problem(
      'CHECKOUT_INVALID',
      `bootstrap-command runs in ${source}, and there is no such folder`,
      'Check the clusters repository out first, and set clusters-path to its folder.',
    ),
  );
}

interface Files {
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/** Everything the command finds on disk, in one folder that nobody else may look into. */
function makeFiles({ intent, access, runner, server }: BootstrapOptions, cwd: string, command: string): Files {
  const folder = mkdtempSync(join(runner.temp, 'vault-cluster-bind-bootstrap-'));
  let take = (): void => undefined;
  const remove = (): void => {
    take();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    // In a file, for the command line of a process is read by everyone on the machine.
    const script = write('command', `${command}\n`);
    const flat = access === undefined ? '' : write('kubeconfig', flatKubeconfig(access));
    const own = access?.via === 'kubeconfig' && access.material.form === 'path' && access.context === undefined;
    const paths = own ? absolutePaths(access.material.content.reveal()) : [];
    for (const value of credentialsIn(paths)) runner.secret('kubeconfig', value);
    const kubeconfig = own ? paths.join(delimiter) : flat;
    const { ca } = intent.vault;
    const vaultCa = ca === undefined ? '' : write('vault-ca.pem', readMaterial(ca));
    if (flat !== '') take = placeKubeconfig(cwd, intent.cluster, flat, server);
    return { script, env: bootstrapEnvironment(runner.env, intent, { kubeconfig, vaultCa }), remove };
  } catch (thrown) {
    remove();
    throw thrown;
  }
}

/** Once, at the latest when the process ends. */
function onExit(remove: () => void): () => void {
  process.once('exit', remove);
  return () => {
    process.off('exit', remove);
    remove();
  };
}

/** What the command wrote down; a file that is older than the command tells of another run. */
function traceOf(checkout: string, cluster: string, startedAt: number, concealer: Concealer): BootstrapTrace {
  const path = join('clusters', cluster, '.work', 'gitops-bootstrap.json');
  const read = openCheckout(checkout)?.text(path);
  if (read === undefined || read.state === 'absent') return noTrace('absent');
  if (read.state === 'unreadable') return noTrace('unreadable');
  const written = statSync(join(checkout, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // Some file systems keep whole seconds.
  if (written < Math.floor(startedAt / 1000) * 1000) return noTrace('stale');
  return readTrace(read.value, (text) => concealer.conceal(text));
}
