import { BindError, problem } from '../binding/errors.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import { dig } from './gitops-json.js';
import type { VaultClient } from './vault-client.js';
import { answerProblem } from './vault-error.js';

/** One field of a KV secret, version 1 or 2, by the path that `vault kv get` takes or that of the API. Throws BindError. */
export async function readSecretField(
  client: VaultClient,
  path: string,
  field: string,
  secret: SecretFactory,
): Promise<Secret> {
  const { place, inner } = await placeOf(client, path);
  const answer = await client.send('GET', place);
  if (answer.status === 404 && answer.genuine) throw missing(`Vault has no secret at ${place}`, path, field);
  if (answer.status !== 200)
    throw new BindError(answerProblem(answer, { verb: 'read', path: place, capabilities: ['read'] }, client.place));
  const value = inner ? dig(answer.body, 'data', 'data', field) : dig(answer.body, 'data', field);
  if (typeof value !== 'string' || value.trim() === '')
    throw missing(`the secret at ${place} has no field ${field}`, path, field);
  return secret('kubeconfig of Vault', value);
}

function missing(seen: string, path: string, field: string): BindError {
  return new BindError(
    problem('KUBECONFIG_MISSING', seen, `Store it with: vault kv put ${path} ${field}=@kubeconfig.`),
  );
}

/** Where the API has it. Any token that may read below a mount may ask what kind of mount it is. */
async function placeOf(client: VaultClient, path: string): Promise<{ place: string; inner: boolean }> {
  const answer = await client.send('GET', `sys/internal/ui/mounts/${path}`);
  if (answer.status !== 200) return { place: path, inner: /^[^/]+\/data\//.test(path) };
  const mount = dig(answer.body, 'data', 'path');
  const inner = dig(answer.body, 'data', 'options', 'version') === '2';
  if (typeof mount !== 'string' || !inner || !path.startsWith(mount)) return { place: path, inner };
  const rest = path.slice(mount.length);
  return { place: rest.startsWith('data/') ? path : `${mount}data/${rest}`, inner };
}
