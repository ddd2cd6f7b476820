import { type Code, type Problem, problem } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import type { HttpFault } from './http.js';
import type { VaultAnswer } from './vault-answer.js';

/** What was asked of Vault, for the message and the permission it takes. */
export interface Asked {
  /** e.g. `read` or `write`. */
  readonly verb: string;
  /** Without `/v1/` and leading slash. */
  readonly path: string;
  readonly capabilities: readonly string[];
}

/** Where it was asked. */
export interface Place {
  readonly url: string;
  readonly namespace: string;
}

const UNREACHABLE: Partial<Record<HttpFault['kind'], string>> = {
  dns: 'its host name does not resolve here',
  refused: 'the connection is refused',
  timeout: 'no answer within the time limit',
  reset: 'the connection is cut before an answer',
  proxy: 'the proxy did not let us through',
};

/** A Problem for a request that got no answer. */
export function faultProblem(fault: HttpFault, url: string): Problem {
  const seen = `Vault at ${cleanName(url)}`;
  const probe = `curl -sS ${cleanName(url)}/v1/sys/health`;
  switch (fault.kind) {
    case 'tls':
      return tlsProblem(seen, url, fault.tlsReason ?? 'other');
    case 'client-certificate':
      return problem(
        'VAULT_TLS',
        `${seen} does not accept the client certificate, or demands one`,
        'Set vault-client-certificate and vault-client-key to a valid pair of the CA that Vault trusts.',
      );
    case 'redirect':
      return redirectProblem(url);
    case 'too-large':
      return problem('VAULT_ERROR', `${seen} sent an answer of absurd size`, `Check that it is Vault: ${probe}`);
    case 'aborted':
      return problem('CANCELLED', 'the run was cancelled', 'Run it again: bind converges from wherever it stopped.');
    default:
      return problem(
        'VAULT_UNREACHABLE',
        `${seen} does not answer: ${UNREACHABLE[fault.kind] ?? 'the connection failed'}`,
        `Check vault-url and that this runner may reach it (proxy, firewall): ${probe}`,
      );
  }
}

function tlsProblem(seen: string, url: string, reason: string): Problem {
  const host = new URL(url).host;
  const hints: Record<string, string> = {
    expired: `Renew the certificate that Vault serves at ${host}.`,
    'wrong-name': `Address Vault by a name in its certificate, or add this one to it: openssl s_client -connect ${host}`,
  };
  return problem(
    'VAULT_TLS',
    `${seen} cannot be verified: ${cleanName(reason)}`,
    hints[reason] ?? "Set vault-ca-certificate to the CA that signed Vault's certificate.",
  );
}

export function redirectProblem(url: string): Problem {
  return problem(
    'VAULT_REDIRECT',
    `Vault at ${cleanName(url)} redirects to another address, which is never followed: the token would go there`,
    'Set vault-url to the address of the active node, or to a load balancer that sends requests to it.',
  );
}

/** A Problem for an answer that is no success. */
export function answerProblem(answer: VaultAnswer, asked: Asked, place: Place): Problem {
  const { status, text } = answer;
  const seen = `${asked.verb} ${asked.path}: HTTP ${status}`;
  return stateProblem(answer, place) ?? namespaceProblem(answer, place) ?? refusal(answer, asked, place) ?? fallback();

  function fallback(): Problem {
    if (text.matches(/no handler for route|no mount entry found/)) {
      return problem(
        'VAULT_ERROR',
        `${seen}: no auth method lives there`,
        `Check mount and vault-namespace: ${list(place)}`,
      );
    }
    if (status === 429) {
      return problem(
        'VAULT_ERROR',
        `${seen}: Vault limits the rate of requests`,
        'Run this again later, or raise the rate limit quota.',
      );
    }
    const hint = `Read Vault's server log at that minute, and check that ${cleanName(place.url)} is Vault.`;
    return problem('VAULT_ERROR', text.empty ? seen : `${seen}: ${classified(answer)}`, hint);
  }
}

function list({ namespace }: Place): string {
  return `vault auth list${namespace === '' ? '' : ` -namespace=${cleanName(namespace)}`}`;
}

/** Words for a Vault that serves nobody at the moment. */
export function stateProblem({ status, text }: VaultAnswer, { url }: Place): Problem | undefined {
  const seen = `Vault at ${cleanName(url)}`;
  const again = 'there, then run this again.';
  if (text.matches(/Vault is sealed|barrier is sealed|OpenBao is sealed/i)) {
    return problem('VAULT_SEALED', `${seen} is sealed`, `Run \`vault operator unseal\` ${again}`);
  }
  if (text.matches(/not initialized/i)) {
    return problem('VAULT_UNINITIALIZED', `${seen} is not initialised`, `Run \`vault operator init\` ${again}`);
  }
  if (status >= 500 && text.matches(/active (cluster )?node not found|node not active|leadership|no leader/i)) {
    return noLeader(url);
  }
  return undefined;
}

export function noLeader(url: string): Problem {
  return problem(
    'VAULT_NO_LEADER',
    `Vault at ${cleanName(url)} is a standby, and no node is active`,
    'Look at the cluster there: vault operator raft list-peers',
  );
}

function namespaceProblem({ status, text }: VaultAnswer, { namespace }: Place): Problem | undefined {
  const gone = text.matches(/namespace not found|no namespace|namespace .*does not exist/i);
  // A server without namespaces (Vault's community edition) refuses the header itself.
  const unknown = status === 400 && text.matches(/namespaces? (are|is) not supported|unsupported.*namespace/i);
  if (!gone && !unknown && !(status === 403 && text.matches(/namespace not authorized|inaccessible.*namespace/i)))
    return undefined;
  const seen = `namespace ${cleanName(namespace) || 'root'}`;
  return problem(
    'VAULT_NAMESPACE',
    unknown
      ? `this Vault has no namespaces, and ${seen} was asked for`
      : `${seen} does not exist or this token may not use it`,
    'Check vault-namespace and vault-auth-namespace: vault namespace list',
  );
}

/** Vault words a policy's refusal as a list of one; what it says bare, or as `invalid token`, is about the token itself. */
export function isTokenRefusal({ status, text }: VaultAnswer): boolean {
  return status === 403 && (text.matches(/invalid token|bad token/i) || text.matches(/^\s*permission denied\s*$/));
}

function refusal(answer: VaultAnswer, asked: Asked, place: Place): Problem | undefined {
  const { status } = answer;
  if (status === 401 || isTokenRefusal(answer)) return tokenProblem(place);
  if (status !== 403) return undefined;
  return problem(
    'VAULT_FORBIDDEN',
    `${asked.verb} ${cleanName(asked.path)}${place.namespace === '' ? '' : ` in namespace ${cleanName(place.namespace)}`} is refused (HTTP 403)`,
    `Add to the policy of this token: ${rule(asked.path, asked.capabilities)}`,
  );
}

function tokenProblem({ url }: Place): Problem {
  return problem(
    'VAULT_TOKEN',
    `Vault at ${cleanName(url)} does not accept the token: it expired, was revoked, or belongs to another Vault`,
    'Log in again, or set vault-token to a live token: vault token lookup',
  );
}

/** A line of policy, ready to paste. */
function rule(path: string, capabilities: readonly string[]): string {
  return `path "${cleanName(path)}" { capabilities = [${capabilities.map((name) => `"${name}"`).join(', ')}] }`;
}

const WORDS: readonly (readonly [RegExp, string])[] = [
  [/no host provided/, 'it wants a kubernetes_host'],
  [/failed to parse policy/, 'it cannot parse the policy'],
  [/cannot be greater than/, 'token_ttl exceeds token_max_ttl'],
  [/can not be empty|can not mix/, 'it does not take these ServiceAccount names or namespaces'],
  [/data does not contain any valid/, 'it does not take the pem_keys that were there before'],
  [/no known role type|unknown auth|plugin not found|unsupported auth/i, 'it has no auth method of type kubernetes'],
];

const CA_WORDS = /no valid certificates|kubernetes_ca_cert must be given|serviceaccount\/ca\.crt/;

function classified({ text }: VaultAnswer): string {
  return WORDS.find(([pattern]) => text.matches(pattern))?.[1] ?? 'in words that are not repeated here';
}

/** Why a config write was not taken, when it is about the CA; else undefined. */
export function caProblem({ status, text }: VaultAnswer, path: string): Problem | undefined {
  if (status !== 400 || !text.matches(CA_WORDS)) return undefined;
  const code: Code = 'CA_INVALID';
  return problem(
    code,
    `write ${cleanName(path)}: HTTP 400: it does not take the CA`,
    'Set kubernetes-ca-certificate to the PEM of the CA that signed the API server.',
  );
}
