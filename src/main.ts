import { systemClock } from './adapters/clock.js';
import { readEvent } from './adapters/event.js';
import { readMaterial } from './adapters/files.js';
import { clusterCredentials } from './adapters/kubeconfig.js';
import { createCluster } from './adapters/kubernetes.js';
import { type Interruption, watchInterruption } from './adapters/process.js';
import { publish } from './adapters/publish.js';
import { createReplay } from './adapters/replay.js';
import { createRunner, type Runner, VERSION } from './adapters/runner.js';
import { openVault } from './adapters/vault-open.js';
import { BindError, problemOf } from './binding/errors.js';
import type { Intent } from './binding/intent.js';
import type { Materials } from './binding/survey.js';
import type { GitHubSession } from './github-port.js';
import type { Given } from './inputs/reader.js';
import { parseInputs, sourceLines } from './inputs.js';
import { noCluster } from './no-cluster.js';
import { type Telling, tellPeople } from './people.js';
import type { ClusterPort } from './ports.js';
import { readRefused } from './refused.js';
import { earlyReport } from './report/early.js';
import { hidingLog } from './report/hidden.js';
import type { Report } from './report/model.js';
import { hideNames } from './report/redact.js';
import { run } from './run.js';

const interruption = watchInterruption();
main(createRunner(), interruption)
  .then((code) => {
    process.exitCode = code;
  })
  .finally(() => interruption.release());

/** Exit code: 0 green, 1 not, 130 cancelled. */
async function main(runner: Runner, { signal, limit }: Interruption): Promise<number> {
  const given: Given = {
    names: Object.keys(runner.inputs),
    input: (name) => runner.inputs[name],
    env: (name) => runner.env[name],
    secret: runner.secret,
    canMintOidcToken: runner.oidc !== undefined,
  };
  let intent: Intent | undefined;
  let report: Report;
  try {
    const parsed = parseInputs(given);
    intent = parsed.intent;
    runner.log.group('inputs', sourceLines(parsed.sources));
    limit(intent.timeoutSeconds);
    report = await perform(intent, runner, signal);
  } catch (thrown) {
    const problems = thrown instanceof BindError ? thrown.problems : [problemOf(thrown)];
    report = earlyReport(problems, intent, VERSION, runner.run, Date.now());
  }
  const about = intent ?? readRefused(given);
  if (about && !intent) report = { ...report, mode: about.mode, env: about.env, cluster: about.cluster };
  const shown = about?.hideNames ? hideNames(report) : report;
  if (about?.people) await tell({ report, shown, people: about.people }, runner, signal);
  publish(shown, runner, intent?.reportPath);
  if (report.verdict === 'green') return 0;
  return signal.aborted && problemOf(signal.reason).code === 'CANCELLED' ? 130 : 1;
}

async function perform(intent: Intent, runner: Runner, signal: AbortSignal): Promise<Report> {
  const clock = systemClock(signal);
  const { userAgent } = runner;
  const materials = readMaterials(intent);
  const vault = openVault(intent.vault, runner, clock, signal);
  const cluster = await openCluster(intent, runner, signal);
  try {
    const ports = {
      cluster,
      vault,
      replay: createReplay(userAgent, runner.env),
      clock,
      log: hidingLog(runner.log, intent, cluster.server),
      run: runner.run,
      signal,
    };
    return await run({ intent, materials, ports }, VERSION);
  } finally {
    await vault.revokeOwnToken();
    vault.close();
    cluster.close();
  }
}

/** Before the log ends, so that the verdict stays its last line. */
async function tell(
  told: Pick<Telling, 'report' | 'shown' | 'people'>,
  runner: Runner,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted && problemOf(signal.reason).code === 'CANCELLED') return;
  const event = readEvent(runner.env);
  // A run whose time is up is told as well.
  const ending = signal.aborted ? new AbortController().signal : signal;
  const session: GitHubSession = async (work) => {
    const { openGitHub } = await import('./adapters/github.js');
    return openGitHub(runner, told.people.token, event, ending)(work);
  };
  await tellPeople({ ...told, event, log: runner.log, session });
}

async function openCluster(
  intent: Intent,
  { env, secret, userAgent }: Runner,
  signal: AbortSignal,
): Promise<ClusterPort> {
  if (!intent.access) return noCluster(intent.clusterUid ?? '');
  return createCluster(await clusterCredentials(intent.access, { env, secret, userAgent }), secret, signal);
}

function readMaterials(intent: Intent): Materials {
  return {
    ...(intent.kubernetesCa ? { kubernetesCaPem: readMaterial(intent.kubernetesCa) } : {}),
    ...(intent.gitopsPolicyText ? { gitopsPolicyText: readMaterial(intent.gitopsPolicyText) } : {}),
  };
}
