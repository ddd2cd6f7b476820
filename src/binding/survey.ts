import { type BindingKey, bindingHash, markKey, readMarkCopy, readRecord, recordKey } from './anchor.js';
import { fingerprints } from './certificate.js';
import type { Facts, MountConfigFact, TokenRecord } from './facts.js';
import { canonicalHost } from './host.js';
import type { Intent } from './intent.js';
import { valueOf } from './observed.js';
import { judgeOwnership, type Ownership } from './ownership.js';
import { decideToken, type TokenDecision } from './rotation.js';

/** Files the intent points at, read. */
export interface Materials {
  /** `kubernetes-ca-certificate`. */
  readonly kubernetesCaPem?: string;
  /** `gitops-policy-file`. */
  readonly gitopsPolicyText?: string;
}

/** One look turned into conclusions that plan and checks share. */
export interface Survey {
  readonly intent: Intent;
  readonly materials: Materials;
  readonly facts: Facts;
  readonly hash: string;
  readonly uid: string;
  /** What Vault is to be told. */
  readonly kubernetesHost: string;
  /** Empty while kube-root-ca.crt cannot be read. */
  readonly desiredCaPem: string;
  readonly config: MountConfigFact | undefined;
  readonly record: TokenRecord | undefined;
  readonly ownership: Ownership;
  readonly hostChanges: boolean;
  readonly caChange: CaChange;
  readonly token: TokenDecision;
}

/** Why the stored bundle is rewritten; `none` keeps it. `host`: it was never tried on the host that is to be written. */
export type CaChange = 'none' | 'first' | 'explicit' | 'broken' | 'withdrawn' | 'host';

export function bindingKey(intent: Intent, vaultClusterId: string): BindingKey {
  return { vaultClusterId, namespace: intent.vault.namespace, mount: intent.mount };
}

export function makeSurvey(intent: Intent, materials: Materials, facts: Facts): Survey {
  const hash = bindingHash(bindingKey(intent, valueOf(facts.vault.health)?.clusterId ?? ''));
  const kubernetesHost = intent.kubernetesHost ?? facts.cluster.server;
  const desiredCaPem = materials.kubernetesCaPem ?? valueOf(facts.cluster.rootCa) ?? '';
  const config = valueOf(facts.vault.config);
  const annotations = valueOf(facts.cluster.reviewer)?.annotations ?? {};
  const record = readRecord(annotations[recordKey(hash)]);
  const uid = valueOf(facts.cluster.identity)?.uid ?? '';
  const ownership = judgeOwnership({
    uid,
    cluster: intent.cluster,
    kubernetesHost,
    vaultUrl: intent.vault.url,
    allowRebind: intent.allowRebind,
    mount: valueOf(facts.vault.mount),
    config,
    markCopy: readMarkCopy(annotations[markKey(hash)], intent.mount),
    storedDial: facts.storedDial,
  });
  const hostChanges = config !== undefined && canonicalHost(config.kubernetesHost) !== canonicalHost(kubernetesHost);
  return {
    intent,
    materials,
    facts,
    hash,
    uid,
    kubernetesHost,
    desiredCaPem,
    config,
    record,
    ownership,
    hostChanges,
    caChange: judgeCa(config, desiredCaPem, materials.kubernetesCaPem !== undefined, hostChanges, facts),
    token: decideToken(config, record, facts.cluster.anchors, isReviewRefused(facts), facts.at),
  };
}

/** A 403 that may come from the TokenReview; what Vault refuses by the role alone says nothing about the reviewer. */
function isReviewRefused(facts: Facts): boolean {
  const live = valueOf(facts.liveLogin);
  if (live?.outcome !== 'refused' || live.status !== 403) return false;
  // Addresses are refused in the same bare words.
  if ((valueOf(facts.vault.probeRole)?.tokenBoundCidrs.length ?? 0) > 0) return false;
  return !live.text.matches(/not authorized|invalid (audience|expiration|not before|issuer)/);
}

/** Bundles are sets of fingerprints: rewritten when the live chain needs it or a certificate was withdrawn. */
function judgeCa(
  config: MountConfigFact | undefined,
  desiredPem: string,
  explicit: boolean,
  hostChanges: boolean,
  facts: Facts,
): CaChange {
  if (!config) return 'first';
  const stored = fingerprints(config.kubernetesCaCert);
  const desired = fingerprints(desiredPem);
  if (desired.size === 0) return 'none';
  const withdrawn = [...stored].some((print) => !desired.has(print));
  if (explicit && (withdrawn || stored.size !== desired.size)) return 'explicit';
  if (stored.size === 0) return 'broken';
  if (withdrawn) return 'withdrawn';
  if (hostChanges && stored.size !== desired.size) return 'host';
  const dial = valueOf(facts.storedDial);
  const desiredDial = valueOf(facts.desiredDial);
  return dial?.outcome === 'untrusted' && desiredDial?.outcome === 'verified' ? 'broken' : 'none';
}
