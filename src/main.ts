import type { BootstrapOptions } from './adapters/bootstrap.js';
import { systemClock } from './adapters/clock.js';
import { readMaterial } from './adapters/files.js';
import { type ClusterCredentials, clusterCredentials } from './adapters/kubeconfig.js';
import { createCluster } from './adapters/kubernetes.js';
import { type Interruption, watchInterruption } from './adapters/process.js';
import { publish } from './adapters/publish.js';
import { createReplay } from './adapters/replay.js';
import { createRunner, type Runner, VERSION } from './adapters/runner.js';
import { openVault } from './adapters/vault-open.js';
import { BindError, problemOf } from './binding/errors.js';
import type { Intent } from './binding/intent.js';
import type { Materials } from './binding/survey.js';
import { parseInputs, sourceLines } from './inputs.js';
import { noCluster } from './no-cluster.js';
import type { BootstrapPort, ClusterPort } from './ports.js';
import { earlyReport } from './report/early.js';
import { hidingForeignLog, hidingLog } from './report/hidden.js';
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
  let intent: Intent | undefined;
  let report: Report;
  try {
    const parsed = parseInputs({
      names: Object.keys(runner.inputs),
      input: (name) => runner.inputs[name],
      env: (name) => runner.env[name],
      secret: runner.secret,
      canMintOidcToken: runner.oidc !== undefined,
    });
    intent = parsed.intent;
    runner.log.group('inputs', sourceLines(parsed.sources));
    limit(intent.timeoutSeconds);
    report = await perform(intent, runner, signal);
  } catch (thrown) {
    const problems = thrown instanceof BindError ? thrown.problems : [problemOf(thrown)];
    report = earlyReport(problems, intent, VERSION, runner.run, Date.now());
  }
  publish(intent?.hideNames ? hideNames(report) : report, runner, intent?.reportPath);
  if (report.verdict === 'green') return 0;
  return signal.aborted && problemOf(signal.reason).code === 'CANCELLED' ? 130 : 1;
}

async function perform(intent: Intent, runner: Runner, signal: AbortSignal): Promise<Report> {
  const clock = systemClock(signal);
  const { userAgent } = runner;
  const materials = readMaterials(intent);
  const vault = openVault(intent.vault, runner, clock, signal);
  const cluster = await openCluster(intent, runner, signal);
  const { server } = cluster;
  const log = hidingLog(runner.log, intent, server);
  try {
    const foreign = hidingForeignLog(runner.log, intent, server);
    const bootstrap = await bootstrapOf({ intent, runner, server, log: foreign, signal });
    const ports = {
      cluster,
      vault,
      replay: createReplay(userAgent, runner.env),
      ...(bootstrap ? { bootstrap } : {}),
      clock,
      log,
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

/** Its adapter is loaded by those who use it. */
async function bootstrapOf(options: BootstrapOptions): Promise<BootstrapPort | undefined> {
  if (options.intent.bootstrapCommand === undefined) return undefined;
  return (await import('./adapters/bootstrap.js')).openBootstrap(options);
}

async function openCluster(
  intent: Intent,
  { env, secret, userAgent }: Runner,
  signal: AbortSignal,
): Promise<ClusterPort> {
  const { access } = intent;
  if (!access) return noCluster(intent.clusterUid ?? '');
  const obtain = (): Promise<ClusterCredentials> => clusterCredentials(access, { env, secret, userAgent });
  return createCluster(await obtain(), secret, signal, obtain);
}

function readMaterials(intent: Intent): Materials {
  return {
    ...(intent.kubernetesCa ? { kubernetesCaPem: readMaterial(intent.kubernetesCa) } : {}),
    ...(intent.gitopsPolicyText ? { gitopsPolicyText: readMaterial(intent.gitopsPolicyText) } : {}),
  };
}
