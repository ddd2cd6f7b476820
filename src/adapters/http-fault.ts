export type FaultKind =
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'tls'
  | 'client-certificate'
  | 'reset'
  | 'redirect'
  | 'too-large'
  | 'proxy'
  | 'aborted'
  | 'other';

export type TlsReason = 'expired' | 'unknown-issuer' | 'wrong-name' | 'not-yet-valid' | 'other';

/** Why no answer came. It carries our words alone: no body, no header, no URL, no foreign message. */
export class HttpFault extends Error {
  readonly kind: FaultKind;
  readonly tlsReason?: TlsReason;
  /** Whether the request may have reached the server, so that repeating it could do it twice. */
  readonly sent: boolean;

  constructor(kind: FaultKind, sent: boolean, tlsReason?: TlsReason) {
    super(tlsReason ? `${kind}: ${tlsReason}` : kind);
    this.name = 'HttpFault';
    this.kind = kind;
    this.sent = sent;
    if (tlsReason) this.tlsReason = tlsReason;
  }
}

const KINDS: Readonly<Record<string, FaultKind>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
};

const TLS_REASONS: Readonly<Record<string, TlsReason>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-issuer',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-issuer',
  CERT_SIGNATURE_FAILURE: 'unknown-issuer',
};

// What a server says of the certificate we showed it, as OpenSSL spells it.
const CLIENT_CERTIFICATE =
  /SSLV3_ALERT_(BAD_CERTIFICATE|CERTIFICATE_(EXPIRED|REVOKED|UNKNOWN)|UNSUPPORTED_CERTIFICATE)|TLSV1_ALERT_UNKNOWN_CA|TLSV13_ALERT_CERTIFICATE_REQUIRED|ALERT_ACCESS_DENIED/;

/** Our word for what node says of a connection; only codes are looked at, never kept. */
export function faultOf(error: unknown, sent: boolean): HttpFault {
  if (error instanceof HttpFault) return error;
  const code = codeOf(error);
  const tlsReason = TLS_REASONS[code];
  if (tlsReason) return new HttpFault('tls', false, tlsReason);
  if (CLIENT_CERTIFICATE.test(code)) return new HttpFault('client-certificate', sent);
  const kind = KINDS[code];
  if (kind) return new HttpFault(kind, sent && kind !== 'refused' && kind !== 'dns');
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO')
    return new HttpFault('tls', false, 'other');
  if (/^(CERT_|CRL_|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH)/.test(code))
    return new HttpFault('tls', false, 'other');
  return new HttpFault(isProxyRefusal(error) ? 'proxy' : 'other', sent);
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** hpagent reports a CONNECT that was not answered 200 as a plain Error. */
function isProxyRefusal(error: unknown): boolean {
  return error instanceof Error && /^(Bad response|Proxy timeout)/.test(error.message);
}
