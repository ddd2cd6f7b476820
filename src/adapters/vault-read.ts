import { BindError, problemOf } from '../binding/errors.js';
import type { MountConfigFact, MountFact, PolicyFact, ProvenConfig, RoleFact } from '../binding/facts.js';
import { absent, type Observed, present, unreadable } from '../binding/observed.js';
import { dig } from './gitops-json.js';
import { entriesOf, secondsOf, stringOf, stringsOf } from './vault-answer.js';
import type { VaultClient } from './vault-client.js';
import { answerProblem, isTokenRefusal } from './vault-error.js';

type Capabilities = Readonly<Record<string, readonly string[]>>;

/** Turns whatever is thrown into `unreadable`. */
export async function observed<T>(look: () => Promise<Observed<T>>): Promise<Observed<T>> {
  try {
    return await look();
  } catch (thrown) {
    return unreadable(problemOf(thrown));
  }
}

/** Reads one path; 404 is absent, all else but success unreadable with the permission it takes. */
async function read<T>(
  client: VaultClient,
  path: string,
  parse: (data: unknown) => T,
  query?: string,
): Promise<Observed<T>> {
  const answer = await client.send('GET', path, undefined, query === undefined ? {} : { query });
  if (answer.status === 404 && answer.genuine && !answer.text.matches(/namespace/)) return absent;
  if (answer.status !== 200) {
    return unreadable(answerProblem(answer, { verb: 'read', path, capabilities: ['read'] }, client.place));
  }
  return present(parse(dig(answer.body, 'data')));
}

/** Every auth mount by path without trailing slash. */
export async function readMounts(client: VaultClient): Promise<Observed<Readonly<Record<string, MountFact>>>> {
  const body = await client.must('GET', { verb: 'read', path: 'sys/auth', capabilities: ['read'] });
  // Old servers answer the mounts beside `request_id` and the like, which have no type.
  const source = entriesOf(dig(body, 'data')).length > 0 ? dig(body, 'data') : body;
  const mounts = entriesOf(source).flatMap(([path, entry]) => {
    const type = dig(entry, 'type');
    if (typeof type !== 'string' || !path.endsWith('/')) return [];
    const fact = { type, description: stringOf(dig(entry, 'description')), accessor: stringOf(dig(entry, 'accessor')) };
    return [[path.slice(0, -1), fact] as const];
  });
  return present(Object.fromEntries(mounts));
}

/**
 * A policy with `required_parameters` demands them of reads as well: where the plain read is refused, it is asked again
 * with the values such a policy pins, which `proven` tells.
 */
export async function readMountConfig(
  client: VaultClient,
  mount: string,
  proven: () => Promise<ProvenConfig | undefined> = async () => undefined,
): Promise<Observed<MountConfigFact>> {
  const path = `auth/${mount}/config`;
  const plain = await read(client, path, configIn);
  if (plain.state !== 'unreadable' || plain.problem.code !== 'VAULT_FORBIDDEN') return plain;
  const values = await proven();
  if (!values) return plain;
  const query = new URLSearchParams({
    kubernetes_host: values.kubernetesHost,
    kubernetes_ca_cert: values.kubernetesCaCert,
    disable_local_ca_jwt: 'true',
    // Required as well, and not looked at by a read.
    token_reviewer_jwt: '-',
  });
  const pinned = await read(client, path, configIn, query.toString());
  return pinned.state === 'present' ? pinned : plain;
}

function configIn(data: unknown): MountConfigFact {
  const alias = dig(data, 'use_annotations_as_alias_metadata');
  const reviewer = dig(data, 'token_reviewer_jwt_set');
  return {
    kubernetesHost: stringOf(dig(data, 'kubernetes_host')),
    kubernetesCaCert: stringOf(dig(data, 'kubernetes_ca_cert')),
    issuer: stringOf(dig(data, 'issuer')),
    pemKeys: stringsOf(dig(data, 'pem_keys')),
    disableIssValidation: dig(data, 'disable_iss_validation') === true,
    disableLocalCaJwt: dig(data, 'disable_local_ca_jwt') === true,
    ...(typeof alias === 'boolean' ? { useAnnotationsAsAliasMetadata: alias } : {}),
    ...(typeof reviewer === 'boolean' ? { reviewerTokenSet: reviewer } : {}),
  };
}

export function readRole(client: VaultClient, mount: string, role: string): Promise<Observed<RoleFact>> {
  return read(client, `auth/${mount}/role/${role}`, (data) => ({
    serviceAccountNames: stringsOf(dig(data, 'bound_service_account_names')),
    serviceAccountNamespaces: stringsOf(dig(data, 'bound_service_account_namespaces')),
    namespaceSelector: stringOf(dig(data, 'bound_service_account_namespace_selector')),
    audience: stringOf(dig(data, 'audience')),
    tokenPolicies: stringsOf(dig(data, 'token_policies') ?? dig(data, 'policies')),
    tokenTtlSeconds: secondsOf(dig(data, 'token_ttl') ?? dig(data, 'ttl')),
    tokenMaxTtlSeconds: secondsOf(dig(data, 'token_max_ttl') ?? dig(data, 'max_ttl')),
    tokenBoundCidrs: stringsOf(dig(data, 'token_bound_cidrs')),
    tokenNoDefaultPolicy: dig(data, 'token_no_default_policy') === true,
    tokenType: stringOf(dig(data, 'token_type')),
  }));
}

export function readPolicy(client: VaultClient, name: string): Promise<Observed<PolicyFact>> {
  return read(client, `sys/policies/acl/${name}`, (data) => ({ text: stringOf(dig(data, 'policy')) }));
}

/**
 * Capabilities of the client's own token, all paths in one request. Where the token comes from a namespace above, whose
 * `default` policy does not reach down here, the same is asked up there through `above`.
 */
export async function readCapabilities(
  client: VaultClient,
  paths: readonly string[],
  above?: VaultClient,
): Promise<Observed<Capabilities>> {
  if (paths.length === 0) return absent;
  const answer = await client.send('POST', 'sys/capabilities-self', { paths });
  if (answer.status === 200) return present(capabilitiesIn(answer.body, paths));
  if (answer.status === 403 && !isTokenRefusal(answer) && above) {
    const prefix = below(client.place.namespace, above.place.namespace);
    if (prefix !== undefined) {
      const seen = await readCapabilities(
        above,
        paths.map((path) => prefix + path),
      );
      if (seen.state === 'present') return present(unprefixed(seen.value, prefix));
    }
  }
  const asked = { verb: 'ask', path: 'sys/capabilities-self', capabilities: ['update'] };
  throw new BindError(answerProblem(answer, asked, client.place));
}

function capabilitiesIn(body: unknown, paths: readonly string[]): Capabilities {
  const found = paths.map((path) => {
    const held =
      dig(body, 'data', path) ?? dig(body, path) ?? (paths.length === 1 ? dig(body, 'capabilities') : undefined);
    return [path, stringsOf(held)] as const;
  });
  return Object.fromEntries(found);
}

/** `team/` for namespace `org/team` seen from `org`; undefined when it does not lie below. */
function below(namespace: string, above: string): string | undefined {
  const [inner, outer] = [segments(namespace), segments(above)];
  if (inner.length <= outer.length || !outer.every((part, index) => part === inner[index])) return undefined;
  return `${inner.slice(outer.length).join('/')}/`;
}

function segments(namespace: string): readonly string[] {
  return namespace.split('/').filter((part) => part !== '' && part !== 'root');
}

function unprefixed(found: Capabilities, prefix: string): Capabilities {
  return Object.fromEntries(Object.entries(found).map(([path, held]) => [path.slice(prefix.length), held]));
}
