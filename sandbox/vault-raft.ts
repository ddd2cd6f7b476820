import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from './pki.ts';
import { freePorts } from './ports.ts';
import type { Answer, VaultAuditEvent, VaultServer } from './types.ts';
import { findVault, type VaultBinary } from './vault/binary.ts';
import { writeVaultFiles } from './vault/config.ts';
import { Vault } from './vault/server.ts';

export interface RaftOptions {
  /** Default: 2, of which none can be missed; 3 go on without one. */
  nodes?: 2 | 3;
  /** Serve HTTPS with certificates of one private CA. Default: false. */
  tls?: boolean;
  /** The servers' binary. Default: see `findVault`. */
  bin?: string;
}

/** A highly available OpenBao or Vault on loopback: every node is a server of its own over the same data. */
export interface RaftCluster {
  readonly kind: VaultServer['kind'];
  /** By index, in the order they joined; the first one is active at the start. */
  readonly nodes: readonly VaultServer[];
  readonly addresses: readonly string[];
  readonly caPem: string | null;
  readonly caFile?: string;
  readonly rootToken: string;
  /** Through the first node. */
  request: VaultServer['request'];
  /** Index of the active node; waits for one for up to 30 s. */
  active(): Promise<number>;
  /** Index of a node that runs, is unsealed and is not active. */
  standby(): Promise<number>;
  /** Makes the active node give up its place; resolves once it is asked, long before another one has it. */
  stepDown(): Promise<void>;
  /** Ends a node by SIGKILL. */
  stopNode(index: number): Promise<void>;
  /** Starts it again on its old data, and unseals it unless it is to stay `sealed` (a standby cannot be told to seal itself). */
  startNode(index: number, options?: { sealed?: boolean }): Promise<void>;
  /** Entries of all nodes, one node after the other; a forwarded request is in the active one's log alone. */
  audit(): Promise<VaultAuditEvent[]>;
  stop(): Promise<void>;
}

const ELECTION_MS = 30_000;

async function isActive(node: Vault): Promise<boolean | undefined> {
  const { status } = await node.request('GET', 'sys/health', undefined, '').catch((): Partial<Answer> => ({}));
  return status === 200 ? true : status === 429 ? false : undefined;
}

/** Index of the first node in that state. */
async function find(nodes: readonly Vault[], active: boolean): Promise<number> {
  const deadline = Date.now() + ELECTION_MS;
  for (;;) {
    const states = await Promise.all(nodes.map(isActive));
    const index = states.indexOf(active);
    // While an election goes on, every node may call itself a standby.
    if (index >= 0 && states.includes(true)) return index;
    if (Date.now() > deadline) throw new Error(`no ${active ? 'active node' : 'standby'} within 30 s: ${states}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function launch(dir: string, binary: VaultBinary, options: RaftOptions): Promise<Vault[]> {
  const count = options.nodes ?? 2;
  const ports = await freePorts(count * 2);
  const authority = createAuthority('sandbox-vault-ca');
  return Array.from({ length: count }, (_, index) => {
    const nodeId = `node-${index}`;
    const home = mkdtempSync(join(dir, `${nodeId}-`));
    const [api = 0, cluster = 0] = ports.slice(index * 2);
    const tls = { tls: options.tls ?? false, dev: false };
    const files = writeVaultFiles(home, binary, tls, { api, cluster }, { nodeId, authority });
    return new Vault(binary, files, false, api);
  });
}

/**
 * Starts a raft cluster of OpenBao or Vault (about 6 s), initialised and unsealed, with KV version 2 at `secret/` and an
 * audit log on every node.
 * @throws when no binary is found or a node is not ready within 60 s, with the tail of its log.
 */
export async function startRaft(options: RaftOptions = {}): Promise<RaftCluster> {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-raft-'));
  const nodes = await launch(dir, findVault(options.bin), options);
  const [first, ...others] = nodes as [Vault, ...Vault[]];
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map((node) => node.health(501)));
    await first.initialise();
    first.becomeMember();
    // A node that joins has no vote until it was stable for 10 s, and without votes nobody succeeds the active one.
    await first.request('POST', 'sys/storage/raft/autopilot/configuration', { server_stabilization_time: '100ms' });
    for (const node of others) await node.join(first);
    await first.voters(nodes.length);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    kind: first.kind,
    nodes,
    addresses: nodes.map(({ address }) => address),
    caPem: first.caPem,
    ...(first.caFile === undefined ? {} : { caFile: first.caFile }),
    rootToken: first.rootToken,
    request: (...asked) => first.request(...asked),
    active: () => find(nodes, true),
    standby: () => find(nodes, false),
    async stepDown() {
      const { status } = await (nodes[await find(nodes, true)] ?? first).request('PUT', 'sys/step-down');
      if (status >= 300) throw new Error(`sys/step-down: HTTP ${status}`);
    },
    stopNode: async (index) => nodes[index]?.halt(),
    startNode: async (index, how) => nodes[index]?.resume(how),
    audit: async () => (await Promise.all(nodes.map((node) => node.audit()))).flat(),
    stop,
  };
}
