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

/** Why a request got no answer. Its message names host and kind; no path, header, body or credential. */
export class HttpFault extends Error {
  readonly kind: FaultKind;
  /** Set when `kind` is `tls`. */
  readonly tlsReason?: TlsReason;

  constructor(kind: FaultKind, host: string, tlsReason?: TlsReason) {
    super(`no answer from ${host} (${tlsReason ? `${kind}, ${tlsReason}` : kind})`);
    this.name = 'HttpFault';
    this.kind = kind;
    if (tlsReason !== undefined) this.tlsReason = tlsReason;
  }
}

const KINDS: Readonly<Record<string, FaultKind>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  ERR_STREAM_PREMATURE_CLOSE: 'reset',
  EPROTO: 'tls',
};

const TLS_REASONS: Readonly<Record<string, TlsReason>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-issuer',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-issuer',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'unknown-issuer',
  CERT_SIGNATURE_FAILURE: 'unknown-issuer',
  CERT_UNTRUSTED: 'unknown-issuer',
  CERT_REJECTED: 'unknown-issuer',
  INVALID_CA: 'unknown-issuer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name',
  HOSTNAME_MISMATCH: 'wrong-name',
};

// The server's alerts about what we presented; older and newer OpenSSL spell their prefixes differently.
const OUR_CERTIFICATE =
  /ALERT_(CERTIFICATE_(EXPIRED|REVOKED|REQUIRED|UNKNOWN)|UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/;
const ANY_TLS = /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_)/;
const PROXY_REFUSAL = /^(Bad response: \d|Proxy timeout)/;

/** Names what a socket, TLS or proxy agent threw; nothing of its text survives. */
export function faultOf(thrown: unknown, host: string): HttpFault {
  if (thrown instanceof HttpFault) return thrown;
  const { code = '', message = '' } = thrown as { code?: string; message?: string };
  const tlsReason = TLS_REASONS[code];
  if (tlsReason) return new HttpFault('tls', host, tlsReason);
  if (OUR_CERTIFICATE.test(code)) return new HttpFault('client-certificate', host);
  const kind = KINDS[code];
  if (kind === 'tls' || ANY_TLS.test(code)) return new HttpFault('tls', host, 'other');
  return new HttpFault(kind ?? (PROXY_REFUSAL.test(message) ? 'proxy' : 'other'), host);
}
