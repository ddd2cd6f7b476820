import { applyYaml } from './apply.ts';
import type { Issuer } from './issuer.ts';
import type { Cluster, VaultServer } from './types.ts';

/** One entry of `grants` in the JSON report. */
export interface Grants {
  readonly identity: string;
  readonly vaultPolicy: string;
  readonly jwtRole: string;
  readonly rbac: string;
}

async function must(answer: Promise<{ status: number }>, what: string): Promise<void> {
  const { status } = await answer;
  if (status >= 300) throw new Error(`${what}: HTTP ${status}`);
}

/** Name of the policy, the Vault role and the Kubernetes user of an identity, as the texts have it. */
export function identityName(identity: string): string {
  return `vault-cluster-${identity}`;
}

/** Pastes what `plan` printed for an identity into cluster and Vault, with `jwt` and `approle` roles for it. */
export async function grant(cluster: Cluster, vault: VaultServer, grants: Grants): Promise<void> {
  const name = identityName(grants.identity);
  await applyYaml(cluster, grants.rbac);
  await must(vault.request('PUT', `sys/policies/acl/${name}`, { policy: grants.vaultPolicy }), `policy ${name}`);
  const role = JSON.parse(/^\{[\s\S]*?^\}/m.exec(grants.jwtRole)?.[0] ?? '{}') as Record<string, unknown>;
  const bound = { ...role, bound_audiences: ['vault'], bound_claims: { repository_id: '654321' } };
  await must(vault.request('POST', `auth/jwt/role/${name}`, bound), `jwt role ${name}`);
  await must(
    vault.request('POST', `auth/approle/role/${name}`, { token_policies: [name], token_ttl: '15m' }),
    `approle ${name}`,
  );
}

/** Turns on `jwt` (trusting the issuer) and `approle`. */
export async function enableLogins(vault: VaultServer, issuer: Issuer): Promise<void> {
  await must(vault.request('POST', 'sys/auth/jwt', { type: 'jwt' }), 'auth/jwt');
  await must(vault.request('POST', 'sys/auth/approle', { type: 'approle' }), 'auth/approle');
  await must(
    vault.request('POST', 'auth/jwt/config', { oidc_discovery_url: issuer.url, bound_issuer: issuer.url }),
    'auth/jwt/config',
  );
}

/** RoleID and a fresh SecretID. */
export async function approleInputs(vault: VaultServer, identity: string): Promise<Record<string, string>> {
  const path = `auth/approle/role/${identityName(identity)}`;
  const roleId = await vault.request('GET', `${path}/role-id`);
  const secretId = await vault.request('POST', `${path}/secret-id`, {});
  return {
    'vault-method': 'approle',
    'vault-role-id': roleId.body.data.role_id,
    'vault-secret-id': secretId.body.data.secret_id,
  };
}

/** What a job with `id-token: write` gives for a login by OIDC. */
export function jwtInputs(identity: string): Record<string, string> {
  return { 'vault-method': 'jwt', 'vault-role': identityName(identity), 'vault-jwt-audience': 'vault' };
}

/** A token of an identity, as somebody else would hand it over. */
export async function tokenInputs(vault: VaultServer, identity: string): Promise<Record<string, string>> {
  const made = await vault.request('POST', 'auth/token/create-orphan', {
    policies: [identityName(identity)],
    ttl: '15m',
  });
  return { 'vault-method': 'token', 'vault-token': made.body.auth.client_token };
}
