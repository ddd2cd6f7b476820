import type { ModeName } from './binding/intent.js';

/** One mode: a mode differs from another in these columns and nowhere else. */
export interface ModeRow {
  /** What it is for, in one sentence; also the text in the docs. */
  readonly purpose: string;
  /** `files`: it reads checkouts alone, and needs neither a cluster nor Vault. */
  readonly looksAt: 'live' | 'files';
  /** Which plan is made. */
  readonly plan: 'bind' | 'rotate' | 'unbind';
  /** Whether the plan is applied. */
  readonly writes: boolean;
  /** Whether blockers stop it: `verify` shows the same facts as checks. */
  readonly blocks: boolean;
  /** Whether a login as vault-config-operator's ServiceAccount is proved, which takes a token of it. */
  readonly provesConnection: boolean;
  /** Which checks are looked at and decide the verdict (`bind` takes in all of them when it waits); `absence`: that nothing is left to do. */
  readonly checks: 'none' | 'absence' | 'binding' | 'all';
  /** Whether the contract checks decide the verdict, are shown (and decide when the whole checklist does), or are left out. */
  readonly contract: 'decides' | 'shown' | 'none';
  /** Whether `cluster-uid` may stand for a cluster that is gone. */
  readonly withoutCluster: boolean;
  /** Whether a difference that `bind` would mend turns the verdict red although every check holds. */
  readonly driftIsRed: boolean;
  /** Whether it prints the grants each identity needs. */
  readonly grants: boolean;
  /** Lifetime asked for the reviewer token, in seconds, unless `reviewer-token-ttl` says otherwise. */
  readonly reviewerTokenTtlSeconds: number;
}

const DAY_SECONDS = 86_400;

export const MODES: Readonly<Record<ModeName, ModeRow>> = {
  bind: {
    purpose: 'makes the binding true and proves it; safe to repeat',
    looksAt: 'live',
    plan: 'bind',
    writes: true,
    blocks: true,
    provesConnection: true,
    checks: 'binding',
    contract: 'shown',
    withoutCluster: false,
    driftIsRed: false,
    grants: false,
    reviewerTokenTtlSeconds: DAY_SECONDS,
  },
  plan: {
    purpose: 'shows what bind would do as a diff, and the grants each identity needs; writes nothing',
    looksAt: 'live',
    plan: 'bind',
    writes: false,
    blocks: true,
    provesConnection: true,
    checks: 'none',
    contract: 'decides',
    withoutCluster: false,
    driftIsRed: false,
    grants: true,
    reviewerTokenTtlSeconds: DAY_SECONDS,
  },
  rotate: {
    purpose: 'nightly: a new reviewer token, proven before the old one dies; touches neither host, CA nor roles',
    looksAt: 'live',
    plan: 'rotate',
    writes: true,
    blocks: true,
    provesConnection: false,
    checks: 'binding',
    contract: 'none',
    withoutCluster: false,
    driftIsRed: false,
    grants: false,
    reviewerTokenTtlSeconds: 3 * DAY_SECONDS,
  },
  unbind: {
    purpose: 'takes the binding of an ephemeral cluster away, and nothing that is not its own; safe to repeat',
    looksAt: 'live',
    plan: 'unbind',
    writes: true,
    blocks: true,
    provesConnection: false,
    checks: 'absence',
    contract: 'none',
    withoutCluster: true,
    driftIsRed: false,
    grants: false,
    reviewerTokenTtlSeconds: DAY_SECONDS,
  },
  verify: {
    purpose: 'the gate: is everything green, and has anything drifted; writes nothing',
    looksAt: 'live',
    plan: 'bind',
    writes: false,
    blocks: false,
    provesConnection: false,
    checks: 'all',
    contract: 'decides',
    withoutCluster: false,
    driftIsRed: true,
    grants: false,
    reviewerTokenTtlSeconds: DAY_SECONDS,
  },
  fleet: {
    purpose: 'the clusters repository as job matrices of at most 256, and after the jobs as one table; writes nothing',
    looksAt: 'files',
    plan: 'bind',
    writes: false,
    blocks: true,
    provesConnection: false,
    checks: 'none',
    contract: 'none',
    withoutCluster: true,
    driftIsRed: false,
    grants: false,
    reviewerTokenTtlSeconds: DAY_SECONDS,
  },
};

/** Every mode, as the input accepts them. */
export const MODE_NAMES = Object.keys(MODES) as readonly ModeName[];
