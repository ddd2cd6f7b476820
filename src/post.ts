import { createRunner, type Runner } from './adapters/runner.js';
import { revokeAll } from './adapters/vault-post.js';
import { reachAgain } from './adapters/vault-reach.js';
import { problemOf } from './binding/errors.js';

const TITLE = 'vault token';

/** Revokes the Vault tokens that main obtained, also after it failed or was cancelled. Never fails the job. */
async function post(runner: Runner): Promise<void> {
  const { log } = runner;
  const tokens = { login: runner.keptTokens('login'), proof: runner.keptTokens('proof') };
  if (tokens.login.length + tokens.proof.length === 0) {
    log.info('no vault token to revoke');
    return;
  }
  try {
    const { batch, left } = await revokeAll(tokens, reachAgain(runner), runner);
    if (left > 0) log.notice(TITLE, 'it could not be revoked, and lives until its TTL ends');
    else if (batch > 0) log.notice(TITLE, 'a batch token cannot be revoked, and lives until its TTL ends');
    else log.info('vault token revoked');
  } catch (thrown) {
    const { code, message } = problemOf(thrown);
    log.notice(TITLE, `it could not be revoked, and lives until its TTL ends (${code}: ${message})`);
  }
}

void post(createRunner());
