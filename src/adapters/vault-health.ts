import { BindError, problem } from '../binding/errors.js';
import type { VaultHealth } from '../binding/facts.js';
import { cleanName } from '../binding/name.js';
import type { Clock } from '../ports.js';
import { dig } from './gitops-json.js';
import { stringOf } from './vault-answer.js';
import type { VaultClient } from './vault-client.js';
import { noLeader } from './vault-error.js';
import { ELECTION_MS } from './vault-lag.js';
import type { VaultTransport } from './vault-transport.js';

/** Any state is an answer: by default it comes as 429, 472, 473, 501 or 503, which a proxy on the way may replace by a page of its own. */
const ANY_STATE = 'standbyok=true&perfstandbyok=true&drsecondarycode=200&sealedcode=200&uninitcode=200';

/** Asks `sys/health` as nobody, outside every namespace. Throws BindError when Vault cannot be worked with or told. */
export async function readHealth(nobody: VaultClient, transport: VaultTransport, clock: Clock): Promise<VaultHealth> {
  const { body } = await nobody.send('GET', 'sys/health', undefined, { plain: true, query: ANY_STATE });
  const { url } = nobody.place;
  const initialized = dig(body, 'initialized');
  const sealed = dig(body, 'sealed');
  if (typeof initialized !== 'boolean' || typeof sealed !== 'boolean') {
    throw new BindError(
      problem(
        'VAULT_ERROR',
        `${cleanName(url)}/v1/sys/health does not speak of Vault's health`,
        `Check that vault-url is the address of Vault and no proxy answers for it: curl -sS ${cleanName(url)}/v1/sys/health`,
      ),
    );
  }
  const standby = dig(body, 'standby') === true;
  if (dig(body, 'replication_dr_mode') === 'secondary') throw new BindError(recovery(url));
  if (standby && !sealed) await awaitLeader(nobody, clock);
  const skewSeconds = transport.skewSeconds();
  return {
    initialized,
    sealed,
    standby,
    version: cleanName(stringOf(dig(body, 'version'))),
    clusterId: cleanName(stringOf(dig(body, 'cluster_id')) || (await sealStatusId(nobody))),
    // HashiCorp's free edition says so; OpenBao, which has them, does not speak of editions.
    hasNamespaces: dig(body, 'enterprise') !== false,
    ...(skewSeconds === undefined ? {} : { skewSeconds }),
  };
}

function recovery(url: string) {
  return problem(
    'VAULT_ERROR',
    `Vault at ${cleanName(url)} is a disaster recovery secondary, which serves no requests`,
    'Set vault-url to the primary cluster.',
  );
}

async function sealStatusId(nobody: VaultClient): Promise<string> {
  const { body } = await nobody.send('GET', 'sys/seal-status', undefined, { plain: true });
  return stringOf(dig(body, 'cluster_id'));
}

async function awaitLeader(nobody: VaultClient, clock: Clock): Promise<void> {
  const deadline = clock.now() + ELECTION_MS;
  for (;;) {
    const { body } = await nobody.send('GET', 'sys/leader', undefined, { plain: true });
    if (dig(body, 'ha_enabled') !== true || dig(body, 'leader_address') !== '') return;
    if (clock.now() + 500 > deadline) throw new BindError(noLeader(nobody.place.url));
    await clock.sleep(500);
  }
}
