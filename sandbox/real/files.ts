import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, type Certificate, createAuthority } from '../pki.ts';
import type { ClusterOptions } from '../types.ts';
import { AUDIT_POLICY } from './audit.ts';

/** What the control plane reads from disk, and the authorities behind it. */
export interface ControlPlaneFiles {
  readonly dir: string;
  readonly authority: Authority;
  /** Verifies the named certificate; only with `foreignServingCa`. */
  readonly foreign: Authority | null;
  path(name: string): string;
}

function servingNames(options: ClusterOptions): { own: string[]; named: string[] } {
  const inside = ['127.0.0.1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', '10.0.0.1'];
  const outside = ['localhost', ...(options.servingHosts ?? [])];
  return options.foreignServingCa ? { own: inside, named: outside } : { own: [...inside, ...outside], named: [] };
}

/** Writes certificates, keys, the audit policy and the controller-manager's kubeconfig path into `dir`. */
export function writeFiles(dir: string, options: ClusterOptions): ControlPlaneFiles {
  const path = (name: string): string => join(dir, name);
  const write = (name: string, text: string): void => writeFileSync(path(name), text, { mode: 0o600 });
  const writePair = (name: string, pair: Certificate): void => {
    write(`${name}.crt`, pair.certPem);
    write(`${name}.key`, pair.keyPem);
  };
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const authority = createAuthority('sandbox-cluster-ca');
  const foreign = options.foreignServingCa ? createAuthority('sandbox-public-ca') : null;
  const names = servingNames(options);
  const signing = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writePair('ca', authority);
  writePair('serving', authority.server(names.own));
  if (foreign !== null) writePair('named', foreign.server(names.named));
  write('sa.key', signing.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
  write('sa.pub', signing.publicKey.export({ type: 'spki', format: 'pem' }) as string);
  write('audit-policy.json', AUDIT_POLICY);
  return { dir, authority, foreign, path };
}
