import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../pki.ts';
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

function writeTls(dir: string, options: VaultOptions): Omit<VaultFiles, 'dir' | 'config' | 'auditLog'> {
  if (!options.tls && !options.mtls) return { caPem: null, caFile: null, client: null };
  const write = (name: string, text: string): void => writeFileSync(join(dir, name), text, { mode: 0o600 });
  const authority = createAuthority('sandbox-vault-ca');
  const hosts = options.hosts ?? ['127.0.0.1', 'localhost'];
  const serving = authority.server(hosts, options.notAfter === undefined ? {} : { notAfter: options.notAfter });
  write('ca.crt', authority.certPem);
  write('serving.crt', serving.certPem);
  write('serving.key', serving.keyPem);
  const client = options.mtls ? authority.client({ user: 'sandbox-client' }) : null;
  return { caPem: authority.certPem, caFile: join(dir, 'ca.crt'), client };
}

/** Writes the configuration of a one-node raft server, or of the audit device alone for `dev`. */
export function writeVaultFiles(
  dir: string,
  binary: VaultBinary,
  options: VaultOptions & { dev: boolean },
  ports: { api: number; cluster: number },
): VaultFiles {
  const tls = writeTls(dir, options);
  const auditLog = join(dir, 'audit.log');
  // OpenBao takes audit devices from its configuration alone, Vault from its API alone.
  const audit = `audit "file" "file" {\n  options {\n    file_path = ${JSON.stringify(auditLog)}\n  }\n}\n`;
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
      block('storage "raft"', { path: join(dir, 'data'), node_id: 'sandbox', performance_multiplier: 1 }),
      `api_addr = "${tls.caPem === null ? 'http' : 'https'}://127.0.0.1:${ports.api}"\n`,
      `cluster_addr = "https://127.0.0.1:${ports.cluster}"\n`,
    );
  }
  const config = join(dir, 'config.hcl');
  writeFileSync(config, parts.join('\n'), { mode: 0o600 });
  return { dir, config, auditLog, ...tls };
}
