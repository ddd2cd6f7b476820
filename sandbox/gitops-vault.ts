import { gitopsPolicyText, gitopsSecrets } from './gitops-objects.ts';
import type { Answer, VaultServer } from './types.ts';

/** Writes the policy that vault-config-operator writes of the charts. */
export async function putGitopsPolicy(vault: VaultServer, env: string, text = gitopsPolicyText()): Promise<void> {
  accept(await vault.request('POST', `sys/policies/acl/gitops-${env}`, { policy: text }));
}

/** The same and the role that carries it, with which vault-secrets-operator logs in; the mount must be there. */
export async function putGitopsRole(
  vault: VaultServer,
  env: string,
  over: Record<string, unknown> = {},
): Promise<void> {
  await putGitopsPolicy(vault, env);
  const namespaces = new Set(gitopsSecrets(env).map(({ namespace }) => namespace));
  const role = {
    bound_service_account_names: ['default'],
    bound_service_account_namespaces: [...namespaces],
    token_policies: [`gitops-${env}`],
    token_ttl: '10m',
    ...over,
  };
  accept(await vault.request('POST', `auth/kubernetes-${env}/role/gitops-${env}`, role));
}

function accept({ status }: Answer): void {
  if (status >= 300) throw new Error(`Vault answered ${status}`);
}
