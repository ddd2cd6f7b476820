import type { ClusterFacts, MountConfigFact, TokenRecord } from './facts.js';

/** What has to happen to the reviewer token, and why. */
export type TokenDecision =
  | { readonly need: 'keep'; readonly record: TokenRecord }
  | { readonly need: 'renew'; readonly cause: 'missing' | 'dead' | 'due' | 'asked'; readonly reason: string };

/** Less than half of its life left: a token is due, which is a warning and never drift. */
export function isDue(record: TokenRecord, now: number): boolean {
  return record.expiresAt - now < (record.expiresAt - record.issuedAt) / 2;
}

/**
 * Whether the stored reviewer token can stay. Vault never shows it, so this goes by what Vault says is set, by our
 * record on the reviewer and by the anchor it is bound to; a login that was refused (`refused`) overrules them all.
 */
export function decideToken(
  config: MountConfigFact | undefined,
  record: TokenRecord | undefined,
  anchors: ClusterFacts['anchors'],
  refused: boolean,
  now: number,
): TokenDecision {
  if (!config) return renew('missing', 'the mount has no config yet');
  if (config.reviewerTokenSet === false) return renew('missing', 'Vault holds no reviewer token');
  if (!record) return renew('missing', 'no record says which reviewer token Vault holds');
  if (record.state === 'pending') return renew('dead', 'an earlier run stopped before it proved its token');
  if (anchors[record.slot].state === 'absent') return renew('dead', 'the anchor of the reviewer token is gone');
  if (record.expiresAt <= now) return renew('dead', 'the reviewer token has expired');
  if (refused) return renew('dead', 'a login is refused with the reviewer token Vault holds');
  if (isDue(record, now)) return renew('due', "less than half of the reviewer token's life is left");
  return { need: 'keep', record };
}

function renew(cause: 'missing' | 'dead' | 'due', reason: string): TokenDecision {
  return { need: 'renew', cause, reason };
}

/**
 * The slot of the next token. A token that was proved keeps its slot to itself, also when its anchor is gone: an anchor
 * of that name is then never a newer one, which would pass for it. Where an interrupted run left two that may both be
 * in use, the new token is minted on the newer one: never more than two, and never one gone too early.
 */
export function nextSlot(
  record: TokenRecord | undefined,
  anchors: ClusterFacts['anchors'],
): { slot: 'a' | 'b'; reuse: boolean } {
  const a = anchors.a.state === 'present';
  const b = anchors.b.state === 'present';
  if (record?.state === 'live') {
    const slot = otherSlot(record.slot);
    return { slot, reuse: anchors[slot].state === 'present' };
  }
  if (!a || !b) return { slot: a ? 'b' : 'a', reuse: false };
  return { slot: record?.slot ?? 'b', reuse: true };
}

export function otherSlot(slot: 'a' | 'b'): 'a' | 'b' {
  return slot === 'a' ? 'b' : 'a';
}
