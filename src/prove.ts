import { diagnose } from './binding/diagnosis.js';
import { type Problem, problem, problemOf } from './binding/errors.js';
import type { LoginOutcome, PathGrant } from './binding/facts.js';
import type { ForeignText } from './binding/foreign.js';
import type { ObjectRef } from './binding/intent.js';
import { absent, type Observed, present, unreadable, valueOf } from './binding/observed.js';
import { connectionNeeds, missingCapabilities } from './binding/policy.js';
import { PROBE } from './binding/role.js';
import type { Secret } from './binding/secret.js';
import type { Survey } from './binding/survey.js';
import type { Context } from './context.js';
import { PROBE_TTL_SECONDS } from './observe.js';
import type { ProofResult } from './ports.js';
import { until } from './retry.js';

/** Until a standby of Vault has taken in a new CA, at its TLS refresh every 30 s. */
const SETTLE_SECONDS = 35;
const SHORT_SECONDS = 10;

/** How long a refused login may still turn out well. `fresh`: host or CA are new to Vault. */
export function patience({ facts }: Survey, fresh: boolean): number {
  return fresh || valueOf(facts.vault.health)?.standby === true ? SETTLE_SECONDS : SHORT_SECONDS;
}

/** What a login as the probe showed. */
export interface ProbeProof {
  readonly login: Observed<LoginOutcome>;
  readonly problem: Problem | undefined;
}

/** What a login as vault-config-operator's ServiceAccount showed. */
export interface ConnectionProof {
  readonly login: Observed<LoginOutcome>;
  /** Capabilities VCO needs and its token lacks; undefined when they could not be asked. */
  readonly missing: readonly PathGrant[] | undefined;
  readonly problem: Problem | undefined;
}

/** Proves a login as the probe, repeating for `limitSeconds` while Vault's nodes and the API server settle. */
export async function proveProbe(
  context: Context,
  survey: Survey,
  anchor: string | undefined,
  token: Secret | undefined,
  limitSeconds: number,
): Promise<ProbeProof> {
  const { intent } = context;
  const who = { namespace: intent.reviewer.namespace, name: PROBE };
  try {
    const jwt = token ?? (await mintFor(context, who, anchor));
    const result = await proven(context, { role: PROBE, jwt, capabilitiesOf: [] }, limitSeconds);
    return { login: asObserved(result.login), problem: loginProblem(survey, result.login, who, PROBE) };
  } catch (thrown) {
    const found = problemOf(thrown);
    return { login: unreadable(found), problem: found };
  }
}

/** The same proof, its refusal explained by another look. */
export function explainProbe(survey: Survey, proof: ProbeProof, minted: boolean): ProbeProof {
  const login = valueOf(proof.login);
  if (login?.outcome !== 'refused') return proof;
  const who = { namespace: survey.intent.reviewer.namespace, name: PROBE };
  return { ...proof, problem: decided(survey, diagnose(survey, login, who, PROBE), minted) };
}

/** A reviewer token that was minted and reviewed a moment ago is not what is wrong. */
function decided({ intent, config }: Survey, found: Problem, minted: boolean): Problem {
  if (!minted || found.code !== 'LOGIN_REVIEW') return found;
  const host = config?.kubernetesHost ?? '';
  return problem(
    'LOGIN_HOST',
    `Vault cannot reach ${host} or verify it: logins through auth/${intent.mount} are refused with a reviewer token that works from here`,
    `From Vault's own network try: curl --head ${host}/version; then set kubernetes-host to an address that Vault can reach.`,
  );
}

/** The same proof, its refusal explained by another look. */
export function explainConnection(survey: Survey, proof: ConnectionProof, minted: boolean): ConnectionProof {
  const login = valueOf(proof.login);
  if (login?.outcome !== 'refused') return proof;
  const { connection, connectionRole } = survey.intent;
  return { ...proof, problem: decided(survey, diagnose(survey, login, connection, connectionRole), minted) };
}

/**
 * Proves a login as VCO's ServiceAccount and asks, with the token obtained, for every capability VCO needs. Where
 * that ServiceAccount does not exist yet (the bootstrap makes it) there is nobody to log in as.
 */
export async function proveConnection(
  context: Context,
  survey: Survey,
  anchor: string | undefined,
  limitSeconds: number,
): Promise<ConnectionProof> {
  const { intent, ports } = context;
  const who = intent.connection;
  const account = await ports.cluster.serviceAccount(who.namespace, who.name);
  if (account.state === 'absent') return { login: absent, missing: undefined, problem: undefined };
  try {
    const jwt = await mintFor(context, who, who.namespace === intent.reviewer.namespace ? anchor : undefined);
    const needs = connectionNeeds(intent);
    const result = await proven(
      context,
      { role: intent.connectionRole, jwt, capabilitiesOf: needs.map((need) => need.path) },
      limitSeconds,
    );
    return judged(survey, result, needs);
  } catch (thrown) {
    const found = problemOf(thrown);
    return { login: unreadable(found), missing: undefined, problem: found };
  }
}

function judged(survey: Survey, result: ProofResult, needs: readonly PathGrant[]): ConnectionProof {
  const { connection, connectionRole: role } = survey.intent;
  const login = asObserved(result.login);
  const refused = loginProblem(survey, result.login, connection, role);
  if (refused) return { login, missing: undefined, problem: refused };
  const { capabilities } = result;
  if (capabilities.state !== 'present') {
    const found = capabilities.state === 'unreadable' ? capabilities.problem : capabilityProblem(role, []);
    return { login, missing: undefined, problem: found };
  }
  const missing = missingCapabilities(needs, capabilities.value);
  return { login, missing, problem: missing.length > 0 ? capabilityProblem(role, missing) : undefined };
}

function capabilityProblem(role: string, missing: readonly PathGrant[]): Problem {
  const named = missing.map((grant) => `${grant.path} [${grant.capabilities.join(', ')}]`).join('; ');
  const seen = named === '' ? 'its capabilities could not be asked' : `it lacks ${named}`;
  return problem(
    'CAPABILITY_MISSING',
    `role ${role} logs in, but ${seen}`,
    'Give these capabilities to a policy of the role, or use connection-policy-scope: mount and let bind keep the policy.',
  );
}

async function mintFor({ ports }: Context, who: ObjectRef, anchor: string | undefined): Promise<Secret> {
  const request = { namespace: who.namespace, name: who.name, ttlSeconds: PROBE_TTL_SECONDS };
  return (await ports.cluster.mintToken(anchor === undefined ? request : { ...request, anchor })).token;
}

function proven(
  context: Context,
  proof: { role: string; jwt: Secret; capabilitiesOf: readonly string[] },
  limitSeconds: number,
): Promise<ProofResult> {
  const { ports, intent } = context;
  return until(
    ports,
    limitSeconds,
    () => ports.vault.proveLogin({ mount: intent.mount, ...proof }),
    // Only the bare 403 and a node that has not heard of the mount yet get better by waiting.
    ({ login }) => login.outcome === 'accepted' || (login.outcome === 'refused' && !settles(login.status, login.text)),
  );
}

function settles(status: number, text: ForeignText): boolean {
  return status === 404 || status === 500 || (status === 403 && text.matches(/^\s*permission denied\s*$/));
}

function asObserved(login: LoginOutcome): Observed<LoginOutcome> {
  return login.outcome === 'unreadable' ? unreadable(login.problem) : present(login);
}

function loginProblem(survey: Survey, login: LoginOutcome, who: ObjectRef, role: string): Problem | undefined {
  if (login.outcome === 'accepted') return undefined;
  if (login.outcome === 'unreadable') return login.problem;
  return diagnose(survey, login, who, role);
}
