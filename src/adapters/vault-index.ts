/** A position in the log of writes that a server's index header stands for, and whether that server takes hand-overs. */
interface Position {
  readonly cluster: string;
  readonly order: readonly bigint[];
  readonly handsOver: boolean;
}

/**
 * How far a run has seen Vault's storage, so that a node that lags behind does not answer it with the past. Nodes give
 * their own position with everything they answer themselves, reads and empty deletes too: only the furthest one counts.
 */
export class VaultIndex {
  #held: string | undefined;
  #position: Position | undefined;
  #handsOver = true;

  learn(method: string, status: number, header: string | undefined): void {
    if (!header || status >= 300) return;
    const found = positionOf(header);
    if (found === undefined && method === 'GET') return;
    if (this.#position && found && isBehind(found, this.#position)) return;
    this.#held = header;
    this.#position = found;
  }

  /** `here`: the node that is asked has to answer itself once it has caught up. */
  headers(here: boolean): Readonly<Record<string, string>> {
    if (this.#held === undefined) return {};
    // HashiCorp's server answers this with 400 unless its operator allowed it, and catches up while it is asked again.
    const handOver = !here && this.#handsOver && this.#position?.handsOver === true;
    return {
      'X-Vault-Index': this.#held,
      ...(handOver ? { 'X-Vault-Inconsistent': 'forward-active-node' } : {}),
    };
  }

  /** Goes without what this server does not take; false when there is nothing left to go without. */
  yield(): boolean {
    if (this.#held === undefined) return false;
    if (this.#handsOver && this.#position?.handsOver === true) this.#handsOver = false;
    else this.#held = undefined;
    return true;
  }
}

function isBehind(found: Position, held: Position): boolean {
  if (found.cluster !== held.cluster) return false;
  const differing = found.order.findIndex((part, index) => part !== held.order[index]);
  return differing >= 0 && (found.order[differing] ?? 0n) < (held.order[differing] ?? 0n);
}

/** OpenBao writes `{"cluster", "value"}`, HashiCorp `v1:<cluster>:<local>:<replicated>:<hmac>`, both in base64. */
function positionOf(header: string): Position | undefined {
  const text = Buffer.from(header, 'base64').toString('utf8');
  const [, cluster = '', local = '', replicated = ''] = /^v1:([^:]*):(\d+):(\d+):/.exec(text) ?? [];
  if (local !== '') return { cluster, order: [BigInt(local), BigInt(replicated)], handsOver: false };
  try {
    const { cluster: name, value } = JSON.parse(text) as { cluster?: unknown; value?: unknown };
    if (typeof name !== 'string' || typeof value !== 'string' || !/^\d+$/.test(value)) return undefined;
    return { cluster: name, order: [BigInt(value)], handsOver: true };
  } catch {
    return undefined;
  }
}
