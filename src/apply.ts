import {
  anchorAnnotations,
  anchorName,
  leaseName,
  markKey,
  recordKey,
  writeMarkCopy,
  writeRecord,
} from './binding/anchor.js';
import { BindError, type Problem } from './binding/errors.js';
import type { LoginOutcome, TokenRecord } from './binding/facts.js';
import { absent, type Observed, valueOf } from './binding/observed.js';
import { makePlan } from './binding/plan.js';
import { PROBE } from './binding/role.js';
import type { Secret } from './binding/secret.js';
import { type Action, changes, type Plan, stepKey } from './binding/step.js';
import { makeSurvey, type Survey } from './binding/survey.js';
import { desiredMark } from './binding/vault-plan.js';
import { removeCanary, runCanary } from './canary.js';
import type { Context } from './context.js';
import { Lock } from './lock.js';
import { observe, PROBE_TTL_SECONDS } from './observe.js';
import { configWrite } from './payload.js';
import type { MintedToken } from './ports.js';
import { type ConnectionProof, proveConnection, proveProbe } from './prove.js';
import { replay } from './replay.js';
import { until } from './retry.js';

/** What became of a plan. `reached` are the steps that were begun; what is done is for the next look to say. */
export interface Applied {
  readonly survey: Survey;
  readonly plan: Plan;
  readonly reached: ReadonlySet<string>;
  readonly probe: Observed<LoginOutcome>;
  readonly connection: ConnectionProof | undefined;
  readonly expiresAt: number | undefined;
  readonly failure: Problem | undefined;
  readonly others: readonly Problem[];
}

/** Secrets and names that later steps need from earlier ones. */
interface Hands {
  readonly lock: Lock;
  readonly survey: Survey;
  readonly reached: Set<string>;
  minted?: MintedToken;
  mintedSlot?: 'a' | 'b';
  anchorUid?: string;
  proofAnchor?: string;
  probeToken?: Secret;
  /** Whether the record names the new anchor, so that Vault may hold its token. */
  recorded?: boolean;
}

/**
 * Makes the namespace when it has to, takes the lock, looks and plans again under it, and applies that plan: cluster,
 * replay, Vault, proof, and only then the removal of what the new token replaces.
 */
export async function applyPlan(
  context: Context,
  first: Survey,
  firstPlan: Plan,
  recheck: (survey: Survey, plan: Plan) => Promise<readonly Problem[]>,
): Promise<Applied> {
  const reached = new Set<string>();
  const { ports, intent, materials } = context;
  await makeNamespace(context, firstPlan, reached);
  const lock = await Lock.take(ports, intent.reviewer.namespace, leaseName(first.hash));
  let applied: Applied = {
    survey: first,
    plan: firstPlan,
    reached,
    probe: absent,
    connection: undefined,
    expiresAt: undefined,
    failure: undefined,
    others: [],
  };
  try {
    const survey = makeSurvey(intent, materials, await observe(intent, materials, ports));
    const plan = makePlan(survey);
    applied = { ...applied, survey, plan };
    const blockers = [...plan.blockers, ...(await recheck(survey, plan))];
    if (blockers[0]) throw new BindError(blockers[0], blockers.slice(1));
    return await applyUnderLock(context, { lock, survey, reached }, applied);
  } catch (thrown) {
    if (!(thrown instanceof BindError)) throw thrown;
    return { ...applied, failure: thrown.problems[0], others: thrown.problems.slice(1) };
  } finally {
    await lock.release();
  }
}

async function makeNamespace({ ports, intent }: Context, plan: Plan, reached: Set<string>): Promise<void> {
  const step = plan.steps.find((entry) => entry.action.do === 'create-namespace');
  if (!step) return;
  reached.add(stepKey(step));
  const { namespace } = intent.reviewer;
  await ports.cluster.createNamespace(namespace);
  await until(
    ports,
    30,
    () => ports.cluster.rootCa(namespace),
    (found) => found.state === 'present',
  );
  if (intent.connection.namespace === namespace && intent.connection.name === 'default') {
    await until(
      ports,
      10,
      () => ports.cluster.serviceAccount(namespace, 'default'),
      (found) => found.state === 'present',
    );
  }
}

async function applyUnderLock(context: Context, hands: Hands, applied: Applied): Promise<Applied> {
  const { plan, survey } = applied;
  const run = (match: (action: Action) => boolean): Promise<void> => perform(context, hands, plan, match);
  try {
    await run(({ do: verb }) => verb === 'create-reviewer' || verb === 'create-probe' || verb === 'create-delegator');
    await run(({ do: verb }) => verb === 'mint-reviewer-token' || verb === 'mark-reviewer');
    await replayMinted(context, hands);
    await Promise.all([
      recordPending(context, hands),
      run(({ do: verb }) => verb === 'write-policy' || verb === 'enable-mount' || verb === 'describe-mount'),
    ]);
    if (plan.canary !== null)
      await runCanary(context, survey, hands.lock, required(hands.minted).token, required(hands.probeToken));
    await run(({ do: verb }) => verb === 'write-config' || verb === 'write-role');
    const proofs = await proveAll(context, hands);
    if (proofs.problem) return { ...applied, ...proofs, failure: proofs.problem, expiresAt: hands.minted?.expiresAt };
    await Promise.all([
      recordLive(context, hands),
      run((action) => action.do === 'delete-anchor' || action.do === 'remove-canary'),
    ]);
    return { ...applied, ...proofs, expiresAt: hands.minted?.expiresAt };
  } finally {
    await removeShortLived(context, hands);
  }
}

async function perform(context: Context, hands: Hands, plan: Plan, match: (action: Action) => boolean): Promise<void> {
  const steps = changes(plan).filter((step) => match(step.action));
  if (steps.length === 0) return;
  await hands.lock.check();
  for (const step of steps) hands.reached.add(stepKey(step));
  await settle(steps.map((step) => act(context, hands, step.action)));
}

/** Waits for all before throwing: no request of ours may still be under way when cleaning up begins. */
async function settle(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const [first, ...rest] = failed;
  if (first === undefined) return;
  if (!(first instanceof BindError)) throw first;
  throw new BindError(
    first,
    rest.flatMap((other) => (other instanceof BindError ? other.problems : [])),
  );
}

async function act(context: Context, hands: Hands, action: Action): Promise<void> {
  const { ports, intent } = context;
  const { cluster, vault } = ports;
  const { namespace, name } = intent.reviewer;
  switch (action.do) {
    case 'none':
    case 'create-namespace':
      return;
    case 'create-reviewer':
      await cluster.createServiceAccount(namespace, name, markCopy(hands.survey));
      return;
    case 'create-probe':
      await cluster.createServiceAccount(namespace, PROBE, {});
      return;
    case 'create-delegator':
      return cluster.createDelegator(action.name, namespace, name);
    case 'mark-reviewer':
      return cluster.annotateServiceAccount(namespace, name, markCopy(hands.survey));
    case 'mint-reviewer-token':
      return mint(context, hands, action.slot, action.reuse);
    case 'delete-anchor':
      return action.slot === 'proof' && hands.proofAnchor ? undefined : deleteAnchor(context, hands, action.slot);
    case 'write-policy':
      return vault.writePolicy(action.name, action.text);
    case 'enable-mount':
      return vault.enableMount(intent.mount, action.description);
    case 'describe-mount':
      return vault.describeMount(intent.mount, action.description);
    case 'write-config':
      return vault.writeMountConfig(intent.mount, configWrite(hands.survey, required(hands.minted).token));
    case 'write-role':
      return vault.writeRole(intent.mount, action.role, action.fields);
    case 'remove-canary':
      return removeCanary(context);
  }
}

function markCopy(survey: Survey): Record<string, string> {
  return { [markKey(survey.hash)]: writeMarkCopy(desiredMark(survey), survey.intent.mount) };
}

async function mint(context: Context, hands: Hands, slot: 'a' | 'b', reuse: boolean): Promise<void> {
  const { ports, intent } = context;
  const { namespace, name } = intent.reviewer;
  const anchor = anchorName(name, hands.survey.hash, slot);
  const proof = anchorName(name, hands.survey.hash, 'proof');
  const told = anchorAnnotations(intent.cluster, intent.mount);
  hands.proofAnchor = proof;
  const makeAnchor = async (): Promise<MintedToken> => {
    hands.mintedSlot = slot;
    if (!reuse) hands.anchorUid = (await ports.cluster.createAnchor(namespace, anchor, told)).uid;
    return ports.cluster.mintToken({ namespace, name, ttlSeconds: intent.reviewerTokenTtlSeconds, anchor });
  };
  const makeProbe = async (): Promise<MintedToken> => {
    await ports.cluster.createAnchor(namespace, proof, told);
    return ports.cluster.mintToken({ namespace, name: PROBE, ttlSeconds: PROBE_TTL_SECONDS, anchor: proof });
  };
  const results = await Promise.allSettled([makeAnchor(), makeProbe()]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  const [reviewer, probe] = results;
  if (reviewer.status === 'fulfilled') hands.minted = reviewer.value;
  if (probe.status === 'fulfilled') hands.probeToken = probe.value.token;
}

async function deleteAnchor({ ports, intent }: Context, hands: Hands, slot: 'a' | 'b' | 'proof'): Promise<void> {
  const { namespace, name } = intent.reviewer;
  const uid = hands.survey.record?.slot === slot ? hands.survey.record.anchorUid : undefined;
  await ports.cluster.deleteAnchor(namespace, anchorName(name, hands.survey.hash, slot), uid || undefined);
}

/** Vault's own request, from here, before Vault is told anything. */
async function replayMinted(context: Context, hands: Hands): Promise<void> {
  if (!hands.minted || !hands.probeToken) return;
  await replay(context, hands.survey, hands.minted.token, hands.probeToken);
}

function record(context: Context, hands: Hands, state: TokenRecord['state']): Record<string, string> {
  const { ports } = context;
  const entry: TokenRecord = {
    slot: hands.mintedSlot ?? 'a',
    anchorUid: hands.anchorUid ?? '',
    issuedAt: ports.clock.now(),
    expiresAt: required(hands.minted).expiresAt,
    run: ports.run,
    state,
  };
  return { [recordKey(hands.survey.hash)]: writeRecord(entry) };
}

/** Before the config write, so that a run killed right after it leaves word of which anchors may be in use. */
async function recordPending(context: Context, hands: Hands): Promise<void> {
  const { intent, ports } = context;
  if (!hands.minted || !hands.mintedSlot) return;
  hands.recorded = true;
  const { namespace, name } = intent.reviewer;
  const anchor = anchorName(name, hands.survey.hash, hands.mintedSlot);
  await settle([
    ports.cluster.annotateServiceAccount(namespace, name, record(context, hands, 'pending')),
    ports.cluster.annotateAnchor(
      namespace,
      anchor,
      anchorAnnotations(intent.cluster, intent.mount, hands.minted.expiresAt),
    ),
  ]);
}

async function recordLive(context: Context, hands: Hands): Promise<void> {
  if (!hands.minted) return;
  const { namespace, name } = context.intent.reviewer;
  await context.ports.cluster.annotateServiceAccount(namespace, name, record(context, hands, 'live'));
}

interface Proofs {
  readonly probe: Observed<LoginOutcome>;
  readonly connection: ConnectionProof | undefined;
  readonly problem: Problem | undefined;
}

async function proveAll(context: Context, hands: Hands): Promise<Proofs> {
  const { survey } = hands;
  const anchored = hands.proofAnchor ?? liveAnchor(survey);
  const fresh = survey.config === undefined || survey.hostChanges || survey.caChange !== 'none';
  const [probe, connection] = await Promise.all([
    proveProbe(context, survey, anchored, hands.probeToken, fresh ? 35 : 10),
    proveConnection(context, survey, anchored, fresh ? 35 : 10),
  ]);
  return { probe: probe.login, connection, problem: probe.problem ?? connection.problem };
}

/** The anchor of the reviewer token in use, to bind proof tokens to when none may be made. */
export function liveAnchor(survey: Survey): string | undefined {
  const { record: found, hash, intent, facts } = survey;
  if (!found || valueOf(facts.cluster.anchors[found.slot]) === undefined) return undefined;
  return anchorName(intent.reviewer.name, hash, found.slot);
}

/** The proof's tokens die in any case; a new reviewer token dies with its anchor when Vault was never told of it. */
async function removeShortLived({ ports, intent }: Context, hands: Hands): Promise<void> {
  const { namespace, name } = intent.reviewer;
  const gone: Promise<void>[] = [];
  if (hands.proofAnchor) gone.push(ports.cluster.deleteAnchor(namespace, hands.proofAnchor));
  if (!hands.recorded && hands.mintedSlot && hands.anchorUid) {
    gone.push(
      ports.cluster.deleteAnchor(namespace, anchorName(name, hands.survey.hash, hands.mintedSlot), hands.anchorUid),
    );
  }
  await Promise.allSettled(gone);
}

function required<T>(value: T | undefined): T {
  if (value === undefined)
    throw new BindError({
      code: 'INTERNAL',
      message: 'a step ran before the one it needs',
      hint: 'Report it with the report file.',
    });
  return value;
}
