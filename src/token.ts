import {
  anchorAnnotations,
  anchorName,
  historyKey,
  madeKey,
  provenKey,
  readMade,
  recordKey,
  writeHistory,
  writeMade,
  writeProven,
  writeRecord,
} from './binding/anchor.js';
import { BindError } from './binding/errors.js';
import type { TokenRecord } from './binding/facts.js';
import { valueOf } from './binding/observed.js';
import { PROBE } from './binding/role.js';
import type { Secret } from './binding/secret.js';
import type { Survey } from './binding/survey.js';
import { clusterNow } from './cluster-clock.js';
import type { Context } from './context.js';
import type { Lock } from './lock.js';
import { PROBE_TTL_SECONDS } from './observe.js';
import { configWrite } from './payload.js';
import type { MintedToken } from './ports.js';
import { replay } from './replay.js';
import { settle } from './retry.js';

/** Secrets and names that later steps need from earlier ones. */
export interface Hands {
  readonly lock: Lock;
  readonly survey: Survey;
  readonly reached: Set<string>;
  readonly written: Set<string>;
  /** Names of the roles this plan makes on a mount that was there before. */
  readonly makes: readonly string[];
  minted?: MintedToken;
  mintedSlot?: 'a' | 'b';
  anchorUid?: string;
  proofAnchor?: string;
  probeToken?: Secret;
  /** Whether the record names the new anchor, so that Vault may hold its token. */
  recorded?: boolean;
}

export async function mint(context: Context, hands: Hands, slot: 'a' | 'b', reuse: boolean): Promise<void> {
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

export async function deleteAnchor({ ports, intent }: Context, hands: Hands, slot: 'a' | 'b' | 'proof'): Promise<void> {
  const { namespace, name } = intent.reviewer;
  const uid = hands.survey.record?.slot === slot ? hands.survey.record.anchorUid : undefined;
  await ports.cluster.deleteAnchor(namespace, anchorName(name, hands.survey.hash, slot), uid || undefined);
}

/** Vault's own request, from here, before Vault is told anything. */
export async function replayMinted(context: Context, hands: Hands): Promise<void> {
  if (!hands.minted || !hands.probeToken) return;
  await replay(context, hands.survey, hands.minted.token, hands.probeToken);
}

function record(context: Context, hands: Hands, state: TokenRecord['state']): TokenRecord {
  const { ports } = context;
  return {
    slot: hands.mintedSlot ?? 'a',
    anchorUid: hands.anchorUid ?? '',
    issuedAt: clusterNow(ports),
    expiresAt: required(hands.minted).expiresAt,
    run: ports.run,
    state,
  };
}

/** Before the config write, so that a run killed right after it leaves word of which anchors may be in use. */
export async function recordPending(context: Context, hands: Hands): Promise<void> {
  const { intent, ports } = context;
  if (!hands.minted || !hands.mintedSlot) return;
  hands.recorded = true;
  const { namespace, name } = intent.reviewer;
  const { hash, facts } = hands.survey;
  const anchor = anchorName(name, hash, hands.mintedSlot);
  const made = readMade(valueOf(facts.cluster.reviewer)?.annotations ?? {}, hash);
  await settle([
    ports.cluster.annotateServiceAccount(namespace, name, {
      [recordKey(hash)]: writeRecord(record(context, hands, 'pending')),
      ...(hands.makes.length > 0 ? { [madeKey(hash)]: writeMade([...made, ...hands.makes]) } : {}),
    }),
    ports.cluster.annotateAnchor(
      namespace,
      anchor,
      anchorAnnotations(intent.cluster, intent.mount, hands.minted.expiresAt),
    ),
  ]);
}

export async function recordLive(context: Context, hands: Hands): Promise<void> {
  if (!hands.minted) return;
  const { namespace, name } = context.intent.reviewer;
  const { hash, facts } = hands.survey;
  const live = record(context, hands, 'live');
  const history = valueOf(facts.cluster.reviewer)?.annotations[historyKey(hash)];
  await context.ports.cluster.annotateServiceAccount(namespace, name, {
    [recordKey(hash)]: writeRecord(live),
    [historyKey(hash)]: writeHistory(history, live),
    [provenKey(hash)]: writeProven(configWrite(hands.survey, hands.minted.token)),
  });
}

/** The anchor of the reviewer token in use, to bind proof tokens to when none may be made. */
export function liveAnchor(survey: Survey): string | undefined {
  const { record: found, hash, intent, facts } = survey;
  if (!found || valueOf(facts.cluster.anchors[found.slot]) === undefined) return undefined;
  return anchorName(intent.reviewer.name, hash, found.slot);
}

/**
 * The proof's tokens die in any case; a new reviewer token dies with its anchor when Vault was never told of it. Once
 * the Lease is another run's, so are the anchors, which have the same names: that run removes what is left.
 */
export async function removeShortLived({ ports, intent }: Context, hands: Hands): Promise<void> {
  const held = await hands.lock.check().then(
    () => true,
    () => false,
  );
  if (!held) return;
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

export function required<T>(value: T | undefined): T {
  if (value === undefined)
    throw new BindError({
      code: 'INTERNAL',
      message: 'a step ran before the one it needs',
      hint: 'Report it with the report file.',
    });
  return value;
}
