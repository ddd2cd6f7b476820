import { BindError, type Problem } from './binding/errors.js';
import type { CanaryUse, FleetIntent, Intent, LiveMode, Sources } from './binding/intent.js';
import { cleanName, nearest } from './binding/name.js';
import { mountPolicyName } from './binding/policy.js';
import { PROBE } from './binding/role.js';
import { gitopsPending } from './checks/gitops.js';
import { BINDING_ROWS } from './checks/table.js';
import { CONTRACT_ROWS } from './contract/check.js';
import { readCategories } from './inputs/category.js';
import { readClusterAccess, readClusterUid } from './inputs/cluster.js';
import { readFleet } from './inputs/fleet.js';
import { checkNames } from './inputs/known.js';
import { readLabel, readRefs } from './inputs/name.js';
import { readHost, readNames } from './inputs/naming.js';
import { readPeople } from './inputs/people.js';
import { type Given, Reader } from './inputs/reader.js';
import { isFilesOnly, readCluster, readRepositories } from './inputs/repository.js';
import { readVaultAccess, readVaultPlace } from './inputs/vault.js';
import { MODE_NAMES, MODES } from './modes.js';

const MOST_WAIT_SECONDS = 6 * 3600;
const SPARE_SECONDS = 600;
const BOOTSTRAP_SECONDS = 1800;
const CANARY: readonly CanaryUse[] = ['auto', 'always', 'never'];

/** Inputs that are refused. What is right in them still says whose report it is, and where that goes. */
export class InputError extends BindError {
  readonly intent: Intent | FleetIntent;

  constructor(intent: Intent | FleetIntent, first: Problem, rest: readonly Problem[]) {
    super(first, rest);
    this.intent = intent;
  }
}

/** Whether the mode reads checkouts alone: then `parseFleet` reads its inputs. */
export function isFleet(given: Given): boolean {
  return new Reader(given).text('mode') === 'fleet';
}

/** Reads and validates every input. Throws BindError with every problem found, the values of secrets in none. */
export function parseInputs(given: Given): { readonly intent: Intent; readonly sources: Sources } {
  return parse(given, (reader, mode) => {
    const intent = readIntent(reader, mode);
    checkTogether(reader, intent);
    if (reader.isInput('reports-path'))
      reader.fail('INPUT_CONFLICT', 'reports-path belongs to mode fleet', 'Leave it out, or set mode: fleet.');
    return { intent };
  });
}

/** The same for mode `fleet`. */
export function parseFleet(given: Given): { readonly intent: FleetIntent; readonly sources: Sources } {
  return parse(given, (reader) => ({ intent: readFleet(reader) }));
}

function parse<T extends { readonly intent: Intent | FleetIntent }>(
  given: Given,
  read: (reader: Reader, mode: LiveMode) => T,
): T & { readonly sources: Sources } {
  const reader = new Reader(given);
  checkNames(reader, given.names);
  const mode = reader.oneOf('mode', MODE_NAMES) ?? 'bind';
  const found = read(reader, mode === 'fleet' ? 'verify' : mode);
  const [first, ...rest] = reader.problems;
  if (first) throw new InputError(found.intent, first, rest);
  return { ...found, sources: reader.sources };
}

function readIntent(reader: Reader, mode: LiveMode): Intent {
  const env = readLabel(reader, 'env');
  if (!reader.isGiven('env')) {
    reader.fail('INPUT_MISSING', 'env is not set', 'Set env to the GitOps environment of the cluster, e.g. prodtest.');
  }
  // A stand-in keeps one missing name from being reported once more in every name that is made of it.
  reader.define('env', env || 'env');
  const repositories = readRepositories(reader);
  const { clustersPath, gitopsPath } = repositories;
  const checks = readCategories(reader);
  const filesOnly = mode === 'plan' && isFilesOnly(reader, repositories, checks);
  const cluster = readCluster(reader, env, repositories, filesOnly);
  reader.define('cluster', cluster || 'cluster');
  const clusterUid = readClusterUid(reader, MODES[mode].withoutCluster);
  const access = clusterUid === undefined && !filesOnly ? readClusterAccess(reader, repositories, cluster) : undefined;
  return {
    mode,
    env,
    cluster,
    ...(clustersPath === undefined ? {} : { clustersPath }),
    ...(gitopsPath === undefined ? {} : { gitopsPath }),
    ...(access ? { access } : {}),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    filesOnly,
    vault: filesOnly ? readVaultPlace(reader) : readVaultAccess(reader),
    ...readNames(reader, MODES[mode].reviewerTokenTtlSeconds),
    ...readHost(reader),
    checks,
    ...readChecklist(reader),
    allowRebind: reader.boolean('allow-rebind'),
    allowProd: reader.boolean('allow-prod'),
    proveOnCanary: reader.oneOf('prove-on-canary', CANARY) ?? 'auto',
    ...readBootstrap(reader),
    hideNames: reader.boolean('hide-names'),
    ...readPeople(reader),
    ...readReportPath(reader),
  };
}

/** One line a value that was given, and one for all that have their default. */
export function sourceLines(sources: Sources): readonly string[] {
  const rows = Object.entries(sources);
  const preset = rows.filter(([, source]) => source === 'default').map(([id]) => id);
  const given = rows.filter(([, source]) => source !== 'default').map(([id, source]) => `${id}: from ${source}`);
  return [...given, `default: ${preset.join(', ')}`];
}

function readChecklist(
  reader: Reader,
): Pick<Intent, 'waitSeconds' | 'applications' | 'secrets' | 'skipChecks' | 'timeoutSeconds'> {
  const waitSeconds = reader.seconds('wait', 0, MOST_WAIT_SECONDS, 'at most 6h') ?? 0;
  const timeout = reader.seconds('timeout', 10, 2 * MOST_WAIT_SECONDS, 'from 10s to 12h');
  if (timeout !== undefined && timeout <= waitSeconds) {
    reader.fail(
      'INPUT_CONFLICT',
      'timeout ends the run before wait is over',
      'Set timeout longer than wait by some minutes, or leave it out: its default is 10m and wait, and 30m more with bootstrap-command.',
    );
  }
  return {
    waitSeconds,
    applications: readRefs(reader, 'applications'),
    secrets: readRefs(reader, 'secrets'),
    skipChecks: reader.items('skip-checks'),
    timeoutSeconds:
      timeout ?? waitSeconds + SPARE_SECONDS + (reader.isGiven('bootstrap-command') ? BOOTSTRAP_SECONDS : 0),
  };
}

function readBootstrap(reader: Reader): Pick<Intent, 'bootstrapCommand'> {
  const command = reader.text('bootstrap-command');
  return command === '' ? {} : { bootstrapCommand: command };
}

function readReportPath(reader: Reader): Pick<Intent, 'reportPath'> {
  const path = reader.text('report-path');
  return path === '' ? {} : { reportPath: path };
}

/** What is right alone and wrong together. */
function checkTogether(reader: Reader, intent: Intent): void {
  if (intent.env === 'prod' && MODES[intent.mode].writes && !intent.allowProd) {
    reader.fail(
      'PROD_REFUSED',
      `mode ${intent.mode} writes, and env is prod`,
      'Set allow-prod: true in the workflow that is meant to write to production; modes plan and verify need no leave.',
    );
  }
  // A name that was refused is empty here, and has been told.
  const roles = [intent.connectionRole, intent.gitopsRole, PROBE].filter((role) => role !== '');
  if (new Set(roles).size < roles.length) {
    reader.fail(
      'INPUT_CONFLICT',
      `connection-role, gitops-role and ${PROBE} are roles of one mount, and two of them are the same`,
      'Give each its own name.',
    );
  }
  const hasFiles = intent.clustersPath !== undefined || intent.gitopsPath !== undefined;
  if (!hasFiles && intent.checks.length > 0 && intent.checks.every((category) => category === 'contract')) {
    reader.fail(
      'INPUT_MISSING',
      'checks is contract, and neither clusters-path nor gitops-path is set',
      'Check the two repositories out, and set clusters-path and gitops-path to their folders.',
    );
  }
  if (intent.bootstrapCommand !== undefined && intent.mode !== 'bind') {
    reader.fail(
      'INPUT_CONFLICT',
      `bootstrap-command belongs to mode bind, and mode is ${intent.mode}`,
      'Leave it out here, and set it in the step that binds.',
    );
  }
  checkNamesakes(reader, intent);
  checkSkips(reader, intent);
}

/** Names that would give one party the rights of another. */
function checkNamesakes(reader: Reader, intent: Intent): void {
  const { reviewer, connection, gitopsPolicy } = intent;
  if (gitopsPolicy !== '' && [intent.connectionPolicy, mountPolicyName(intent)].includes(gitopsPolicy)) {
    reader.fail(
      'INPUT_CONFLICT',
      `gitops-policy is ${gitopsPolicy}, a policy that vault-config-operator logs in with: it could rewrite its own rights`,
      'Give gitops-policy a name of its own.',
    );
  }
  const isOther = reviewer.namespace === connection.namespace && reviewer.name === connection.name;
  if (reviewer.name !== PROBE && !isOther) return;
  reader.fail(
    'INPUT_CONFLICT',
    `reviewer-service-account is ${reviewer.name}, which stands for somebody else and would get the right to review tokens`,
    'Give the reviewer a ServiceAccount of its own.',
  );
}

function checkSkips(reader: Reader, intent: Intent): void {
  const ids = [...CONTRACT_ROWS, ...BINDING_ROWS, ...gitopsPending(intent)].map(({ id }) => id);
  for (const id of intent.skipChecks) {
    if (ids.includes(id)) continue;
    const near = nearest(id, ids);
    const seen = `skip-checks has ${cleanName(id)}, which is no check of this run`;
    reader.fail('INPUT_INVALID', seen, near ? `Did you mean ${near}?` : 'See docs/checks.md for every id.');
  }
}
