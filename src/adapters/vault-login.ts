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

/** Less life than this, or than half of what it was given, and a token of ours is renewed or replaced. */
const SPARE_MS = 60_000;

/** More does not fit into a timer of Node.js. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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
  /** How much of its life must be left; absent when it is not ours or never expires. */
  readonly spareMs?: number;
}

/**
 * The run's own identity at Vault: obtained once, kept alive even while nothing is asked of it (a bootstrap may take
 * long, and a SecretID may be good for one login), replaced when it cannot be, revoked at the end when ours.
 */
export class VaultLogin {
  readonly #options: LoginOptions;
  readonly #ours = new Set<Secret>();
  #batch = false;
  #session: Promise<Session> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

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
      .then((held) => (held && !this.#ending(held) ? held : this.#next(held)))
      .then((session) => this.#tend(session));
    return this.#session;
  }

  /** Whether every token we obtained is gone; batch tokens cannot be revoked, and a token given to us is left alone. */
  async revoke(): Promise<boolean> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#session?.catch(() => undefined);
    if (this.#ours.size === 0) return false;
    const gone = await Promise.all([...this.#ours].map((token) => revokeToken(this.#options.connect(token))));
    return !this.#batch && gone.every(Boolean);
  }

  #ending(session: Session): boolean {
    return leftMs(session, this.#options.clock) < 0;
  }

  /** Looks after the token when its time comes, whether or not anybody asks for it; never holds up the process. */
  #tend(session: Session): Session {
    clearTimeout(this.#timer);
    const left = leftMs(session, this.#options.clock);
    if (this.#isOver || session.fact.batch || left === Number.POSITIVE_INFINITY) return session;
    const due = (): void => void this.session().catch(() => undefined);
    this.#timer = setTimeout(due, Math.min(Math.max(left, 0) + 1000, LONGEST_TIMER_MS)).unref();
    return session;
  }

  async #next(held: Session | undefined): Promise<Session> {
    const renewed = held && !this.#isOver ? await this.#renew(held).catch(() => undefined) : undefined;
    return renewed && !this.#ending(renewed) ? renewed : this.#begin();
  }

  /** The same token with more time; undefined when it has expired or may not be renewed. */
  async #renew(held: Session): Promise<Session | undefined> {
    const { connect, clock } = this.#options;
    if (held.fact.batch || (held.fact.expiresAt ?? 0) <= clock.now()) return undefined;
    const answer = await connect(held.token).send('POST', 'auth/token/renew-self', {}, { repeatable: true });
    const seconds = answer.status === 200 ? secondsOf(dig(dig(answer.body, 'auth'), 'lease_duration')) : 0;
    if (seconds === 0) return undefined;
    return { ...held, fact: { ...held.fact, expiresAt: clock.now() + seconds * 1000 } };
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
    const fact = { method: access.method, ours: true, policies: policiesOf(auth), batch };
    if (seconds <= 0) return { token, fact };
    const spareMs = Math.min(SPARE_MS, seconds * 500);
    return { token, spareMs, fact: { ...fact, expiresAt: clock.now() + seconds * 1000 } };
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

/** Until a session must be looked after; without end for one that is not ours to replace. */
function leftMs({ spareMs, fact }: Session, clock: Clock): number {
  if (spareMs === undefined || fact.expiresAt === undefined) return Number.POSITIVE_INFINITY;
  return fact.expiresAt - spareMs - clock.now();
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
