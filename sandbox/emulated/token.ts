import {
  createHash,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { type Fields, fields, strings, text } from './object.ts';
import type { Store } from './store.ts';
import type { User } from './user.ts';

export const ISSUER = 'https://kubernetes.default.svc';
const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const LEGACY = 'kubernetes.io/serviceaccount';
const ACCOUNTS = { group: '', plural: 'serviceaccounts' } as const;
const SECRETS = { group: '', plural: 'secrets' } as const;

interface Named {
  readonly name: string;
  readonly uid: string;
}

export interface Minting {
  readonly namespace: string;
  readonly account: Named;
  readonly secret?: Named;
  readonly audiences: readonly string[];
  readonly seconds: number;
}

/** A token that is valid, or why it is not. */
export type Verdict = { readonly user: User; readonly audiences: readonly string[] } | { readonly error: string };

/** Go prints a list of reasons in brackets. */
const invalidToken = (why: string): Verdict => ({ error: `[invalid bearer token, ${why}]` });
const quoted = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function decode(part: string | undefined): Fields {
  try {
    return fields(JSON.parse(Buffer.from(part ?? '', 'base64url').toString()));
  } catch {
    return {};
  }
}

interface Signing {
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly keyId: string;
}

function createSigning(): Signing {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { key: privateKey, publicKey, keyId: createHash('sha256').update(der).digest('base64url') };
}

/** Issues and verifies ServiceAccount tokens, RS256, as kube-apiserver does. */
export class Tokens {
  readonly #signing = createSigning();
  readonly #store: Store;
  readonly #now: () => number;
  readonly #cacheMs: number;
  readonly #cache = new Map<string, { until: number; verdict: Verdict }>();

  /** A valid verdict is kept for `cacheMs`, so a revoked token lives that much longer. */
  constructor(store: Store, now: () => number, cacheMs: number) {
    this.#store = store;
    this.#now = now;
    this.#cacheMs = cacheMs;
  }

  get jwks(): { keys: JsonWebKey[] } {
    const { publicKey, keyId } = this.#signing;
    return {
      keys: [{ use: 'sig', kid: keyId, alg: 'RS256', ...publicKey.export({ format: 'jwk' }) }],
    };
  }

  mint({ namespace, account, secret, audiences, seconds }: Minting): string {
    const now = Math.floor(this.#now() / 1000);
    return this.#sign({
      aud: audiences,
      exp: now + seconds,
      iat: now,
      iss: ISSUER,
      jti: randomUUID(),
      'kubernetes.io': { namespace, ...(secret && { secret }), serviceaccount: account },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${account.name}`,
    });
  }

  /** A token of a `kubernetes.io/service-account-token` Secret: it never expires. */
  mintLegacy(namespace: string, account: Named, secretName: string): string {
    return this.#sign({
      iss: LEGACY_ISSUER,
      [`${LEGACY}/namespace`]: namespace,
      [`${LEGACY}/secret.name`]: secretName,
      [`${LEGACY}/service-account.name`]: account.name,
      [`${LEGACY}/service-account.uid`]: account.uid,
      sub: `system:serviceaccount:${namespace}:${account.name}`,
    });
  }

  verify(token: string, audiences: readonly string[] = [ISSUER]): Verdict {
    const key = JSON.stringify([token, audiences]);
    const cached = this.#cache.get(key);
    if (cached && cached.until > this.#now()) return cached.verdict;
    const verdict = this.#check(token, audiences);
    if ('user' in verdict) this.#cache.set(key, { until: this.#now() + this.#cacheMs, verdict });
    return verdict;
  }

  #sign(claims: Fields): string {
    const { key, keyId } = this.#signing;
    const signed = `${encode({ alg: 'RS256', kid: keyId })}.${encode(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  #check(token: string, audiences: readonly string[]): Verdict {
    const [head, body, signature] = token.split('.');
    const claims = decode(body);
    const isLegacy = claims['iss'] === LEGACY_ISSUER;
    if (!isLegacy && claims['iss'] !== ISSUER) return { error: 'invalid bearer token' };
    const signed = Buffer.from(`${head}.${body}`);
    if (!verify('sha256', signed, this.#signing.publicKey, Buffer.from(signature ?? '', 'base64url')))
      return invalidToken('go-jose/go-jose: error in cryptographic primitive');
    const own = isLegacy ? [ISSUER] : strings(claims['aud']);
    const common = own.filter((audience) => audiences.includes(audience));
    if (common.length === 0)
      return invalidToken(`token audiences ${quoted(own)} is invalid for the target audiences ${quoted(audiences)}`);
    const checked = isLegacy ? this.#checkLegacy(claims) : this.#checkBound(claims);
    return typeof checked === 'string' ? invalidToken(checked) : { user: checked, audiences: common };
  }

  #checkBound(claims: Fields): User | string {
    const now = this.#now() / 1000;
    if (Number(claims['exp']) <= now) return 'service account token has expired';
    if (Number(claims['nbf']) > now + 1) return 'service account token is not valid yet';
    const bound = fields(claims['kubernetes.io']);
    const namespace = text(bound['namespace']);
    const account = this.#account(namespace, fields(bound['serviceaccount']));
    if (typeof account === 'string') return account;
    const claimed = fields(bound['secret']);
    if (bound['secret'] !== undefined) {
      const secret = this.#store.get(SECRETS, namespace, text(claimed['name']));
      if (secret === undefined) return 'service account token has been invalidated';
      const { uid } = secret.metadata;
      if (uid !== claimed['uid'])
        return `secret UID (${uid}) does not match service account secret ref claim (${text(claimed['uid'])})`;
    }
    return { ...account, extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${text(claims['jti'])}`] } };
  }

  #checkLegacy(claims: Fields): User | string {
    const namespace = text(claims[`${LEGACY}/namespace`]);
    const secret = this.#store.get(SECRETS, namespace, text(claims[`${LEGACY}/secret.name`]));
    if (secret === undefined) return 'Token has been invalidated';
    return this.#account(namespace, {
      name: claims[`${LEGACY}/service-account.name`],
      uid: claims[`${LEGACY}/service-account.uid`],
    });
  }

  #account(namespace: string, claimed: Fields): User | string {
    const name = text(claimed['name']);
    const account = this.#store.get(ACCOUNTS, namespace, name);
    if (account === undefined) return `serviceaccounts "${name}" not found`;
    const { uid = '' } = account.metadata;
    if (uid !== claimed['uid']) return `service account UID (${uid}) does not match claim (${text(claimed['uid'])})`;
    return {
      username: `system:serviceaccount:${namespace}:${name}`,
      uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    };
  }
}
