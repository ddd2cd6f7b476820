import type { PathGrant } from './facts.js';
import type { Intent } from './intent.js';

/** A string as HCL writes it. */
export function hclString(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    // Between `${` and `}` HCL unescapes nothing; a dollar sign in disguise opens no such span.
    .replaceAll('${', '\\u0024{');
  return `"${escaped}"`;
}

function stanza(path: string, capabilities: readonly string[], more: readonly string[] = []): string {
  const lines = [`  capabilities = [${capabilities.map((capability) => `"${capability}"`).join(', ')}]`, ...more];
  return `path "${path}" {\n${lines.join('\n')}\n}\n`;
}

/** A policy that grants exactly `grants`. */
export function grantsPolicy(grants: readonly PathGrant[]): string {
  return grants.map((grant) => stanza(grant.path, grant.capabilities)).join('\n');
}

/** `kube-auth`: what every vault-config-operator may do wherever it is bound; made once per Vault. */
export function basePolicy(): string {
  return [
    '# vault-cluster-bind: shared by every cluster; what is particular to one mount is in kube-auth-<mount>.\n',
    stanza('sys/auth', ['read']),
    stanza('auth/token/lookup-self', ['read']),
    stanza('auth/token/renew-self', ['update']),
    stanza('auth/token/revoke-self', ['update']),
    stanza('sys/capabilities-self', ['update']),
  ].join('\n');
}

/** Name of the policy for one mount. */
export function mountPolicyName(intent: Intent): string {
  return `${intent.connectionPolicy}-${intent.mount.replaceAll('/', '-')}`;
}

/**
 * What vault-config-operator needs on this mount and no more: it may read the mount config, keep the gitops role
 * with its policies pinned, and keep the gitops policy (its text pinned too when `pinnedText` is given).
 */
export function mountPolicy(intent: Intent, pinnedText?: string): string {
  const pinRole = [
    `  allowed_parameters = {\n    "token_policies" = [["${intent.gitopsPolicy}"]]\n    "*" = []\n  }`,
    '  denied_parameters = {\n    "policies" = []\n  }',
  ];
  const pinPolicy =
    pinnedText === undefined
      ? []
      : [`  allowed_parameters = {\n    "policy" = [${hclString(pinnedText)}]\n    "*" = []\n  }`];
  return [
    `# vault-cluster-bind: vault-config-operator on auth/${intent.mount}.\n`,
    stanza(`auth/${intent.mount}/config`, ['read']),
    stanza(`auth/${intent.mount}/role/${intent.gitopsRole}`, ['create', 'read', 'update', 'delete'], pinRole),
    stanza(`sys/policies/acl/${intent.gitopsPolicy}`, ['read', 'update', 'delete'], pinPolicy),
  ].join('\n');
}

/** What vault-config-operator asks of Vault for the consumer's charts. */
export function connectionNeeds(intent: Intent): readonly PathGrant[] {
  return [
    { path: 'sys/auth', capabilities: ['read'] },
    { path: `auth/${intent.mount}/config`, capabilities: ['read'] },
    { path: `auth/${intent.mount}/role/${intent.gitopsRole}`, capabilities: ['create', 'read', 'update', 'delete'] },
    { path: `sys/policies/acl/${intent.gitopsPolicy}`, capabilities: ['read', 'update', 'delete'] },
  ];
}

/** Policies compared as text without comments and white space at the ends of lines. */
export function samePolicy(left: string, right: string): boolean {
  return normalise(left) === normalise(right);
}

function normalise(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n');
}

/** Which of `needs` a capabilities answer does not cover; `root` covers all, `deny` none. */
export function missingCapabilities(
  needs: readonly PathGrant[],
  answers: Readonly<Record<string, readonly string[]>>,
): readonly PathGrant[] {
  const missing: PathGrant[] = [];
  for (const need of needs) {
    const held = answers[need.path] ?? [];
    if (held.includes('root')) continue;
    const lacking = need.capabilities.filter((capability) => !held.includes(capability));
    if (lacking.length > 0) missing.push({ path: need.path, capabilities: lacking });
  }
  return missing;
}
