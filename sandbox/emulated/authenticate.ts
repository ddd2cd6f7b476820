import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { unauthorized } from './refusal.ts';
import type { Tokens } from './token.ts';
import { ANONYMOUS, type User } from './user.ts';

function fromCertificate(socket: TLSSocket): User | undefined {
  const certificate = socket.getPeerCertificate();
  if (certificate?.subject === undefined) return undefined;
  // Expired, or of another authority.
  if (!socket.authorized) throw unauthorized();
  const { CN, O } = certificate.subject as unknown as { CN: string; O?: string | string[] };
  const groups = O === undefined ? [] : [O].flat();
  const id = `X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`;
  return {
    username: CN,
    groups: [...groups, 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [id] },
  };
}

/**
 * Who sent the request: by client certificate, else by bearer token, else anonymous.
 * @throws Refusal 401 for a credential that is not valid.
 */
export function authenticate(request: IncomingMessage, tokens: Tokens): User {
  const certified = fromCertificate(request.socket as TLSSocket);
  if (certified !== undefined) return certified;
  const [, token] = /^bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) return ANONYMOUS;
  const verdict = tokens.verify(token);
  if ('error' in verdict) throw unauthorized();
  return verdict.user;
}
