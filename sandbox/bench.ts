import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node24, runAction } from './github.ts';
import { makeGitopsHealthy } from './gitops.ts';
import { putGitopsPolicy } from './gitops-vault.ts';
import { kubePath } from './real/build.ts';
import { ENV, openScene, type Scene } from './scene.ts';
import { findVault } from './vault/binary.ts';

const RUNS = 7;
const HOME = 'openshift-gitops';

/** Wall time of `work` in ms. */
async function timed(work: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

async function median(
  work: (turn: number) => unknown,
  prepare: (turn: number) => unknown = () => undefined,
): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < RUNS; turn++) {
    await prepare(turn);
    times.push(await timed(() => work(turn)));
  }
  return times.sort((left, right) => left - right)[Math.floor(RUNS / 2)] as number;
}

function command(file: string, args: string[], env: Record<string, string>): string {
  const { status, stdout, stderr } = spawnSync(file, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args.slice(0, 4).join(' ')} ended with ${status}: ${stderr.slice(0, 300)}`);
  return stdout.trim();
}

/** What the runbook has people type for one mount, and the `get`s of its checklist. */
function runbook(scene: Scene, kubeconfig: string, vault: string, turn: number): void {
  const kubectl = (...args: string[]): string =>
    command(kubePath(), ['kubectl', '--kubeconfig', kubeconfig, ...args], { HOME: tmpdir() });
  const name = `by-hand-${turn}`;
  kubectl('-n', HOME, 'create', 'sa', name);
  kubectl(
    'create',
    'clusterrolebinding',
    name,
    '--clusterrole=system:auth-delegator',
    `--serviceaccount=${HOME}:${name}`,
  );
  const jwt = kubectl('-n', HOME, 'create', 'token', name, '--duration=24h');
  const ca = kubectl('-n', HOME, 'get', 'configmap', 'kube-root-ca.crt', '-o', 'jsonpath={.data.ca\\.crt}');
  const fields = [`token_reviewer_jwt=${jwt}`, `kubernetes_host=${scene.cluster.server}`, `kubernetes_ca_cert=${ca}`];
  command(vault, ['write', `auth/${name}/config`, ...fields], {
    VAULT_ADDR: scene.vault.address,
    BAO_ADDR: scene.vault.address,
    VAULT_TOKEN: scene.vault.rootToken,
    BAO_TOKEN: scene.vault.rootToken,
    HOME: tmpdir(),
  });
  kubectl('-n', HOME, 'get', 'argocds.argoproj.io', 'openshift-gitops');
  kubectl('-n', HOME, 'get', 'applicationsets,applications');
  kubectl('-n', HOME, 'get', 'applications', `vault-config-${ENV}`, `vault-runtime-${ENV}`);
  kubectl('-n', HOME, 'get', 'secret', 'argocd-image-updater-secret');
  kubectl('-n', 'openshift-pipelines', 'get', 'secret', 'quay-auth', 'github-webhook-secret', 'gitops-repo-creds');
  kubectl('-n', `bitiq-${ENV}`, 'get', 'secret', 'toy-service-config', 'toy-web-config');
}

async function bind(scene: Scene, inputs: Record<string, string>): Promise<void> {
  const ended = await runAction({ bundle: 'main', inputs, env: scene.oidc });
  ended.remove();
  if (ended.exitCode !== 0) throw new Error(`bind ended with ${ended.exitCode}: ${ended.log}`);
}

const scene = await openScene({ real: true });
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, scene.cluster.adminKubeconfig);
  await putGitopsPolicy(scene.vault, ENV);
  await makeGitopsHealthy(scene.cluster, ENV);
  const inputs = (turn: number, more: Record<string, string> = {}): Record<string, string> =>
    scene.adminInputs({ mount: `bench-${turn}`, 'reviewer-service-account': `bench-${turn}`, ...more });
  const byHand = await median(
    (turn) => runbook(scene, kubeconfig, findVault().path, turn),
    (turn) => scene.vault.request('POST', `sys/auth/by-hand-${turn}`, { type: 'kubernetes' }),
  );
  const whole = await median((turn) => bind(scene, inputs(turn, { wait: '30s' })));
  const again = await median((turn) => bind(scene, inputs(turn)));
  const bare = await median(() => command(node24(), ['-e', '0'], {}));
  const say = (what: string, ms: number, of: number): void =>
    console.log(`${what.padEnd(62)} ${Math.round(ms).toString().padStart(5)} ms  ${(ms / of).toFixed(2)}`);
  console.log(`medians of ${RUNS}; the last column is the share of the runbook's time\n`);
  say("the runbook's commands and the gets of its checklist", byHand, byHand);
  say('bind of an empty mount with proof and the whole checklist', whole, byHand);
  say('bind again, nothing to do', again, byHand);
  say('node, which does nothing', bare, byHand);
} finally {
  await scene.stop();
  rmSync(folder, { recursive: true, force: true });
}
