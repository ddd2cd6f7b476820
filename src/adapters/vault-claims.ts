import { cleanName } from '../binding/name.js';
import type { Secret } from '../binding/secret.js';
import { dig } from './gitops-json.js';

/** What a `jwt` role may be bound to; other claims are nobody's business. */
const SHOWN = [
  'sub',
  'aud',
  'iss',
  'repository',
  'repository_id',
  'ref',
  'environment',
  'job_workflow_ref',
  'workflow',
] as const;

/** The claims a refused OIDC token offered, e.g. `sub=repo:o/r:ref:refs/heads/main aud=vault`; never the token. */
export function claimsOf(jwt: Secret): string {
  const payload = payloadOf(jwt.reveal());
  const offered = SHOWN.flatMap((name) => {
    const value = dig(payload, name);
    const text = Array.isArray(value) ? value.join(',') : value;
    return typeof text === 'string' && text !== '' ? [`${name}=${cleanName(text)}`] : [];
  });
  return offered.length === 0 ? 'no claims that can be read' : offered.join(' ');
}

function payloadOf(jwt: string): unknown {
  try {
    return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
