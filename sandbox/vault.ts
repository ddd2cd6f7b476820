import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.ts';
import type { VaultServer } from './types.ts';
import { findVault } from './vault/binary.ts';
import { type VaultOptions, writeVaultFiles } from './vault/config.ts';
import { Vault } from './vault/server.ts';

export type { VaultOptions } from './vault/config.ts';

/**
 * Starts a real OpenBao or HashiCorp Vault: by default a dev server (1 s), with any other option a one-node raft server
 * (3 s), initialised and unsealed over HTTP. Both have KV version 2 at `secret/` and an audit log that names the user agent.
 * @throws when no binary is found or it is not ready within 60 s, with the tail of its log.
 */
export async function startVault(options: VaultOptions = {}): Promise<VaultServer> {
  const dev = options.dev ?? !(options.tls || options.mtls || options.uninitialised);
  if (dev && (options.tls || options.mtls || options.uninitialised))
    throw new Error('dev goes with none of tls, mtls, uninitialised');
  const binary = findVault(options.bin);
  const [free = 0, cluster = 0] = await freePorts(2);
  const port = options.port ?? free;
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-vault-'));
  const files = writeVaultFiles(dir, binary, { ...options, dev }, { api: port, cluster });
  const vault = new Vault(binary, files, dev, port);
  try {
    await vault.health(dev ? 200 : 501);
    if (dev) await vault.settle();
    else if (!options.uninitialised) await vault.initialise();
  } catch (error) {
    await vault.stop();
    throw error;
  }
  return vault;
}
