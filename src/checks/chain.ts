import type { Code } from '../binding/errors.js';
import type { ResourceFact, RoleFact, VaultLoginFact } from '../binding/facts.js';
import { anyAdmits } from '../binding/name-pattern.js';
import { type Observed, valueOf } from '../binding/observed.js';
import { capabilitiesOn } from '../binding/policy-text.js';
import type { Survey } from '../binding/survey.js';
import { refText } from './gitops-finding.js';
import type { GitopsView } from './gitops-view.js';
import { judgeConfiguration } from './vso.js';

/** Where the way from a resource to its secret in Vault is broken, as the two systems are now. */
export interface BrokenLink {
  readonly note: string;
  readonly hint: string;
  readonly code?: Code;
}

const CONFIG = 'vault-config chart';

/** The way of a resource of vault-secrets-operator, link by link, by names alone; what is not known is left out. */
export function wayOf(resource: ResourceFact, view: GitopsView): string {
  const login = loginOf(resource, view);
  const parts = [
    `${resource.kind} ${refText(resource.ref)}`,
    resource.authRef === undefined ? '' : `VaultAuth ${refText(resource.authRef)}`,
    login?.role ? `role ${login.role} on auth/${login.mount}` : '',
    resource.source?.path ?? '',
  ];
  return parts.filter((part) => part !== '').join(' → ');
}

/**
 * The first link that is broken, followed from the resource to Vault; undefined when none is, or none that could be
 * looked at. Vault's side is followed on the mount of this binding alone.
 */
export function brokenLink(resource: ResourceFact, view: GitopsView): BrokenLink | undefined {
  const { authRef } = resource;
  if (authRef === undefined) return undefined;
  const auth = view.find('VaultAuth', authRef);
  if (auth === undefined) {
    return {
      note: `VaultAuth ${refText(authRef)} does not exist`,
      hint: 'Make the VaultAuth that it names: the vault-runtime chart renders one for each of its namespaces.',
    };
  }
  const login = auth.login;
  if (login === undefined) return undefined;
  return (
    notAllowed(resource, auth, login) ??
    connectionLink(auth, login, view) ??
    (view.survey === undefined ? undefined : vaultLink(resource, login, view.survey))
  );
}

function loginOf({ authRef }: ResourceFact, view: GitopsView): VaultLoginFact | undefined {
  return authRef === undefined ? undefined : view.find('VaultAuth', authRef)?.login;
}

function notAllowed(resource: ResourceFact, auth: ResourceFact, login: VaultLoginFact): BrokenLink | undefined {
  const { namespace } = resource.ref;
  if (namespace === auth.ref.namespace || login.allowedNamespaces.some((one) => one === '*' || one === namespace))
    return undefined;
  return {
    note: `VaultAuth ${refText(auth.ref)} does not allow namespace ${namespace}`,
    hint: `Add ${namespace} to allowedNamespaces of the VaultAuth, or make a VaultAuth in that namespace.`,
  };
}

function connectionLink(auth: ResourceFact, login: VaultLoginFact, view: GitopsView): BrokenLink | undefined {
  if (login.connection === undefined) return undefined;
  const connection = view.find('VaultConnection', login.connection);
  if (connection === undefined) {
    return {
      note: `VaultConnection ${refText(login.connection)} of VaultAuth ${refText(auth.ref)} does not exist`,
      hint: 'Make the VaultConnection that the VaultAuth names: the vault-runtime chart renders one beside each.',
    };
  }
  const { state, note, hint, code } = judgeConfiguration(connection);
  if (state !== 'failed') return undefined;
  const coded = code === undefined ? {} : { code };
  return { note: `VaultConnection ${refText(connection.ref)}: ${note}`, hint, ...coded };
}

function vaultLink(resource: ResourceFact, login: VaultLoginFact, survey: Survey): BrokenLink | undefined {
  const { intent, facts } = survey;
  if (login.method !== 'kubernetes' || login.mount !== intent.mount || login.role === '') return undefined;
  if (login.namespace !== '' && login.namespace !== intent.vault.namespace) return undefined;
  if (facts.vault.mount.state === 'absent') {
    const note = `auth/${intent.mount} does not exist`;
    return { note, hint: 'Run bind, or check vault-namespace and mount.', code: 'LOGIN_MOUNT' };
  }
  const observed = roleOf(login.role, survey);
  if (observed?.state === 'absent') return roleMissing(login, survey);
  const role = observed === undefined ? undefined : valueOf(observed);
  if (role === undefined) return undefined;
  return notBound(resource, login, role, intent.mount) ?? policyLink(resource, login, role, survey);
}

function roleOf(name: string, { intent, facts }: Survey): Observed<RoleFact> | undefined {
  if (name === intent.gitopsRole) return facts.vault.gitopsRole;
  return name === intent.connectionRole ? facts.vault.connectionRole : undefined;
}

function roleMissing(login: VaultLoginFact, { intent }: Survey): BrokenLink {
  return {
    note: `auth/${intent.mount} has no role ${login.role}`,
    hint: 'Sync Application vault-config and see vco.resources: its KubernetesAuthEngineRole makes the role.',
    code: 'LOGIN_ROLE',
  };
}

/** It logs in as a ServiceAccount of the namespace that consumes the secret, not of the VaultAuth's. */
function notBound({ ref }: ResourceFact, login: VaultLoginFact, role: RoleFact, mount: string): BrokenLink | undefined {
  const account = login.serviceAccount || 'default';
  const isNamed = anyAdmits(role.serviceAccountNames, account);
  const isPlaced = role.namespaceSelector !== '' || anyAdmits(role.serviceAccountNamespaces, ref.namespace);
  if (!isNamed || !isPlaced) {
    const lacking = isNamed ? `namespace ${ref.namespace}` : `ServiceAccount ${account}`;
    return {
      note: `role ${login.role} on auth/${mount} does not bind ${lacking}`,
      hint: `Add it to the role: ${isNamed ? 'targetNamespaces' : 'targetServiceAccounts'} in the ${CONFIG}.`,
      code: 'LOGIN_UNBOUND',
    };
  }
  if (role.audience === '' || login.audiences.includes(role.audience)) return undefined;
  return {
    note: `role ${login.role} on auth/${mount} wants an audience that VaultAuth does not ask for`,
    hint: 'Remove the audience from the role, or name it in spec.kubernetes.audiences of the VaultAuth.',
    code: 'LOGIN_AUDIENCE',
  };
}

function policyLink(
  { kind, source }: ResourceFact,
  login: VaultLoginFact,
  role: RoleFact,
  survey: Survey,
): BrokenLink | undefined {
  const { intent, facts } = survey;
  const names = role.tokenPolicies.filter((name) => name !== 'default');
  if (names.includes('root')) return undefined;
  if (names.length === 0) {
    return {
      note: `role ${login.role} on auth/${intent.mount} carries no policy`,
      hint: `Give it policy ${intent.gitopsPolicy}: policies of the role in the ${CONFIG}.`,
      code: 'VAULT_FORBIDDEN',
    };
  }
  const gitops = names.includes(intent.gitopsPolicy) ? facts.vault.gitopsPolicy : undefined;
  const others = names.filter((name) => name !== intent.gitopsPolicy);
  if (gitops?.state === 'absent' && others.length === 0) {
    return {
      note: `policy ${intent.gitopsPolicy} of role ${login.role} does not exist`,
      hint: 'Sync Application vault-config and see vco.resources: its Policy makes it.',
      code: 'VAULT_FORBIDDEN',
    };
  }
  // What a policy that nobody read would add is not known; nor is what lies in another Vault namespace.
  const isElsewhere = source !== undefined && source.namespace !== '' && source.namespace !== intent.vault.namespace;
  if (kind !== 'VaultStaticSecret' || source === undefined || others.length > 0 || isElsewhere) return undefined;
  if (gitops?.state !== 'present' || capabilitiesOn([gitops.value.text], source.path).includes('read'))
    return undefined;
  return {
    note: `policy ${intent.gitopsPolicy} does not let role ${login.role} read ${source.path}`,
    hint: `Let policy ${intent.gitopsPolicy} read it, or correct spec.mount and spec.path (kv-v2 inserts data/ by itself).`,
    code: 'VAULT_FORBIDDEN',
  };
}
