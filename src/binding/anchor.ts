import { createHash } from 'node:crypto';
import type { AnchorSlot, ProvenConfig, TokenRecord } from './facts.js';
import type { Mark } from './mark.js';

const PREFIX = 'vault-cluster-bind.bitiq.io';
/** A fortnight of nightly rotations. */
const MOST_HISTORY = 14;

/** Tells apart the mounts, namespaces and Vaults that share one reviewer. */
export interface BindingKey {
  readonly vaultClusterId: string;
  readonly namespace: string;
  readonly mount: string;
}

/** Ten hex digits that name a binding on its cluster. */
export function bindingHash(key: BindingKey): string {
  const text = [key.vaultClusterId, key.namespace.replace(/^\/+|\/+$/g, ''), key.mount].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}

/** Secret a reviewer token (slots `a`, `b`) or the proof's tokens (`proof`) are bound to. */
export function anchorName(reviewer: string, hash: string, slot: AnchorSlot): string {
  return `${reviewer}-${hash}-${slot}`;
}

/** The Lease that admits one run at a time to a mount. */
export function leaseName(hash: string): string {
  return `vault-cluster-bind-${hash}`;
}

/** The throw-away mount of the canary; one name per mount, so that a leftover is found and grants can name it. */
export function canaryMount(mount: string): string {
  return `${mount}-canary`;
}

/** What an anchor says about itself, for people and for alert rules. */
export function anchorAnnotations(cluster: string, mount: string, expiresAt?: number): Record<string, string> {
  const told = { [`${PREFIX}/cluster`]: cluster, [`${PREFIX}/mount`]: mount };
  return expiresAt === undefined ? told : { ...told, [`${PREFIX}/expires-at`]: new Date(expiresAt).toISOString() };
}

export function recordKey(hash: string): string {
  return `${PREFIX}/token.${hash}`;
}

export function madeKey(hash: string): string {
  return `${PREFIX}/made.${hash}`;
}

/** Names of what bind itself made on a mount, so that unbind leaves what was there before. */
export function readMade(annotations: Readonly<Record<string, string>>, hash: string): readonly string[] {
  return readHistory(annotations[madeKey(hash)]).filter((name) => typeof name === 'string');
}

export function writeMade(names: readonly string[]): string {
  return JSON.stringify([...new Set(names)]);
}

/** Every annotation that belongs to one binding. */
export function bindingKeys(hash: string): readonly string[] {
  return [recordKey, markKey, historyKey, provenKey, madeKey].map((key) => key(hash));
}

/** How many other mounts hang on this reviewer. */
export function otherRecords(annotations: Readonly<Record<string, string>>, hash: string): number {
  return Object.keys(annotations).filter((key) => key.startsWith(recordKey('')) && key !== recordKey(hash)).length;
}

export function provenKey(hash: string): string {
  return `${PREFIX}/config.${hash}`;
}

export function writeProven(config: ProvenConfig): string {
  return JSON.stringify({ kubernetesHost: config.kubernetesHost, kubernetesCaCert: config.kubernetesCaCert });
}

export function readProven(annotation: string | undefined): ProvenConfig | undefined {
  const { kubernetesHost, kubernetesCaCert } = parseObject(annotation) ?? {};
  if (typeof kubernetesHost !== 'string' || typeof kubernetesCaCert !== 'string') return undefined;
  return { kubernetesHost, kubernetesCaCert };
}

export function historyKey(hash: string): string {
  return `${PREFIX}/history.${hash}`;
}

/** `history` with this token in front: when it was minted, by which run and until when it lives; the last ones only. */
export function writeHistory(history: string | undefined, record: TokenRecord): string {
  const entry = {
    issuedAt: new Date(record.issuedAt).toISOString(),
    expiresAt: new Date(record.expiresAt).toISOString(),
    run: record.run,
  };
  return JSON.stringify([entry, ...readHistory(history)].slice(0, MOST_HISTORY));
}

function readHistory(text: string | undefined): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

export function markKey(hash: string): string {
  return `${PREFIX}/mark.${hash}`;
}

/** The record as an annotation value: RFC 3339 times, so that people and alert rules can read it. */
export function writeRecord(record: TokenRecord): string {
  return JSON.stringify({
    ...record,
    issuedAt: new Date(record.issuedAt).toISOString(),
    expiresAt: new Date(record.expiresAt).toISOString(),
  });
}

/** The record, or undefined when the annotation is missing or was edited into something else. */
export function readRecord(annotation: string | undefined): TokenRecord | undefined {
  const raw = parseObject(annotation);
  if (!raw) return undefined;
  const { slot, anchorUid, run, state } = raw;
  const issuedAt = Date.parse(String(raw.issuedAt));
  const expiresAt = Date.parse(String(raw.expiresAt));
  if ((slot !== 'a' && slot !== 'b') || typeof anchorUid !== 'string' || (state !== 'pending' && state !== 'live'))
    return undefined;
  if (Number.isNaN(issuedAt) || Number.isNaN(expiresAt)) return undefined;
  return { slot, anchorUid, issuedAt, expiresAt, run: typeof run === 'string' ? run : '', state };
}

export function writeMarkCopy(mark: Mark, mount: string): string {
  return JSON.stringify({ mount, ...mark });
}

export function readMarkCopy(annotation: string | undefined, mount: string): Mark | undefined {
  const raw = parseObject(annotation);
  if (!raw || raw.mount !== mount || typeof raw.cluster !== 'string' || typeof raw.uid !== 'string') return undefined;
  return { cluster: raw.cluster, uid: raw.uid, origin: raw.origin === 'created' ? 'created' : 'adopted' };
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
