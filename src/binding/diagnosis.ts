import { type Problem, problem } from './errors.js';
import type { LoginOutcome, RoleFact } from './facts.js';
import { canonicalHost } from './host.js';
import type { ObjectRef } from './intent.js';
import { anyAdmits } from './name-pattern.js';
import { type Observed, unreadable, valueOf } from './observed.js';
import { PROBE } from './role.js';
import type { Survey } from './survey.js';

type Refused = Extract<LoginOutcome, { outcome: 'refused' }>;

/**
 * Why a login is refused: Vault's own words where they say something, else what was observed around it. Vault answers
 * most causes with one bare 403; causes that cannot be told apart from here are named together.
 */
export function diagnose(survey: Survey, refused: Refused, who: ObjectRef, role: string): Problem {
  return (
    byText(survey, refused, who, role) ??
    byState(survey, who, role) ??
    byConfig(survey) ??
    byReviewer(survey) ??
    undecided(survey, refused, role)
  );
}

function byText({ intent }: Survey, { status, text }: Refused, who: ObjectRef, role: string): Problem | undefined {
  const path = `auth/${intent.mount}`;
  const account = `${who.namespace}/${who.name}`;
  if (status === 400 && text.matches(/invalid role name/)) {
    return problem('LOGIN_ROLE', `${path} has no role ${role}`, 'Run bind: it makes the role.');
  }
  if (text.matches(/could not load backend configuration/))
    return problem('LOGIN_CONFIG', `${path}/config was never written`, 'Run bind: it writes the config.');
  if (text.matches(/no handler for route/)) return mountMissing(intent);
  if (text.matches(/service account name not authorized|namespace not authorized/)) {
    return problem(
      'LOGIN_UNBOUND',
      `role ${role} on ${path} does not bind ServiceAccount ${account}`,
      `Run bind, or add it: vault read ${path}/role/${role}`,
    );
  }
  if (text.matches(/audience/)) {
    return problem(
      'LOGIN_AUDIENCE',
      `role ${role} on ${path} wants an audience that tokens of ${account} do not have`,
      `Remove it: vault write ${path}/role/${role} audience=""`,
    );
  }
  if (text.matches(/token is expired|not yet valid|issued in the future/)) {
    return problem(
      'LOGIN_CLOCK',
      `Vault's clock disagrees with the API server's: a token of this minute is ${text.matches(/expired/) ? 'expired' : 'not yet valid'} for it`,
      'Set the clocks of Vault and of the control plane by NTP.',
    );
  }
  return undefined;
}

function mountMissing({ mount, vault }: Survey['intent']): Problem {
  const where = vault.namespace === '' ? 'the root namespace' : `namespace ${vault.namespace}`;
  return problem(
    'LOGIN_MOUNT',
    `auth/${mount} does not exist in ${where}`,
    'Run bind, or check vault-namespace and mount.',
  );
}

const SYNC_CONFIG = 'Sync Application vault-config: its KubernetesAuthEngineRole makes the role.';

/** What was seen of a role by its name; of any other than these three nothing was looked at. */
function roleNamed({ vault }: Survey['facts'], intent: Survey['intent'], role: string): Observed<RoleFact> {
  if (role === PROBE) return vault.probeRole;
  if (role === intent.connectionRole) return vault.connectionRole;
  const notRead = unreadable(problem('VAULT_FORBIDDEN', `role ${role} was not read`, ''));
  return role === intent.gitopsRole ? (vault.gitopsRole ?? notRead) : notRead;
}

function byState({ facts, intent }: Survey, who: ObjectRef, role: string): Problem | undefined {
  const path = `auth/${intent.mount}`;
  if (facts.vault.mount.state === 'absent') return mountMissing(intent);
  if (facts.vault.config.state === 'absent')
    return problem('LOGIN_CONFIG', `${path}/config was never written`, 'Run bind: it writes the config.');
  const observed = roleNamed(facts, intent, role);
  const isOurs = role !== intent.gitopsRole;
  if (observed.state === 'absent')
    return problem('LOGIN_ROLE', `${path} has no role ${role}`, isOurs ? 'Run bind: it makes the role.' : SYNC_CONFIG);
  const found = valueOf(observed);
  if (!found) return undefined;
  const names = anyAdmits(found.serviceAccountNames, who.name);
  const namespaces = found.namespaceSelector !== '' || anyAdmits(found.serviceAccountNamespaces, who.namespace);
  if (!names || !namespaces) {
    return problem(
      'LOGIN_UNBOUND',
      `role ${role} on ${path} does not bind ServiceAccount ${who.namespace}/${who.name}`,
      isOurs
        ? 'Run bind: it adds the binding.'
        : `Add ${who.namespace} and ${who.name} to the role's target namespaces and ServiceAccounts in the vault-config chart.`,
    );
  }
  if (found.tokenBoundCidrs.length > 0) {
    return problem(
      'LOGIN_CIDR',
      `role ${role} on ${path} admits logins from ${found.tokenBoundCidrs.length} address ranges only`,
      `Check that this runner and the cluster's nodes are in them: vault read -field=token_bound_cidrs ${path}/role/${role}`,
    );
  }
  return undefined;
}

function byConfig(view: Survey): Problem | undefined {
  const { config, facts, intent } = view;
  if (!config) return undefined;
  const dial = valueOf(facts.storedDial);
  if (canonicalHost(config.kubernetesHost) !== canonicalHost(view.kubernetesHost)) {
    return problem(
      'LOGIN_HOST',
      `auth/${intent.mount}/config names ${config.kubernetesHost}, this cluster is ${view.kubernetesHost}`,
      'Run bind; when another tool wrote that host, see mount.single-writer first.',
    );
  }
  if (dial?.outcome === 'untrusted') {
    return problem(
      'LOGIN_CA',
      `the stored CA does not verify ${config.kubernetesHost} (${dial.reason})`,
      'Run bind: it writes the CA the API server is signed by now.',
    );
  }
  if (config.kubernetesCaCert.trim() === '')
    return problem('LOGIN_CA', `auth/${intent.mount}/config holds no CA`, 'Run bind: it writes the CA.');
  return undefined;
}

function byReviewer(survey: Survey): Problem | undefined {
  const { facts, config, intent } = survey;
  const reviewer = `${intent.reviewer.namespace}/${intent.reviewer.name}`;
  const repair = 'Run bind: it mints and proves a new reviewer token.';
  if (config?.reviewerTokenSet === false)
    return problem(
      'LOGIN_REVIEWER',
      'Vault holds no reviewer token: another writer has blanked it',
      `${repair} Then see mount.single-writer.`,
    );
  if (facts.cluster.reviewer.state === 'absent')
    return problem('LOGIN_REVIEWER', `ServiceAccount ${reviewer} does not exist: its tokens died with it`, repair);
  if (facts.cluster.delegator.state === 'absent') {
    return problem(
      'LOGIN_DELEGATOR',
      `no ClusterRoleBinding gives ${reviewer} system:auth-delegator`,
      'Run bind: it makes the binding.',
    );
  }
  return byRecord(survey, repair);
}

function byRecord({ facts, record, intent }: Survey, repair: string): Problem | undefined {
  const reviewer = `${intent.reviewer.namespace}/${intent.reviewer.name}`;
  const { a, b } = facts.cluster.anchors;
  if (!record && (a.state === 'present' || b.state === 'present')) {
    return problem(
      'LOGIN_REVIEWER',
      `ServiceAccount ${reviewer} was made anew since it was bound: tokens of the old one died with it`,
      repair,
    );
  }
  if (!record) return undefined;
  if (record.expiresAt <= facts.at)
    return problem(
      'LOGIN_REVIEWER',
      `the reviewer token expired at ${new Date(record.expiresAt).toISOString()}`,
      repair,
    );
  if (facts.cluster.anchors[record.slot].state === 'absent')
    return problem(
      'LOGIN_REVIEWER',
      'the anchor of the reviewer token was deleted, and the token died with it',
      repair,
    );
  return undefined;
}

function undecided({ intent, kubernetesHost }: Survey, { status }: Refused, role: string): Problem {
  if (status !== 403)
    return problem(
      'LOGIN_FAILED',
      `a login through auth/${intent.mount} as role ${role} failed with HTTP ${status}`,
      "Read Vault's server log at that minute.",
    );
  return problem(
    'LOGIN_REVIEW',
    `logins through auth/${intent.mount} are refused, and from here two causes look alike: Vault holds a reviewer token the API server no longer accepts, or Vault cannot reach ${kubernetesHost}`,
    `Run bind: it mints a new token and tells the two apart; from Vault's own network try: curl --head ${kubernetesHost}/version`,
  );
}
