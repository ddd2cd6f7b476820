import { BindError, problem } from '../binding/errors.js';
import type { LoginFact } from '../binding/facts.js';
import type { VaultAccess } from '../binding/intent.js';
import { cleanName } from '../binding/name.js';
import { type Observed, present } from '../binding/observed.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import type { Clock } from '../ports.js';
import { dig } from './gitops-json.js';
import { secondsOf, stringOf, stringsOf, type VaultAnswer } from './vault-answer.js';
import type { VaultClient } from './vault-client.js';
import { answerProblem, isTokenRefusal } from './vault-error.js';
import { observed } from './vault-read.js';
import { loginProblem } from './vault-refusal.js';
import { isBatch, revokeToken } from './vault-revoke.js';

/** Less life than this and a token of ours is replaced before it fails in the middle of something. */
const SPARE_MS = 60_000;

export interface LoginOptions {
  readonly access: VaultAccess;
  readonly secret: SecretFactory;
  /** A fresh OIDC token for an audience; empty = the provider's default. */
  readonly idToken: (audience: string) => Promise<Secret>;
  /** Hands a token we obtained to the post step; called before anything else can fail. */
  readonly save: (token: Secret) => void;
  readonly clock: Clock;
  /** A client with this token, or nobody's, in the login's namespace. */
  readonly connect: (token?: Secret) => VaultClient;
}

/** A token and how it came to be. */
export interface Session {
  readonly token: Secret;
  readonly fact: LoginFact;
}

/** The run's own identity at Vault: obtained once, replaced when it is about to expire, revoked at the end when ours. */
export class VaultLogin {
  readonly #options: LoginOptions;
  readonly #ours = new Set<Secret>();
  #batch = false;
  #session: Promise<Session> | undefined;

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  login(): Promise<Observed<LoginFact>> {
    return observed(async () => present((await this.session()).fact));
  }

  /** The token to work with; callers at the same moment share one login. Throws BindError when there is none to be had. */
  session(): Promise<Session> {
    const before = this.#session ?? Promise.resolve(undefined);
    this.#session = before
      .catch(() => undefined)
      .then((held) => (held && !this.#ending(held.fact) ? held : this.#begin()));
    return this.#session;
  }

  /** Whether every token we obtained is gone; batch tokens cannot be revoked, and a token given to us is left alone. */
  async revoke(): Promise<boolean> {
    await this.#session?.catch(() => undefined);
    if (this.#ours.size === 0) return false;
    const gone = await Promise.all([...this.#ours].map((token) => revokeToken(this.#options.connect(token))));
    return !this.#batch && gone.every(Boolean);
  }

  #ending({ ours, expiresAt }: LoginFact): boolean {
    return ours && expiresAt !== undefined && expiresAt - this.#options.clock.now() < SPARE_MS;
  }

  #begin(): Promise<Session> {
    const { method } = this.#options.access;
    if (method === 'token') return this.#lookUp();
    return method === 'jwt' ? this.#byJwt() : this.#byAppRole();
  }

  async #byJwt(): Promise<Session> {
    const { access, idToken, connect } = this.#options;
    const jwt = await idToken(access.audience);
    const body = { role: access.role, jwt: jwt.reveal() };
    const answer = await connect().send('POST', `auth/${access.authPath}/login`, body);
    if (answer.status !== 200) throw new BindError(loginProblem(answer, access, jwt));
    return this.#keep(answer);
  }

  async #byAppRole(): Promise<Session> {
    const { access, connect } = this.#options;
    const { roleId, secretId } = access;
    const body = { role_id: roleId?.reveal(), ...(secretId ? { secret_id: secretId.reveal() } : {}) };
    // A secret id may be good for one use.
    const answer = await connect().send('POST', `auth/${access.authPath}/login`, body, { repeatable: false });
    if (answer.status !== 200) throw new BindError(loginProblem(answer, access));
    return this.#keep(answer);
  }

  #keep({ body }: VaultAnswer): Session {
    const { access, secret, save, clock } = this.#options;
    const auth = dig(body, 'auth');
    const value = stringOf(dig(auth, 'client_token'));
    if (value === '') throw new BindError(noToken(access, dig(auth, 'mfa_requirement') != null));
    const token = secret('vault token', value);
    save(token);
    this.#ours.add(token);
    const batch = isBatch(value, dig(auth, 'token_type'));
    this.#batch ||= batch;
    const seconds = secondsOf(dig(auth, 'lease_duration'));
    const expiry = seconds > 0 ? { expiresAt: clock.now() + seconds * 1000 } : {};
    return { token, fact: { method: access.method, ours: true, policies: policiesOf(auth), batch, ...expiry } };
  }

  async #lookUp(): Promise<Session> {
    const { access, connect } = this.#options;
    const { token } = access;
    if (!token)
      throw new BindError(problem('INPUT_MISSING', 'vault-method is token and there is none', 'Set vault-token.'));
    const client = connect(token);
    const answer = await client.send('GET', 'auth/token/lookup-self');
    const known = { method: 'token', ours: false };
    if (answer.status === 200) {
      const data = dig(answer.body, 'data');
      const expiresAt = Date.parse(stringOf(dig(data, 'expire_time')));
      const expiry = Number.isNaN(expiresAt) ? {} : { expiresAt };
      return {
        token,
        fact: { ...known, policies: policiesOf(data), batch: isBatch(token.reveal(), dig(data, 'type')), ...expiry },
      };
    }
    // Without the default policy a token may not even look at itself; what it may do is asked elsewhere.
    if (answer.status === 403 && !isTokenRefusal(answer)) {
      return { token, fact: { ...known, policies: [], batch: isBatch(token.reveal(), undefined) } };
    }
    const asked = { verb: 'read', path: 'auth/token/lookup-self', capabilities: ['read'] };
    throw new BindError(answerProblem(answer, asked, client.place));
  }
}

function policiesOf(auth: unknown): readonly string[] {
  const all = [...stringsOf(dig(auth, 'policies')), ...stringsOf(dig(auth, 'identity_policies'))];
  return [...new Set(all)].map(cleanName);
}

function noToken(access: VaultAccess, mfa: boolean) {
  return problem(
    'VAULT_LOGIN',
    `login at auth/${cleanName(access.authPath)} gave no token${mfa ? ': it demands a second factor' : ''}`,
    mfa ? 'Exempt this auth method from login MFA: nobody is there to confirm it.' : 'Check vault-auth-path.',
  );
}
