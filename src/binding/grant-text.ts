import type { GrantsReport } from '../report/model.js';
import { chosenFields } from './config-field.js';
import type { Grant, PathGrant } from './facts.js';
import type { Intent } from './intent.js';
import { valueOf } from './observed.js';
import { bindPaths, checklistPaths, readPaths, unbindPaths } from './path-permission.js';
import { bindGrants, openshiftGrants, probeGrants, readGrants, rotateGrants, unbindGrants } from './permission.js';
import { basePolicy, grantsPolicy, hclString, mountPolicy } from './policy.js';
import { rbacYaml } from './rbac.js';
import type { Survey } from './survey.js';

/** What a token needs to look after itself; Vault's `default` policy gives it, and some sites strip that. */
const SELF: readonly PathGrant[] = [
  { path: 'sys/capabilities-self', capabilities: ['update'] },
  { path: 'auth/token/lookup-self', capabilities: ['read'] },
  { path: 'auth/token/revoke-self', capabilities: ['update'] },
];

/** Everything each identity needs, filled in for this cluster and mount and ready to paste. */
export function grantTexts(survey: Survey, checklist: readonly Grant[]): readonly GrantsReport[] {
  const { intent } = survey;
  const waits = intent.waitSeconds > 0 || intent.bootstrapCommand !== undefined;
  // The hash is of Vault's cluster id: a Vault that was not reached leaves it to be filled in.
  const hash = valueOf(survey.facts.vault.health)?.clusterId ? survey.hash : '<hash>';
  const look = [...readGrants(intent, hash), ...probeGrants(intent)];
  const own = [...kubeconfigPath(intent), ...SELF];
  return [
    {
      identity: 'bind',
      vaultPolicy: grantsPolicy([...bindPaths(intent), ...(waits ? checklistPaths(intent) : []), ...own]),
      jwtRole: jwtRole(intent, 'bind'),
      rbac: rbacYaml('bind', [
        ...bindGrants(intent, hash),
        ...openshiftGrants(survey.facts),
        ...(waits ? checklist : []),
      ]),
    },
    {
      identity: 'rotate',
      vaultPolicy: rotatePolicy(survey),
      jwtRole: jwtRole(intent, 'rotate'),
      rbac: rbacYaml('rotate', rotateGrants(intent, hash)),
    },
    {
      identity: 'unbind',
      vaultPolicy: grantsPolicy([...unbindPaths(intent), ...own]),
      jwtRole: jwtRole(intent, 'unbind'),
      rbac: rbacYaml('unbind', unbindGrants(intent, hash)),
    },
    {
      identity: 'verify',
      vaultPolicy: grantsPolicy([...readPaths(intent), ...checklistPaths(intent), ...own]),
      jwtRole: jwtRole(intent, 'verify'),
      rbac: rbacYaml('verify', [...look, ...openshiftGrants(survey.facts), ...checklist]),
    },
    operator(survey),
  ];
}

function operator({ intent, materials }: Survey): GrantsReport {
  const vaultPolicy = `${basePolicy()}\n${mountPolicy(intent, materials.gitopsPolicyText)}`;
  return { identity: 'vault-config-operator', vaultPolicy, jwtRole: '', rbac: '' };
}

/** Where the kubeconfig is kept, as version 2 of KV has it unless the path says so itself. */
function kubeconfigPath({ access }: Intent): readonly PathGrant[] {
  if (access?.via !== 'vault') return [];
  const path = /^[^/]+\/data\//.test(access.path) ? access.path : access.path.replace('/', '/data/');
  return [{ path, capabilities: ['read'] }];
}

/** May replace the reviewer token and nothing else: host, CA and disable_local_ca_jwt are pinned to what is stored. */
function rotatePolicy(survey: Survey): string {
  const { intent, config, kubernetesHost, desiredCaPem } = survey;
  const host = config?.kubernetesHost ?? kubernetesHost;
  const ca = config?.kubernetesCaCert ?? desiredCaPem;
  const values = {
    issuer: [hclString(config?.issuer ?? '')],
    pem_keys: [`[${(config?.pemKeys ?? []).map(hclString).join(', ')}]`],
    disable_iss_validation: ['false'],
    use_annotations_as_alias_metadata: ['true'],
  };
  const chosen = config ? chosenFields(config).map((field) => `    "${field}" = [${values[field]}]`) : [];
  const config_ = [
    `path "auth/${intent.mount}/config" {`,
    '  capabilities = ["read", "update"]',
    '  required_parameters = ["kubernetes_host", "kubernetes_ca_cert", "token_reviewer_jwt", "disable_local_ca_jwt"]',
    '  allowed_parameters = {',
    `    "kubernetes_host" = [${hclString(host)}]`,
    `    "kubernetes_ca_cert" = [${hclString(ca)}]`,
    '    "disable_local_ca_jwt" = [true, "true"]',
    '    "token_reviewer_jwt" = []',
    ...chosen,
    '  }',
    '  denied_parameters = {',
    '    "token_reviewer_jwt" = [""]',
    '  }',
    '}',
  ].join('\n');
  const reads = readPaths(intent).filter(({ path }) => path !== `auth/${intent.mount}/config`);
  return `${config_}\n\n${grantsPolicy([...reads, ...kubeconfigPath(intent), ...SELF])}`;
}

/** A role of Vault's jwt auth method for GitHub's OIDC tokens; immutable claims, so that a renamed repository fails. */
function jwtRole(intent: Intent, identity: string): string {
  const claims =
    identity === 'bind'
      ? '{"repository_id": "<repository id>", "environment": "vault-prod"}'
      : '{"repository_id": "<repository id>", "ref": "refs/heads/main"}';
  return [
    `vault write auth/${intent.vault.method === 'jwt' ? intent.vault.authPath : 'jwt'}/role/vault-cluster-${identity} - <<'EOF'`,
    '{',
    '  "role_type": "jwt",',
    '  "user_claim": "repository",',
    `  "bound_audiences": ["${intent.vault.audience || '<vault-jwt-audience>'}"],`,
    `  "bound_claims": ${claims},`,
    `  "token_policies": ["vault-cluster-${identity}"],`,
    '  "token_ttl": "15m",',
    '  "token_max_ttl": "30m"',
    '}',
    'EOF',
  ].join('\n');
}
