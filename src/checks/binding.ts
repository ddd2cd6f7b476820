import { diagnose } from '../binding/diagnosis.js';
import type { Code, Problem } from '../binding/errors.js';
import type { Grant, PathGrant } from '../binding/facts.js';
import type { LiveMode } from '../binding/intent.js';
import { type Observed, valueOf } from '../binding/observed.js';
import { describeGrants } from '../binding/permission.js';
import { PROBE } from '../binding/role.js';
import type { Survey } from '../binding/survey.js';
import type { ConnectionProof } from '../prove.js';
import { age } from './age.js';
import type { CheckState, Severity } from './check.js';

/** What the binding checks look at: the last look, and what was proved and asked besides. */
export interface BindingView {
  readonly mode: LiveMode;
  readonly survey: Survey;
  readonly missingGrants: Observed<readonly Grant[]>;
  readonly missingPaths: Observed<readonly PathGrant[]>;
  /** Undefined in modes that hold no token of VCO's ServiceAccount. */
  readonly connection: ConnectionProof | undefined;
}

/** What a row found. */
export interface Finding {
  readonly state: CheckState;
  readonly detail: string;
  readonly hint: string;
  readonly code?: string;
  /** In place of the row's own, where what was found does no harm. */
  readonly severity?: Severity;
}

/** One row of the table: data, and a pure judgement over the view. */
export interface BindingRow {
  readonly id: string;
  readonly description: string;
  readonly severity: Severity;
  readonly evaluate: (view: BindingView) => Finding;
}

export function green(detail = ''): Finding {
  return { state: 'green', detail, hint: '' };
}

export function red(detail: string, hint: string, code?: string): Finding {
  return code === undefined ? { state: 'red', detail, hint } : { state: 'red', detail, hint, code };
}

export function unknown(found: Problem): Finding {
  return { state: 'unknown', detail: found.message, hint: found.hint, code: found.code };
}

/** Judges a value that is there; absent is red with the hint of the repair, unreadable is unknown. */
export function judge<T>(observed: Observed<T>, missing: Finding, there: (value: T) => Finding): Finding {
  if (observed.state === 'unreadable') return unknown(observed.problem);
  return observed.state === 'absent' ? missing : there(observed.value);
}

const REPAIR = 'Run bind: it makes it true.';
const NOT_ASKED: Finding = { state: 'unknown', detail: 'it was not asked', hint: 'See what stopped the run.' };

function reviewerMissing({ intent, facts }: BindingView['survey']): string {
  return facts.cluster.namespace.state === 'absent'
    ? `namespace ${intent.reviewer.namespace} does not exist`
    : `${intent.reviewer.namespace}/${intent.reviewer.name} does not exist`;
}

/** Rows about the two systems and the reviewer. */
export const SYSTEM_ROWS: readonly BindingRow[] = [
  {
    id: 'cluster.reachable',
    description: 'the API server answers and says which cluster it is',
    severity: 'error',
    evaluate: ({ survey }) =>
      judge(
        survey.facts.cluster.identity,
        red('namespace kube-system is missing', 'Check that this is a Kubernetes API server.'),
        () => green(),
      ),
  },
  {
    id: 'cluster.permissions',
    description: 'the cluster credentials may do what this mode needs',
    severity: 'error',
    evaluate: ({ missingGrants }) =>
      judge(missingGrants, NOT_ASKED, (missing) =>
        missing.length === 0
          ? green()
          : red(`missing: ${describeGrants(missing)}`, 'Apply the RBAC that mode: plan prints.', 'PERMISSION_MISSING'),
      ),
  },
  {
    id: 'vault.reachable',
    description: 'Vault answers, unsealed, and accepts the login',
    severity: 'error',
    evaluate: ({ survey }) => {
      const { health, login } = survey.facts.vault;
      if (health.state === 'unreadable') return unknown(health.problem);
      return judge(login, red('there is no Vault token', 'Check the vault-* inputs.'), () => green());
    },
  },
  {
    id: 'vault.permissions',
    description: 'the Vault token may do what this mode needs',
    severity: 'error',
    evaluate: ({ missingPaths }) =>
      judge(missingPaths, NOT_ASKED, (missing) =>
        missing.length === 0
          ? green()
          : red(
              `missing: ${missing.map((grant) => `${grant.path} [${grant.capabilities.join(', ')}]`).join('; ')}`,
              'Write the policy that mode: plan prints.',
              'PERMISSION_MISSING',
            ),
      ),
  },
  {
    id: 'reviewer.service-account',
    description: 'the reviewer ServiceAccount exists',
    severity: 'error',
    evaluate: ({ survey }) => judge(survey.facts.cluster.reviewer, red(reviewerMissing(survey), REPAIR), () => green()),
  },
  {
    id: 'reviewer.auth-delegator',
    description: 'the reviewer may create TokenReviews',
    severity: 'error',
    evaluate: ({ survey }) =>
      judge(
        survey.facts.cluster.delegator,
        red('no ClusterRoleBinding gives it system:auth-delegator', REPAIR),
        ({ name }) => green(`by ClusterRoleBinding ${name}`),
      ),
  },
  {
    id: 'reviewer.token-expiry',
    description: 'the reviewer token outlives the next rotation',
    severity: 'error',
    evaluate: tokenExpiry,
  },
  {
    id: 'reviewer.legacy-token',
    description: 'no never-expiring reviewer token is left',
    severity: 'warning',
    evaluate: ({ survey }) =>
      judge(survey.facts.cluster.legacyToken, green(), ({ type }) => {
        if (type !== 'kubernetes.io/service-account-token') return green();
        const { namespace, name } = survey.intent.reviewer;
        return red(
          `Secret ${namespace}/${name} holds a reviewer token that never expires`,
          `Once logins are green: kubectl -n ${namespace} delete secret ${name}`,
        );
      }),
  },
];

const TOLERANCE_MS = 60_000;

function tokenExpiry({ survey }: BindingView): Finding {
  const { record, facts, intent } = survey;
  for (const look of [facts.cluster.reviewer, facts.vault.config])
    if (look.state === 'unreadable') return unknown(look.problem);
  if (facts.cluster.reviewer.state === 'absent')
    return red('the reviewer does not exist, and its tokens died with it', REPAIR, 'LOGIN_REVIEWER');
  if (!survey.config || survey.config.reviewerTokenSet === false)
    return red('Vault holds no reviewer token', REPAIR, 'LOGIN_REVIEWER');
  if (!record) {
    return {
      state: 'unknown',
      detail: 'no record on the reviewer says when the token that Vault holds expires',
      hint: 'Run bind: it mints a token whose expiry is known.',
    };
  }
  const left = record.expiresAt - facts.at;
  const anchor = facts.cluster.anchors[record.slot];
  if (anchor.state === 'unreadable') return unknown(anchor.problem);
  if (anchor.state === 'absent')
    return red('the anchor of the reviewer token is gone, and the token died with it', REPAIR, 'LOGIN_REVIEWER');
  if (left <= 0) return red(`logins stopped ${age(-left)} ago`, REPAIR, 'LOGIN_REVIEWER');
  const stops = `logins stop in ${age(left)}`;
  const covered = intent.rotationIntervalSeconds * 1000;
  const life = record.expiresAt - record.issuedAt;
  const shortened = shortenedBy(survey, life);
  // Expiry is told in whole seconds by another clock: a token of exactly one interval covers it.
  if (life < covered - TOLERANCE_MS)
    return red(
      `${stops}; the token lives ${age(life)}, rotations are ${age(covered)} apart${shortened}`,
      "Rotate more often, or raise reviewer-token-ttl (and the API server's --service-account-max-token-expiration).",
      'TOKEN_LIFETIME',
    );
  return green(`${stops}${shortened}${left < life / 2 ? '; due for rotation' : ''}`);
}

/** The API server shortens lifetimes silently; both figures are told. */
function shortenedBy({ intent }: Survey, lifeMs: number): string {
  const asked = intent.reviewerTokenTtlSeconds * 1000;
  return intent.mode === 'bind' && asked - lifeMs > TOLERANCE_MS
    ? `; ${age(asked)} were asked for, the API server gave ${age(lifeMs)}`
    : '';
}

/** What a login lacks before it could even be sent. */
function untried({ intent, facts }: BindingView['survey']): Finding {
  const path = `auth/${intent.mount}`;
  const { mount, config, probeRole } = facts.vault;
  const missing = (what: string, code: Code): Finding =>
    red(`no login can be tried: ${what} does not exist`, REPAIR, code);
  if (mount.state === 'absent') return missing(path, 'LOGIN_MOUNT');
  if (config.state === 'absent') return missing(`${path}/config`, 'LOGIN_CONFIG');
  if (probeRole.state === 'absent') return missing(`${path}/role/${PROBE}`, 'LOGIN_ROLE');
  return missing(`ServiceAccount ${intent.reviewer.namespace}/${PROBE}`, 'LOGIN_UNBOUND');
}

export function loginProof({ survey }: BindingView): Finding {
  const { liveLogin, vault, cluster } = survey.facts;
  const who = { namespace: survey.intent.reviewer.namespace, name: PROBE };
  if (liveLogin.state === 'unreadable') return unknown(liveLogin.problem);
  const outcome = valueOf(liveLogin);
  if (!outcome) {
    for (const look of [cluster.probe, vault.config, vault.probeRole])
      if (look.state === 'unreadable') return unknown(look.problem);
    return untried(survey);
  }
  if (outcome.outcome === 'accepted') return green(`as ${who.namespace}/${who.name}`);
  if (outcome.outcome === 'unreadable') return unknown(outcome.problem);
  const found = diagnose(survey, outcome, who, PROBE);
  return red(found.message, found.hint, found.code);
}
