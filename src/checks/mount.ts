import { describeBundle } from '../binding/certificate.js';
import { canonicalHost } from '../binding/host.js';
import { readMark } from '../binding/mark.js';
import { servesNamed } from '../binding/named-certificate.js';
import { valueOf } from '../binding/observed.js';
import { connectionNeeds, missingCapabilities, mountPolicy, mountPolicyName, samePolicy } from '../binding/policy.js';
import { capabilitiesOn } from '../binding/policy-text.js';
import { connectionRole, extraBindings, roleAdmits } from '../binding/role.js';
import { MODES } from '../modes.js';
import { type BindingRow, type BindingView, type Finding, green, judge, loginProof, red, unknown } from './binding.js';
import { singleWriter } from './writer.js';

const REPAIR = 'Run bind: it makes it true.';

/** Rows about the mount, its policies and roles, and the proofs. */
export const MOUNT_ROWS: readonly BindingRow[] = [
  {
    id: 'mount.enabled',
    description: 'the mount is enabled as a kubernetes auth method',
    severity: 'error',
    evaluate: ({ survey }) =>
      judge(
        survey.facts.vault.mount,
        red(`auth/${survey.intent.mount} does not exist`, REPAIR, 'LOGIN_MOUNT'),
        ({ type }) =>
          type === 'kubernetes' ? green() : red(`it is of type ${type}`, 'Choose another mount.', 'MOUNT_TYPE'),
      ),
  },
  { id: 'mount.owner', description: "the mount is marked as this cluster's", severity: 'error', evaluate: owner },
  { id: 'mount.host', description: "Vault has this cluster's API server URL", severity: 'error', evaluate: host },
  { id: 'mount.ca', description: 'the stored CA verifies the API server', severity: 'error', evaluate: ca },
  {
    id: 'mount.reviewer-set',
    description: "Vault holds a reviewer token and never uses its own pod's",
    severity: 'error',
    evaluate: ({ survey }) =>
      judge(survey.facts.vault.config, red('the mount config was never written', REPAIR, 'LOGIN_CONFIG'), (config) => {
        if (config.reviewerTokenSet === false)
          return red(
            'no reviewer token is set',
            `${REPAIR} When it comes back, see mount.single-writer.`,
            'LOGIN_REVIEWER',
          );
        return config.disableLocalCaJwt ? green() : red('disable_local_ca_jwt is false', REPAIR);
      }),
  },
  {
    id: 'mount.single-writer',
    description: 'nothing else writes this mount or its config',
    severity: 'error',
    evaluate: singleWriter,
  },
  {
    id: 'policy.kube-auth',
    description: 'the connection policies grant what vault-config-operator needs',
    severity: 'error',
    evaluate: policies,
  },
  {
    id: 'policy.isolation',
    description: 'vault-config-operator is confined to its own environment',
    severity: 'warning',
    evaluate: isolation,
  },
  {
    id: 'role.kube-auth',
    description: "the connection role binds vault-config-operator's ServiceAccount",
    severity: 'error',
    evaluate: ({ survey }) => {
      const desired = connectionRole(survey.intent);
      return judge(
        survey.facts.vault.connectionRole,
        red(`auth/${survey.intent.mount}/role/${desired.role} does not exist`, REPAIR, 'LOGIN_ROLE'),
        (found) => {
          if (!roleAdmits(desired, found))
            return red(
              `it lacks ServiceAccount ${desired.namespace}/${desired.serviceAccount} or a policy of ${desired.policies.join(', ')}`,
              REPAIR,
              'LOGIN_UNBOUND',
            );
          const extras = extraBindings(desired, found);
          const audience = found.audience === '' ? [] : [`tokens need audience ${found.audience}`];
          const bound = extras.length === 0 ? [] : [`also bound: ${extras.join(', ')}`];
          return green([...bound, ...audience].join('; '));
        },
      );
    },
  },
  {
    id: 'login.proof',
    description: 'a ServiceAccount token of this cluster logs in',
    severity: 'error',
    evaluate: loginProof,
  },
  {
    id: 'login.capabilities',
    description: 'vault-config-operator logs in and may do what it needs',
    severity: 'error',
    evaluate: capabilities,
  },
];

function owner({ survey }: BindingView): Finding {
  return judge(survey.facts.vault.mount, red('the mount does not exist', REPAIR, 'LOGIN_MOUNT'), ({ description }) => {
    const mark = readMark(description);
    const { ownership } = survey;
    const { identity } = survey.facts.cluster;
    if (identity.state === 'unreadable') return unknown(identity.problem);
    if (mark?.uid === survey.uid) return green(`${mark.origin} for cluster ${mark.cluster}`);
    const { config } = survey.facts.vault;
    if (config.state === 'unreadable') return unknown(config.problem);
    if (ownership.kind === 'foreign')
      return red(
        `it belongs to ${ownership.owner}: ${ownership.why}`,
        'Give this cluster a mount of its own.',
        'MOUNT_FOREIGN',
      );
    if (ownership.kind === 'unknown')
      return {
        state: 'unknown',
        detail: ownership.why,
        hint: 'Run where the API server can be reached.',
        code: 'MOUNT_FOREIGN',
      };
    return red(ownership.why, REPAIR);
  });
}

function host({ survey }: BindingView): Finding {
  return judge(
    survey.facts.vault.config,
    red('the mount config was never written', REPAIR, 'LOGIN_CONFIG'),
    ({ kubernetesHost }) =>
      canonicalHost(kubernetesHost) === canonicalHost(survey.kubernetesHost)
        ? green(kubernetesHost)
        : red(`Vault has ${kubernetesHost}, this cluster is ${survey.kubernetesHost}`, REPAIR, 'LOGIN_HOST'),
  );
}

function ca({ survey }: BindingView): Finding {
  const { config, facts, caChange } = survey;
  if (facts.vault.config.state === 'unreadable') return unknown(facts.vault.config.problem);
  if (!config) return red('the mount config was never written', REPAIR, 'LOGIN_CONFIG');
  if (config.kubernetesCaCert.trim() === '') return red('no CA is stored', REPAIR, 'LOGIN_CA');
  const dial = valueOf(facts.storedDial);
  const bundle = describeBundle(config.kubernetesCaCert);
  if (dial?.outcome === 'untrusted')
    return red(`${bundle} does not verify ${config.kubernetesHost} (${dial.reason})`, mendsCa(survey), 'LOGIN_CA');
  if (caChange === 'broken') return red(`what is stored is ${bundle}`, REPAIR, 'LOGIN_CA');
  if (caChange === 'withdrawn')
    return red(`${bundle} holds a certificate the cluster no longer publishes`, REPAIR, 'LOGIN_CA');
  if (caChange === 'explicit') return red(`${bundle} is not what kubernetes-ca-certificate gives`, REPAIR, 'LOGIN_CA');
  if (dial?.outcome === 'verified') return green(bundle);
  // Where the runner cannot dial but a login just worked, Vault itself has verified the host.
  if (valueOf(facts.liveLogin)?.outcome === 'accepted')
    return green(`${bundle}; not dialled from here (${dial?.reason ?? 'no dial'}), a login was accepted`);
  return {
    state: 'unknown',
    detail: `${config.kubernetesHost} cannot be dialled from here (${dial?.reason ?? 'no dial'})`,
    hint: 'Run where the API server can be reached.',
    code: 'CLUSTER_UNREACHABLE',
  };
}

/** Where bind itself has no bundle that verifies the host, it cannot mend it. */
function mendsCa(survey: BindingView['survey']): string {
  if (valueOf(survey.facts.desiredDial)?.outcome !== 'untrusted') return REPAIR;
  const named = servesNamed(survey)
    ? 'OpenShift serves a named certificate there'
    : 'kube-root-ca.crt does not cover it';
  return `Set kubernetes-ca-certificate to the CA that signed it, for ${named}; then run bind.`;
}

function policies({ survey }: BindingView): Finding {
  const { facts, intent, materials } = survey;
  return judge(facts.vault.basePolicy, red(`policy ${intent.connectionPolicy} does not exist`, REPAIR), ({ text }) => {
    if (intent.connectionPolicyScope === 'shared') return shared(survey, text);
    const name = mountPolicyName(intent);
    return judge(facts.vault.mountPolicy, red(`policy ${name} does not exist`, REPAIR), (own) =>
      samePolicy(own.text, mountPolicy(intent, materials.gitopsPolicyText))
        ? green(name)
        : red(`the text of policy ${name} is not what bind writes`, REPAIR),
    );
  });
}

/** The one policy for every cluster is never touched: what it lacks is named, unless another policy may give it. */
function shared({ intent, facts }: BindingView['survey'], text: string): Finding {
  const needs = connectionNeeds(intent);
  const held = Object.fromEntries(needs.map(({ path }) => [path, capabilitiesOn([text], path)]));
  const missing = missingCapabilities(needs, held).map(
    ({ path, capabilities }) => `${path} [${capabilities.join(', ')}]`,
  );
  if (missing.length === 0) return green('shared by every cluster');
  const others = (valueOf(facts.vault.connectionRole)?.tokenPolicies ?? []).filter(
    (name) => name !== intent.connectionPolicy && name !== 'default',
  );
  const detail = `policy ${intent.connectionPolicy} lacks ${missing.join('; ')}`;
  if (others.length > 0) return green(`${detail}; whether ${others.join(', ')} gives it shows in login.capabilities`);
  return red(
    detail,
    'Add it to that policy, or set connection-policy-scope: mount and let bind keep a policy for this mount.',
    'CAPABILITY_MISSING',
  );
}

function isolation({ survey }: BindingView): Finding {
  const { intent, materials } = survey;
  if (materials.gitopsPolicyText !== undefined) return green(`the text of policy ${intent.gitopsPolicy} is pinned`);
  if (intent.vault.namespace !== '') return green(`it is confined to Vault namespace ${intent.vault.namespace}`);
  return red(
    `who may write the text of policy ${intent.gitopsPolicy} is in effect an admin of the root namespace`,
    'Give each environment a Vault namespace, or set gitops-policy-file to pin the text.',
  );
}

function capabilities({ connection, mode, survey }: BindingView): Finding {
  const who = `${survey.intent.connection.namespace}/${survey.intent.connection.name}`;
  if (!MODES[mode].provesConnection)
    return { state: 'skipped', detail: `proved by bind; this mode holds no token of ${who}`, hint: '' };
  if (!connection) return { state: 'unknown', detail: 'it was not tried', hint: 'See what stopped the run.' };
  if (connection.login.state === 'absent')
    return {
      state: 'pending',
      detail: `ServiceAccount ${who} does not exist yet`,
      hint: 'Run bind again after the bootstrap made it.',
    };
  if (connection.login.state === 'unreadable') return unknown(connection.login.problem);
  // It logged in, and nobody could be asked what it may do.
  const isUnasked = connection.login.value.outcome === 'accepted' && connection.missing === undefined;
  if (connection.problem && isUnasked) return unknown(connection.problem);
  if (connection.problem) return red(connection.problem.message, connection.problem.hint, connection.problem.code);
  return green(`as ${who} through role ${survey.intent.connectionRole}`);
}
