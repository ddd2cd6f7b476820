import type { BootstrapOptions } from './adapters/bootstrap.js';
import { systemClock } from './adapters/clock.js';
import { readEvent } from './adapters/event.js';
import { readMaterial } from './adapters/files.js';
import { type ClusterCredentials, clusterCredentials, keptAccess } from './adapters/kubeconfig.js';
import { createCluster } from './adapters/kubernetes.js';
import { type Interruption, watchInterruption } from './adapters/process.js';
import { publish } from './adapters/publish.js';
import { createReplay } from './adapters/replay.js';
import { readReports } from './adapters/reports.js';
import { createRunner, type Runner, VERSION } from './adapters/runner.js';
import { openVault } from './adapters/vault-open.js';
import { fromWorkspace } from './adapters/workspace.js';
import { BindError, problemOf } from './binding/errors.js';
import type { FleetIntent, HeldAccess, Intent } from './binding/intent.js';
import type { Materials } from './binding/survey.js';
import type { GitHubSession } from './github-port.js';
import type { Given } from './inputs/reader.js';
import { InputError, isFleet, parseFleet, parseInputs, sourceLines } from './inputs.js';
import { noCluster } from './no-cluster.js';
import { type Telling, tellPeople } from './people.js';
import type { BootstrapPort, CheckoutPort, ClusterPort, Repositories } from './ports.js';
import { earlyReport } from './report/early.js';
import { hidingForeignLog, hidingLog } from './report/hidden.js';
import type { Report } from './report/model.js';
import { hideNames } from './report/redact.js';
import { filesReport } from './repositories.js';
import { run } from './run.js';

const interruption = watchInterruption();
main(createRunner(), interruption)
  .then((code) => {
    process.exitCode = code;
  })
  .finally(() => interruption.release());

/** Exit code: 0 green, 1 not, 130 cancelled. */
async function main(runner: Runner, { signal, limit }: Interruption): Promise<number> {
  let intent: Intent | FleetIntent | undefined;
  let report: Report;
  try {
    const checkout = await checkouts(runner);
    const given = givenBy(runner, checkout);
    const parsed = isFleet(given) ? parseFleet(given) : parseInputs(given);
    intent = parsed.intent;
    runner.log.group('inputs', sourceLines(parsed.sources));
    limit(intent.timeoutSeconds);
    report = await reportOf(intent, runner, signal, checkout);
  } catch (thrown) {
    if (thrown instanceof InputError) intent = thrown.intent;
    const problems = thrown instanceof BindError ? thrown.problems : [problemOf(thrown)];
    report = earlyReport(problems, intent, VERSION, runner.run, Date.now());
  }
  const shown = intent?.hideNames ? hideNames(report) : report;
  if (intent && intent.mode !== 'fleet' && intent.people && intent.env !== '')
    await tell({ report, shown, people: intent.people }, runner, signal);
  publish(shown, runner, intent?.reportPath);
  if (report.verdict === 'green') return 0;
  return signal.aborted && problemOf(signal.reason).code === 'CANCELLED' ? 130 : 1;
}

type OpenCheckout = (folder: string) => CheckoutPort | undefined;

function givenBy({ inputs, env, secret, oidc }: Runner, checkout: OpenCheckout): Given {
  return {
    names: Object.keys(inputs),
    input: (name) => inputs[name],
    env: (name) => env[name],
    secret,
    canMintOidcToken: oidc !== undefined,
    checkout,
  };
}

/** What reads YAML is only loaded where there is some to read. */
async function checkouts({ inputs }: Runner): Promise<OpenCheckout> {
  const isUsed = Object.entries(inputs).some(
    ([name, value]) => /^(clusters|gitops)[-_]path$/.test(name) && value !== '',
  );
  if (!isUsed) return () => undefined;
  const { openCheckout } = await import('./adapters/checkout.js');
  return openCheckout;
}

function reportOf(
  intent: Intent | FleetIntent,
  runner: Runner,
  signal: AbortSignal,
  checkout: OpenCheckout,
): Promise<Report> {
  if (intent.mode === 'fleet') return fleet(intent, runner, checkout);
  const clusters = intent.clustersPath === undefined ? undefined : checkout(intent.clustersPath);
  const gitops = intent.gitopsPath === undefined ? undefined : checkout(intent.gitopsPath);
  const repositories = {
    ...(clusters ? { clusters } : {}),
    ...(gitops ? { gitops } : {}),
    paths: {
      ...(intent.clustersPath === undefined ? {} : { clusters: fromWorkspace(intent.clustersPath, runner.env) }),
      ...(intent.gitopsPath === undefined ? {} : { gitops: fromWorkspace(intent.gitopsPath, runner.env) }),
    },
  };
  return intent.filesOnly
    ? Promise.resolve(filesReport(intent, repositories, { run: runner.run, version: VERSION, now: Date.now }))
    : perform(intent, repositories, runner, signal);
}

async function fleet(intent: FleetIntent, { run }: Runner, checkout: OpenCheckout): Promise<Report> {
  const { fleetReport } = await import('./fleet.js');
  const clusters = checkout(intent.clustersPath);
  if (!clusters) throw new TypeError('a checkout that was there is gone');
  const reports = intent.reportsPath === undefined ? undefined : readReports(intent.reportsPath);
  return fleetReport(intent, { clusters, reports, run, version: VERSION, now: Date.now });
}

async function perform(
  intent: Intent,
  repositories: Repositories,
  runner: Runner,
  signal: AbortSignal,
): Promise<Report> {
  const clock = systemClock(signal);
  const { userAgent } = runner;
  const materials = readMaterials(intent);
  const vault = openVault(intent.vault, runner, clock, signal);
  let cluster: ClusterPort | undefined;
  try {
    // Its credentials may be kept in Vault, which then has given out a token already.
    const access = intent.access && (await keptAccess(intent.access, vault));
    cluster = await openCluster(intent, access, runner, signal);
    const { server } = cluster;
    const log = hidingLog(runner.log, intent, server);
    const foreign = hidingForeignLog(runner.log, intent, server);
    const bootstrap = await bootstrapOf({ intent, access, runner, server, log: foreign, signal });
    const ports = {
      cluster,
      vault,
      repositories,
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
    cluster?.close();
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

/** Its adapter is loaded by those who use it. */
async function bootstrapOf(options: BootstrapOptions): Promise<BootstrapPort | undefined> {
  if (options.intent.bootstrapCommand === undefined) return undefined;
  return (await import('./adapters/bootstrap.js')).openBootstrap(options);
}

async function openCluster(
  intent: Intent,
  access: HeldAccess | undefined,
  { env, secret, userAgent }: Runner,
  signal: AbortSignal,
): Promise<ClusterPort> {
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
