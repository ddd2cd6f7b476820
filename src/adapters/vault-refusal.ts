import { type Problem, problem } from '../binding/errors.js';
import type { VaultAccess } from '../binding/intent.js';
import { cleanName } from '../binding/name.js';
import type { Secret } from '../binding/secret.js';
import type { VaultAnswer } from './vault-answer.js';
import { claimsOf } from './vault-claims.js';
import { answerProblem, stateProblem } from './vault-error.js';

/** Why Vault refused the run's own login, with everything a role can be bound to; `jwt` is shown by its claims alone. */
export function loginProblem(answer: VaultAnswer, access: VaultAccess, jwt?: Secret): Problem {
  const place = { url: access.url, namespace: access.authNamespace };
  const path = `auth/${access.authPath}/login`;
  const state = stateProblem(answer, place);
  if (state) return state;
  const general = answerProblem(answer, { verb: 'login at', path, capabilities: ['update'] }, place);
  if (general.code === 'VAULT_NAMESPACE') return general;
  const role = access.method === 'jwt' ? ` as role ${cleanName(access.role)}` : '';
  const offered = jwt === undefined ? '' : `; claims offered: ${claimsOf(jwt)}`;
  const seen = `login at ${cleanName(path)}${role} in ${named(access.authNamespace)} was refused (HTTP ${answer.status})`;
  const [why, hint] = access.method === 'jwt' ? jwtReason(answer, access) : appRoleReason(answer, access);
  return problem('VAULT_LOGIN', `${seen}: ${why}${offered}`, hint);
}

function named(namespace: string): string {
  return namespace === '' ? 'the root namespace' : `namespace ${cleanName(namespace)}`;
}

type Reason = readonly [why: string, hint: string];

/** Patterns of Vault's wording, the reason they tell, and what to do. */
function jwtReasons(access: VaultAccess): readonly (readonly [RegExp, string, string])[] {
  const read = `vault read auth/${cleanName(access.authPath)}/role/${cleanName(access.role)}`;
  const config = `vault read auth/${cleanName(access.authPath)}/config`;
  return [
    [
      /role ".*" could not be found|unknown role/,
      'there is no such role',
      `Set vault-role to one of: vault list auth/${cleanName(access.authPath)}/role`,
    ],
    [/missing role/, 'no role was given and the mount has no default', 'Set vault-role.'],
    [
      /no audiences bound|aud.*claim|audience/i,
      'the audience is not bound by the role (Vault 1.16.3 and later demand it)',
      `Set vault-jwt-audience to one of the role's bound_audiences, or add it there: ${read}`,
    ],
    [
      /bound claim|validating claims|claim ".*" (is missing|does not match)|sub claim|bound_subject|invalid subject/i,
      "the claims are not those of the role's bound_claims or bound_subject",
      `Compare them with: ${read}`,
    ],
    [
      /expired|not yet valid|issued in the future/i,
      "Vault's clock and the OIDC provider's disagree",
      "Set Vault's clock by NTP.",
    ],
    [/iss.*claim|issuer/i, 'the issuer is not the one the mount expects', `Compare it with bound_issuer: ${config}`],
    [
      /signature|verifying|validating token|keyset|no known key|fetching keys|signing/i,
      'Vault cannot verify the token with the keys of the mount',
      `Check oidc_discovery_url or jwks_url, and that Vault reaches it: ${config}`,
    ],
    [
      /could not load configuration|not configured/i,
      'the mount was never configured',
      `Configure it: vault write auth/${cleanName(access.authPath)}/config oidc_discovery_url=https://token.actions.githubusercontent.com`,
    ],
    [/role with oidc role_type/i, 'the role has role_type oidc', `Set its role_type to jwt: ${read}`],
  ];
}

function jwtReason({ status, text }: VaultAnswer, access: VaultAccess): Reason {
  const match = jwtReasons(access).find(([pattern]) => text.matches(pattern));
  return match
    ? [match[1], match[2]]
    : (mountReason({ status, text }, access) ?? [
        'for a reason that Vault words in its log alone',
        `Compare the claims with: vault read auth/${cleanName(access.authPath)}/role/${cleanName(access.role)}`,
      ]);
}

function appRoleReason({ status, text }: VaultAnswer, access: VaultAccess): Reason {
  if (text.matches(/invalid role or secret ID|invalid role_id|invalid role ID|missing role_id/i)) {
    return [
      'it does not accept role id and secret id',
      'Check vault-role-id and vault-secret-id; a secret id may be used up or expired.',
    ];
  }
  if (text.matches(/invalid secret[_ ]id|missing secret_id|secret id/i)) {
    return [
      'it does not accept the secret id',
      `Make a new one: vault write -f auth/${cleanName(access.authPath)}/role/<role>/secret-id`,
    ];
  }
  if (text.matches(/source address|unauthorized.*CIDR|remote address/i)) {
    return [
      'the address of this runner is not in the bound CIDRs',
      'Add it to secret_id_bound_cidrs or token_bound_cidrs of the role.',
    ];
  }
  return (
    mountReason({ status, text }, access) ?? [
      'it does not accept role id and secret id',
      'Check vault-role-id and vault-secret-id.',
    ]
  );
}

/** Without a token, a path nobody mounted and a wrong namespace both give the bare 403. */
function mountReason({ status, text }: Pick<VaultAnswer, 'status' | 'text'>, access: VaultAccess): Reason | undefined {
  if (status !== 404 && !(status === 403 && text.matches(/permission denied/))) return undefined;
  return [
    `there may be no ${access.method} auth method at auth/${cleanName(access.authPath)}`,
    'Check vault-auth-path and vault-auth-namespace: vault auth list',
  ];
}
