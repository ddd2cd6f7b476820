import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Claims of a GitHub job's OIDC token, beside `iss`, `aud`, `iat`, `nbf`, `exp` and `jti`. */
export type Claims = Record<string, string>;

export interface IssuerOptions {
  /** Default: 300 s, as GitHub's. */
  lifetimeSeconds?: number;
  /** Laid over GitHub's claims. */
  claims?: Claims;
}

/** An OIDC issuer on loopback that plays token.actions.githubusercontent.com. */
export interface Issuer {
  /** `iss`; what a `jwt` mount takes as `oidc_discovery_url` and `bound_issuer`. */
  readonly url: string;
  readonly jwksUrl: string;
  /** For `jwt_validation_pubkeys`. */
  readonly publicKeyPem: string;
  /** `ACTIONS_ID_TOKEN_REQUEST_URL`; has a query already, as GitHub's has. */
  readonly requestUrl: string;
  /** `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. */
  readonly requestToken: string;
  /** Every token handed out, in order: what a leak test looks for. */
  readonly minted: readonly string[];
  /** Signs a token without the HTTP round trip. */
  mint(audience: string, claims?: Claims): string;
  stop(): Promise<void>;
}

const REPOSITORY = 'bitiq-io/clusters';

function githubClaims(): Claims {
  return {
    // Repositories made after 2026-07-15 have the ids in their subject.
    sub: 'repo:bitiq-io@123456/clusters@654321:environment:vault-prodtest',
    repository: REPOSITORY,
    repository_id: '654321',
    repository_owner: 'bitiq-io',
    repository_owner_id: '123456',
    repository_visibility: 'private',
    environment: 'vault-prodtest',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    ref_protected: 'true',
    sha: '0123456789abcdef0123456789abcdef01234567',
    workflow: 'bind',
    workflow_ref: `${REPOSITORY}/.github/workflows/bind.yml@refs/heads/main`,
    job_workflow_ref: `${REPOSITORY}/.github/workflows/bind.yml@refs/heads/main`,
    event_name: 'workflow_dispatch',
    run_id: '1000000001',
    run_number: '7',
    run_attempt: '1',
    actor: 'octocat',
    actor_id: '583231',
    runner_environment: 'github-hosted',
  };
}

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function token(key: KeyObject, keyId: string, payload: Record<string, unknown>): string {
  const signed = `${segment({ typ: 'JWT', alg: 'RS256', kid: keyId })}.${segment(payload)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

type Mint = (audience: string, claims?: Claims) => string;

interface Publisher {
  readonly url: string;
  readonly jwks: unknown;
  readonly requestToken: string;
  readonly mint: Mint;
}

function discovery(url: string): unknown {
  return {
    issuer: url,
    jwks_uri: `${url}/.well-known/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid'],
  };
}

function route(request: IncomingMessage, publisher: Publisher): [status: number, body: unknown] {
  const { url, jwks, requestToken, mint } = publisher;
  const { pathname, searchParams } = new URL(request.url ?? '/', url);
  if (pathname === '/.well-known/openid-configuration') return [200, discovery(url)];
  if (pathname === '/.well-known/jwks') return [200, jwks];
  if (pathname !== '/token') return [404, { message: 'no such page' }];
  const [scheme = '', credential] = (request.headers.authorization ?? '').split(' ');
  if (scheme.toLowerCase() !== 'bearer' || credential !== requestToken) {
    return [401, { message: 'the request token is missing or wrong' }];
  }
  return [200, { value: mint(searchParams.get('audience') ?? 'https://github.com/bitiq-io') }];
}

/** Starts the issuer; plain HTTP, which a `jwt` mount accepts for discovery. */
export async function startIssuer(options: IssuerOptions = {}): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyId = randomUUID();
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: keyId }] };
  const requestToken = `sandbox-request-${randomBytes(16).toString('hex')}`;
  const minted: string[] = [];
  let url = '';
  const mint: Mint = (audience, claims = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, nbf: now - 5, exp: now + (options.lifetimeSeconds ?? 300), jti: randomUUID() };
    const made = token(privateKey, keyId, {
      ...times,
      iss: url,
      aud: audience,
      ...githubClaims(),
      ...options.claims,
      ...claims,
    });
    minted.push(made);
    return made;
  };
  const server = createServer((request, response) => {
    const [status, body] = route(request, { url, jwks, requestToken, mint });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    jwksUrl: `${url}/.well-known/jwks`,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    requestUrl: `${url}/token?api-version=2.0`,
    requestToken,
    minted,
    mint,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
