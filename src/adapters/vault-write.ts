import { chosenFields } from '../binding/config-field.js';
import { BindError, problem } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import { valueOf } from '../binding/observed.js';
import type { MountConfigWrite, RoleWrite } from '../ports.js';
import type { VaultClient } from './vault-client.js';
import { answerProblem, caProblem } from './vault-error.js';
import { readMounts } from './vault-read.js';

/** Enables a mount of type kubernetes; fine when there is one by now. Throws MOUNT_TYPE or MOUNT_NESTED for what is in its way. */
export async function enableMount(client: VaultClient, mount: string, description: string): Promise<void> {
  const asked = { verb: 'enable', path: `sys/auth/${mount}`, capabilities: ['update', 'sudo'] };
  const answer = await client.send('POST', asked.path, { type: 'kubernetes', description });
  if (answer.status === 200) return;
  if (!answer.text.matches(/path is already in use|existing mount at/)) {
    throw new BindError(answerProblem(answer, asked, client.place));
  }
  const inTheWay = answer.text.capture(/already in use at (\S+)/)?.replace(/\/$/, '') ?? 'another path';
  // The node that is asked may not have heard of it yet when the answer to our own first try was lost.
  const type = await client.settle(
    async () => valueOf(await readMounts(client))?.[mount]?.type,
    (seen) => seen !== undefined || inTheWay !== mount,
  );
  if (type === 'kubernetes') return;
  const name = cleanName(mount);
  if (type !== undefined) {
    throw new BindError(
      problem(
        'MOUNT_TYPE',
        `auth/${name} is an auth method of type ${cleanName(type)}`,
        'Choose another mount, or remove that one.',
      ),
    );
  }
  throw new BindError(
    problem(
      'MOUNT_NESTED',
      `auth/${name} cannot be enabled: auth/${inTheWay} contains it or is contained in it`,
      'Choose a mount that is no part of another mount path.',
    ),
  );
}

/** Sets a mount's description through the path that takes no sudo. */
export async function describeMount(client: VaultClient, mount: string, description: string): Promise<void> {
  await client.must(
    'POST',
    { verb: 'tune', path: `sys/mounts/auth/${mount}/tune`, capabilities: ['update'] },
    { description },
  );
}

/** Disables a mount; an absent one is fine. */
export async function disableMount(client: VaultClient, mount: string): Promise<void> {
  const asked = { verb: 'disable', path: `sys/auth/${mount}`, capabilities: ['delete', 'sudo'] };
  const answer = await client.send('DELETE', asked.path);
  if (answer.status === 200 || answer.status === 404 || answer.text.matches(/no matching mount|no mount entry/)) return;
  throw new BindError(answerProblem(answer, asked, client.place));
}

/** Replaces the whole mount config. */
export async function writeMountConfig(client: VaultClient, mount: string, config: MountConfigWrite): Promise<void> {
  const asked = { verb: 'write', path: `auth/${mount}/config`, capabilities: ['update'] };
  const answer = await client.send('POST', asked.path, {
    kubernetes_host: config.kubernetesHost,
    kubernetes_ca_cert: config.kubernetesCaCert,
    token_reviewer_jwt: config.reviewerToken.reveal(),
    ...keptFields(config),
    // Else Vault in a pod would fall back to that pod's token, which is of the wrong cluster.
    disable_local_ca_jwt: true,
  });
  if (answer.status === 200) return;
  throw new BindError(caProblem(answer, asked.path) ?? answerProblem(answer, asked, client.place));
}

function keptFields(config: MountConfigWrite): Record<string, unknown> {
  const { issuer, pemKeys, disableIssValidation, useAnnotationsAsAliasMetadata: alias, onlyChosen } = config;
  const all = {
    issuer,
    pem_keys: pemKeys,
    disable_iss_validation: disableIssValidation,
    ...(alias === undefined ? {} : { use_annotations_as_alias_metadata: alias }),
  };
  if (!onlyChosen) return all;
  const chosen: readonly string[] = chosenFields(config);
  return Object.fromEntries(Object.entries(all).filter(([name]) => chosen.includes(name)));
}

/** Writes a role's bindings, policies and lifetimes; its other fields stay as they are. */
export async function writeRole(client: VaultClient, mount: string, role: string, fields: RoleWrite): Promise<void> {
  await client.must(
    'POST',
    { verb: 'write', path: `auth/${mount}/role/${role}`, capabilities: ['create', 'update'] },
    {
      bound_service_account_names: fields.serviceAccountNames,
      bound_service_account_namespaces: fields.serviceAccountNamespaces,
      ...(fields.namespaceSelector === ''
        ? {}
        : { bound_service_account_namespace_selector: fields.namespaceSelector }),
      token_policies: fields.tokenPolicies,
      token_ttl: fields.tokenTtlSeconds,
      token_max_ttl: fields.tokenMaxTtlSeconds,
    },
  );
}

/** Deletes a role or a policy; an absent one is fine. */
export async function deletePath(client: VaultClient, path: string): Promise<void> {
  const asked = { verb: 'delete', path, capabilities: ['delete'] };
  const answer = await client.send('DELETE', path);
  if (answer.status === 200 || answer.status === 404) return;
  throw new BindError(answerProblem(answer, asked, client.place));
}

export async function writePolicy(client: VaultClient, name: string, text: string): Promise<void> {
  await client.must(
    'POST',
    { verb: 'write', path: `sys/policies/acl/${name}`, capabilities: ['update'] },
    { policy: text },
  );
}
