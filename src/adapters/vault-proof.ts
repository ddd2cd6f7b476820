import { type Problem, problem, problemOf } from '../binding/errors.js';
import type { LoginOutcome } from '../binding/facts.js';
import { cleanName } from '../binding/name.js';
import { absent } from '../binding/observed.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import type { ProofLogin, ProofResult } from '../ports.js';
import { dig } from './gitops-json.js';
import { secondsOf, stringOf, stringsOf, type VaultAnswer } from './vault-answer.js';
import type { VaultClient } from './vault-client.js';
import { answerProblem, stateProblem } from './vault-error.js';
import { observed, readCapabilities } from './vault-read.js';
import { isBatch, revokeToken } from './vault-revoke.js';

/** Vault itself waits up to 30 s for an API server it cannot reach. */
const LOGIN_TIMEOUT_MS = 45_000;

/** Logs in through a kubernetes mount, asks what the token may do, and revokes it whatever came of that. Never throws. */
export async function proveLogin(
  proof: ProofLogin,
  connect: (token?: Secret) => VaultClient,
  secret: SecretFactory,
): Promise<ProofResult> {
  try {
    const client = connect();
    const path = `auth/${proof.mount}/login`;
    const body = { role: proof.role, jwt: proof.jwt.reveal() };
    // A proof that the active node gives says nothing about this one, which may refuse logins for 30 s after a first bind.
    const extras = { repeatable: false, here: true, abortable: true, timeoutMs: LOGIN_TIMEOUT_MS };
    const answer = await client.send('POST', path, body, extras);
    return answer.status === 200 ? await accepted(answer, proof, connect, secret) : refused(answer, path, client);
  } catch (thrown) {
    return failed(problemOf(thrown));
  }
}

function failed(found: Problem): ProofResult {
  return { login: { outcome: 'unreadable', problem: found }, capabilities: absent };
}

function refused(answer: VaultAnswer, path: string, client: VaultClient): ProofResult {
  const asked = { verb: 'login at', path, capabilities: ['update'] };
  const state = stateProblem(answer, client.place);
  if (state) return failed(state);
  if (!answer.genuine) return failed(answerProblem(answer, asked, client.place));
  return { login: { outcome: 'refused', status: answer.status, text: answer.text }, capabilities: absent };
}

async function accepted(
  { body }: VaultAnswer,
  proof: ProofLogin,
  connect: (token?: Secret) => VaultClient,
  secret: SecretFactory,
): Promise<ProofResult> {
  const auth = dig(body, 'auth');
  const value = stringOf(dig(auth, 'client_token'));
  if (value === '') {
    return failed(
      problem(
        'VAULT_ERROR',
        `login at auth/${cleanName(proof.mount)} gave no token`,
        'Exempt this mount from login MFA.',
      ),
    );
  }
  const client = connect(secret('proof token', value));
  const capabilities = await observed(() => readCapabilities(client, proof.capabilitiesOf));
  const revoked = await revokeToken(client);
  const login: LoginOutcome = {
    outcome: 'accepted',
    policies: stringsOf(dig(auth, 'policies')).map(cleanName),
    leaseSeconds: secondsOf(dig(auth, 'lease_duration')),
    revoked: revoked && !isBatch(value, dig(auth, 'token_type')),
  };
  return { login, capabilities };
}
