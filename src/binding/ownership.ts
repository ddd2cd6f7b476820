import type { DialFact, MountConfigFact, MountFact } from './facts.js';
import { canonicalHost, isSharedHost } from './host.js';
import { type Mark, readMark } from './mark.js';
import type { Observed } from './observed.js';

/** Whose mount it is; `why` is said to the reader. */
export type Ownership =
  | {
      readonly kind: 'new' | 'ours' | 'adopt' | 'recreated' | 'rebind';
      readonly origin: Mark['origin'];
      readonly why: string;
    }
  | { readonly kind: 'foreign'; readonly why: string; readonly owner: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** What ownership is judged by. */
export interface Claim {
  readonly uid: string;
  readonly cluster: string;
  readonly kubernetesHost: string;
  readonly vaultUrl: string;
  readonly allowRebind: boolean;
  readonly mount: MountFact | undefined;
  readonly config: MountConfigFact | undefined;
  /** The mark's copy on our reviewer, for when someone tuned the description away. */
  readonly markCopy: Mark | undefined;
  readonly storedDial: Observed<DialFact>;
}

/**
 * Decides by kube-system UID, host, cluster name and mark. Everything that is not provably ours, free or the same
 * cluster made anew is another cluster's: binding it would cut that one off at its next login.
 */
export function judgeOwnership(claim: Claim): Ownership {
  if (!claim.mount) return { kind: 'new', origin: 'created', why: 'the mount does not exist yet' };
  const described = readMark(claim.mount.description);
  const mark = described ?? claim.markCopy;
  if (mark?.uid === claim.uid)
    return {
      kind: 'ours',
      origin: mark.origin,
      why: described ? 'its mark names this cluster' : 'the reviewer remembers its mark',
    };
  if (!mark && !claim.config) return { kind: 'adopt', origin: 'adopted', why: 'it has no mark and no config' };
  if (!mark) return judgeUnmarked(claim);
  return judgeMarked(claim, mark);
}

function judgeUnmarked(claim: Claim): Ownership {
  if (!sameHost(claim))
    return foreign(
      claim,
      `a cluster at ${claim.config?.kubernetesHost ?? 'an unknown host'}`,
      'it has no mark and its host is not ours',
    );
  if (claim.storedDial.state !== 'present') return undecided(claim, `it has no mark, and ${untried(claim)}`);
  const { outcome, reason } = claim.storedDial.value;
  if (outcome === 'verified')
    return { kind: 'adopt', origin: 'adopted', why: 'it has our host, and its stored CA verifies it' };
  if (outcome === 'unreachable')
    return undecided(claim, `it has no mark, and its host cannot be reached from here (${reason})`);
  return foreign(
    claim,
    `an earlier cluster at ${claim.config?.kubernetesHost ?? 'this host'}`,
    `it has no mark, and its stored CA does not verify our host (${reason})`,
  );
}

function judgeMarked(claim: Claim, mark: Mark): Ownership {
  const owner = `cluster ${mark.cluster} (kube-system ${mark.uid})`;
  const recreated = mark.cluster === claim.cluster && (!claim.config || sameHost(claim));
  if (!recreated) return foreign(claim, owner, 'its mark names another cluster');
  if (isSharedHost(claim.kubernetesHost, claim.vaultUrl)) {
    return foreign(claim, owner, 'its mark names another kube-system UID, and many clusters share this host name');
  }
  if (!claim.config)
    return { kind: 'recreated', origin: mark.origin, why: 'same name, another UID, and no config yet' };
  if (claim.storedDial.state !== 'present' || claim.storedDial.value.outcome === 'unreachable') {
    return undecided(claim, `its mark names another UID, and ${untried(claim)}`);
  }
  if (claim.storedDial.value.outcome === 'verified')
    return foreign(claim, owner, 'its mark names another UID, and its stored CA still verifies the host');
  return {
    kind: 'recreated',
    origin: mark.origin,
    why: 'same name and host, another UID, and the stored CA no longer verifies the host',
  };
}

/** Nobody can say whose it is from here; `allow-rebind` is the word of someone who knows. */
function undecided(claim: Claim, why: string): Ownership {
  return claim.allowRebind
    ? { kind: 'rebind', origin: 'adopted', why: `taken by allow-rebind: ${why}` }
    : { kind: 'unknown', why };
}

function untried(claim: Claim): string {
  return claim.config?.kubernetesCaCert.trim() === ''
    ? 'no CA is stored that could be tried on its host'
    : 'its stored CA could not be tried on its host';
}

function foreign(claim: Claim, owner: string, why: string): Ownership {
  if (claim.allowRebind)
    return { kind: 'rebind', origin: 'adopted', why: `taken from ${owner} by allow-rebind: ${why}` };
  return { kind: 'foreign', owner, why };
}

function sameHost(claim: Claim): boolean {
  return (
    claim.config !== undefined && canonicalHost(claim.config.kubernetesHost) === canonicalHost(claim.kubernetesHost)
  );
}
