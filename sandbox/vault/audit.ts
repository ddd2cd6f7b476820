import { existsSync, readFileSync } from 'node:fs';
import type { VaultAuditEvent } from '../types.ts';

interface Entry {
  type: 'request' | 'response';
  error?: string;
  auth?: { display_name?: string; policies?: string[] };
  request: {
    operation: string;
    path?: string;
    namespace?: { path?: string };
    headers?: Record<string, string[] | undefined>;
  };
}

function event(entry: Entry): VaultAuditEvent {
  return {
    type: entry.type,
    operation: entry.request.operation,
    path: entry.request.path ?? '',
    namespace: (entry.request.namespace?.path ?? '').replace(/\/$/, ''),
    userAgent: entry.request.headers?.['user-agent']?.[0] ?? '',
    displayName: entry.auth?.display_name ?? '',
    policies: entry.auth?.policies ?? [],
    error: entry.error ?? '',
  };
}

/** Reads the log of a file audit device. */
export function readVaultAudit(file: string): VaultAuditEvent[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => event(JSON.parse(line) as Entry));
}
