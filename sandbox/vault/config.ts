import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, createAuthority } from '../pki.ts';
import type { VaultBinary } from './binary.ts';

export interface VaultOptions {
  /** Serve HTTPS with a certificate of a private CA. Default: false. */
  tls?: boolean;
  /** Demand a client certificate; implies `tls`. Default: false. */
  mtls?: boolean;
  /** The server's binary. Default: see `findVault`. */
  bin?: string;
  /** In memory, unsealed at once; `restart` is then impossible. Default: true unless one of the other modes is asked for. */
  dev?: boolean;
  /** Leave it uninitialised. Default: false. */
  uninitialised?: boolean;
  /** Default: a free port. */
  port?: number;
  /** Names and addresses in the serving certificate. Default: `127.0.0.1`, `localhost`. */
  hosts?: string[];
  /** When the serving certificate expires. Default: in ten years. */
  notAfter?: Date;
}

/** What the server reads from disk, and what a client of it needs. */
export interface VaultFiles {
  readonly dir: string;
  readonly config: string;
  readonly auditLog: string;
  readonly caPem: string | null;
  readonly caFile: string | null;
  readonly client: { readonly certPem: string; readonly keyPem: string } | null;
}

function block(name: string, settings: Record<string, string | number | boolean>): string {
  const lines = Object.entries(settings).map(([key, value]) => `  ${key} = ${JSON.stringify(value)}`);
  return [`${name} {`, ...lines, '}', ''].join('\n');
}

function writeTls(
  dir: string,
  options: VaultOptions,
  authority: Authority,
): Omit<VaultFiles, 'dir' | 'config' | 'auditLog'> {
  if (!options.tls && !options.mtls) return { caPem: null, caFile: null, client: null };
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text, { mode: 0o600 });
  const hosts = options.hosts ?? ['127.0.0.1', 'localhost'];
  const serving = authority.server(hosts, options.notAfter === undefined ? {} : { notAfter: options.notAfter });
  write('ca.crt', authority.certPem);
  write('serving.crt', serving.certPem);
  write('serving.key', serving.keyPem);
  const client = options.mtls ? authority.client({ user: 'sandbox-client' }) : null;
  return { caPem: authority.certPem, caFile: join(dir, 'ca.crt'), client };
}

/** What tells the nodes of one raft cluster apart, and the CA that they share. */
export interface RaftNode {
  readonly nodeId: string;
  readonly authority: Authority;
}

/** Writes the configuration of a raft server (of one node unless it joins others), or of the audit device alone for `dev`. */
export function writeVaultFiles(
  dir: string,
  binary: VaultBinary,
  options: VaultOptions & { dev: boolean },
  ports: { api: number; cluster: number },
  { nodeId, authority }: RaftNode = { nodeId: 'sandbox', authority: createAuthority('sandbox-vault-ca') },
): VaultFiles {
  const tls = writeTls(dir, options, authority);
  const auditLog = join(dir, 'audit.log');
  // OpenBao takes audit devices from its configuration alone, Vault from its API alone. The nodes of a cluster share the
  // device, so its path is relative: each runs in a directory of its own.
  const audit = 'audit "file" "file" {\n  options {\n    file_path = "audit.log"\n  }\n}\n';
  const parts = binary.kind === 'openbao' ? [audit] : ['disable_mlock = true\n'];
  if (!options.dev) {
    mkdirSync(join(dir, 'data'));
    const files = { tls_cert_file: join(dir, 'serving.crt'), tls_key_file: join(dir, 'serving.key') };
    const demand = { tls_require_and_verify_client_cert: true, tls_client_ca_file: join(dir, 'ca.crt') };
    const listener = {
      address: `127.0.0.1:${ports.api}`,
      cluster_address: `127.0.0.1:${ports.cluster}`,
      ...(tls.caPem === null ? { tls_disable: true } : files),
      ...(tls.client === null ? {} : demand),
    };
    parts.push(
      block('listener "tcp"', listener),
      block('storage "raft"', {
        path: join(dir, 'data'),
        node_id: nodeId,
        performance_multiplier: 1,
        // A node that joins gets its vote in one of these rounds, by default 10 s apart.
        autopilot_reconcile_interval: '500ms',
        autopilot_update_interval: '200ms',
      }),
      `api_addr = "${tls.caPem === null ? 'http' : 'https'}://127.0.0.1:${ports.api}"\n`,
      `cluster_addr = "https://127.0.0.1:${ports.cluster}"\n`,
    );
  }
  const config = join(dir, 'config.hcl');
  writeFileSync(config, parts.join('\n'), { mode: 0o600 });
  return { dir, config, auditLog, ...tls };
}
