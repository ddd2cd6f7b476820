import { canaryMount } from './binding/anchor.js';
import { BindError, problem } from './binding/errors.js';
import { PROBE, planRole, probeRole } from './binding/role.js';
import type { Secret } from './binding/secret.js';
import type { Survey } from './binding/survey.js';
import { CANARY_DESCRIPTION } from './binding/vault-plan.js';
import type { Context } from './context.js';
import type { Lock } from './lock.js';
import { configWrite } from './payload.js';
import { patience } from './prove.js';
import { until } from './retry.js';

/**
 * Proves host and CA on a throw-away mount. Vault keeps its old connection to the API server alive, so a login on the
 * live mount would say nothing about a new CA. The canary is gone afterwards, whatever happened.
 */
export async function runCanary(
  context: Context,
  survey: Survey,
  lock: Lock,
  reviewer: Secret,
  subject: Secret,
): Promise<void> {
  const { ports, intent } = context;
  const name = canaryMount(intent.mount);
  await lock.check();
  await ports.vault.disableMount(name);
  try {
    await ports.vault.enableMount(name, CANARY_DESCRIPTION);
    await Promise.all([
      ports.vault.writeMountConfig(name, configWrite(survey, reviewer)),
      ports.vault.writeRole(name, PROBE, planRole(probeRole(intent), undefined).fields),
    ]);
    const proof = await until(
      ports,
      patience(survey, false),
      () => ports.vault.proveLogin({ mount: name, role: PROBE, jwt: subject, capabilitiesOf: [] }),
      (seen) => seen.login.outcome === 'accepted',
    );
    if (proof.login.outcome === 'accepted') return;
    if (proof.login.outcome === 'unreadable') throw new BindError(proof.login.problem);
    throw new BindError(
      problem(
        'CANARY_FAILED',
        `a login through auth/${name} with ${survey.kubernetesHost} and the new CA was refused (HTTP ${proof.login.status}); auth/${intent.mount} was left as it was`,
        `Check from Vault's own network that ${survey.kubernetesHost} can be reached and presents a certificate of that CA.`,
      ),
    );
  } finally {
    await removeCanary(context);
  }
}

export async function removeCanary({ ports, intent }: Context): Promise<void> {
  await ports.vault.disableMount(canaryMount(intent.mount));
}
