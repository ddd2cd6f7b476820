import { existsSync, readFileSync } from 'node:fs';
import type { AuditEvent } from '../types.ts';

/** Every finished request, without bodies: level Metadata holds no Secret. */
export const AUDIT_POLICY = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
});

interface Entry {
  stage: string;
  verb: string;
  requestURI: string;
  user?: { username?: string };
  userAgent?: string;
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
}

function event(entry: Entry): AuditEvent {
  const reference = entry.objectRef ?? {};
  return {
    verb: entry.verb,
    resource: reference.resource ?? '',
    subresource: reference.subresource ?? '',
    namespace: reference.namespace ?? '',
    name: reference.name ?? '',
    user: entry.user?.username ?? '',
    userAgent: entry.userAgent ?? '',
    dryRun: new URL(entry.requestURI, 'https://cluster').searchParams.get('dryRun') === 'All',
    status: entry.responseStatus?.code ?? 0,
  };
}

/** Reads an audit log that the API server writes as JSON lines. */
export function readAudit(file: string): AuditEvent[] {
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return whole
    .map((line) => JSON.parse(line) as Entry)
    .filter((entry) => entry.stage === 'ResponseComplete')
    .map(event);
}
