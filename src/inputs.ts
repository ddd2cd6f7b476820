import { BindError } from './binding/errors.js';
import type { CanaryUse, CheckCategory, Intent, ModeName, PolicyScope, Sources } from './binding/intent.js';
import { cleanName, nearest } from './binding/name.js';
import { mountPolicyName } from './binding/policy.js';
import { PROBE } from './binding/role.js';
import { gitopsPending } from './checks/gitops.js';
import { BINDING_ROWS } from './checks/table.js';
import { originOf, readClusterAccess, readClusterUid } from './inputs/cluster.js';
import { checkNames } from './inputs/known.js';
import { readLabel, readMount, readNamespace, readObjectName, readRefs, readVaultName } from './inputs/name.js';
import { type Given, Reader } from './inputs/reader.js';
import { readVaultAccess } from './inputs/vault.js';
import { MODE_NAMES, MODES } from './modes.js';

const LEAST_TOKEN_SECONDS = 600;
/** What the API server takes at most. */
const MOST_TOKEN_SECONDS = 2 ** 32;
const MOST_WAIT_SECONDS = 6 * 3600;
const SPARE_SECONDS = 600;
const BOOTSTRAP_SECONDS = 1800;
const CATEGORIES = ['binding', 'gitops'] as const satisfies readonly CheckCategory[];
const CANARY: readonly CanaryUse[] = ['auto', 'always', 'never'];
const SCOPES: readonly PolicyScope[] = ['mount', 'shared'];

/** Reads and validates every input. Throws BindError with every problem found, the values of secrets in none. */
export function parseInputs(given: Given): { readonly intent: Intent; readonly sources: Sources } {
  const reader = new Reader(given);
  checkNames(reader, given.names);
  const intent = readIntent(reader);
  checkTogether(reader, intent);
  const [first, ...rest] = reader.problems;
  if (first) throw new BindError(first, rest);
  return { intent, sources: reader.sources };
}

function readIntent(reader: Reader): Intent {
  const mode = reader.oneOf('mode', MODE_NAMES) ?? 'bind';
  const env = readLabel(reader, 'env');
  if (!reader.isGiven('env')) {
    reader.fail('INPUT_MISSING', 'env is not set', 'Set env to the GitOps environment of the cluster, e.g. prodtest.');
  }
  // A stand-in keeps one missing name from being reported once more in every name that is made of it.
  reader.define('env', env || 'env');
  const cluster = readLabel(reader, 'cluster') || env;
  reader.define('cluster', cluster || 'cluster');
  const clusterUid = readClusterUid(reader, MODES[mode].withoutCluster);
  const access = clusterUid === undefined ? readClusterAccess(reader) : undefined;
  const vault = readVaultAccess(reader);
  return {
    mode,
    env,
    cluster,
    ...(access ? { access } : {}),
    ...(clusterUid === undefined ? {} : { clusterUid }),
    vault,
    ...readNames(reader, mode),
    ...readHost(reader),
    ...readChecklist(reader),
    allowRebind: reader.boolean('allow-rebind'),
    allowProd: reader.boolean('allow-prod'),
    proveOnCanary: reader.oneOf('prove-on-canary', CANARY) ?? 'auto',
    ...readBootstrap(reader),
    hideNames: reader.boolean('hide-names'),
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

type Names = Pick<
  Intent,
  | 'mount'
  | 'reviewer'
  | 'reviewerTokenTtlSeconds'
  | 'rotationIntervalSeconds'
  | 'connectionRole'
  | 'connectionPolicy'
  | 'connectionPolicyScope'
  | 'connection'
  | 'appNamespace'
  | 'gitopsRole'
  | 'gitopsPolicy'
  | 'gitopsPolicyText'
>;

function readNames(reader: Reader, mode: ModeName): Names {
  const mount = readMount(reader);
  const appNamespace = readNamespace(reader, 'app-namespace');
  reader.define('app-namespace', appNamespace || 'app-namespace');
  const ttl = reader.seconds('reviewer-token-ttl', LEAST_TOKEN_SECONDS, MOST_TOKEN_SECONDS, 'from 10m to 2^32 s');
  const interval = reader.seconds('rotation-interval', 60, MOST_TOKEN_SECONDS, 'from 1m to 2^32 s');
  const policyFile = reader.text('gitops-policy-file') === '' ? undefined : reader.path('gitops-policy-file');
  return {
    mount,
    appNamespace,
    reviewer: {
      namespace: readNamespace(reader, 'reviewer-namespace'),
      name: readObjectName(reader, 'reviewer-service-account'),
    },
    reviewerTokenTtlSeconds: ttl ?? MODES[mode].reviewerTokenTtlSeconds,
    rotationIntervalSeconds: interval ?? 0,
    connectionRole: readVaultName(reader, 'connection-role'),
    connectionPolicy: readVaultName(reader, 'connection-policy'),
    connectionPolicyScope: reader.oneOf('connection-policy-scope', SCOPES) ?? 'mount',
    connection: {
      namespace: readNamespace(reader, 'connection-namespace'),
      name: readObjectName(reader, 'connection-service-account'),
    },
    gitopsRole: readVaultName(reader, 'gitops-role'),
    gitopsPolicy: readVaultName(reader, 'gitops-policy'),
    ...(policyFile ? { gitopsPolicyText: policyFile } : {}),
  };
}

function readHost(reader: Reader): Pick<Intent, 'kubernetesHost' | 'kubernetesCa'> {
  const host = originOf(reader, 'kubernetes-host');
  const ca = reader.material('kubernetes-ca-certificate');
  if (host !== undefined && !host.startsWith('https:')) {
    reader.fail(
      'HOST_INSECURE',
      'kubernetes-host is not an https URL',
      'Set kubernetes-host to the https URL under which Vault reaches the API server.',
    );
  }
  return { ...(host === undefined ? {} : { kubernetesHost: host }), ...(ca ? { kubernetesCa: ca } : {}) };
}

function readChecklist(
  reader: Reader,
): Pick<Intent, 'checks' | 'waitSeconds' | 'applications' | 'secrets' | 'skipChecks' | 'timeoutSeconds'> {
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
    checks: readCategories(reader),
    waitSeconds,
    applications: readRefs(reader, 'applications'),
    secrets: readRefs(reader, 'secrets'),
    skipChecks: reader.items('skip-checks'),
    timeoutSeconds:
      timeout ?? waitSeconds + SPARE_SECONDS + (reader.isGiven('bootstrap-command') ? BOOTSTRAP_SECONDS : 0),
  };
}

function readCategories(reader: Reader): readonly CheckCategory[] {
  const items = reader.items('checks');
  const known = CATEGORIES.filter((category) => items.includes(category) || items.includes('all'));
  for (const item of items) {
    if (item === 'all' || known.some((category) => category === item)) continue;
    const near = nearest(item, [...CATEGORIES, 'all']);
    const hint = near ? `Did you mean ${near}?` : `Set checks to ${CATEGORIES.join(', ')} or all.`;
    reader.fail('INPUT_INVALID', `checks has ${cleanName(item)}, which is no category`, hint);
  }
  if (items.length === 0) reader.fail('INPUT_INVALID', 'checks names no category', 'Set checks to all.');
  return known;
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
  const ids = [...BINDING_ROWS, ...gitopsPending(intent)].map(({ id }) => id);
  for (const id of intent.skipChecks) {
    if (ids.includes(id)) continue;
    const near = nearest(id, ids);
    const seen = `skip-checks has ${cleanName(id)}, which is no check of this run`;
    reader.fail('INPUT_INVALID', seen, near ? `Did you mean ${near}?` : 'See docs/checks.md for every id.');
  }
}
