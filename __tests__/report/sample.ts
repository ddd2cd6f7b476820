import { problem } from '../../src/binding/errors.js';
import type { CheckResult } from '../../src/checks/check.js';
import type { Report, StepReport } from '../../src/report/model.js';

const HOUR = 3_600_000;
const STARTED = '2026-03-01T02:04:05.000Z';
const ENDED = Date.parse(STARTED) + 14_200;
export const SECRETS = [
  'argocd-image-updater-secret',
  'quay-auth',
  'github-webhook-secret',
  'gitops-repo-creds',
  'toy-service-config',
  'toy-web-config',
] as const;
const RUN_BIND = 'Run bind: it makes it true.';

/** A check row; green unless told otherwise. */
export function row(id: string, description: string, more: Partial<CheckResult> = {}): CheckResult {
  return { id, description, category: 'binding', severity: 'error', state: 'green', detail: '', hint: '', ...more };
}

const BINDING: readonly CheckResult[] = [
  row('cluster.reachable', 'the API server answers and says which cluster it is'),
  row('cluster.permissions', 'the cluster credentials may do what this mode needs'),
  row('vault.reachable', 'Vault answers, unsealed, and accepts the login'),
  row('vault.permissions', 'the Vault token may do what this mode needs'),
  row('reviewer.service-account', 'the reviewer ServiceAccount exists'),
  row('reviewer.auth-delegator', 'the reviewer may create TokenReviews', {
    detail: 'by ClusterRoleBinding vault-token-reviewer-auth-delegator',
  }),
  row('reviewer.token-expiry', 'the reviewer token outlives the next rotation', { detail: 'logins stop in 71 h' }),
  row('mount.enabled', 'the mount is enabled as a kubernetes auth method'),
  row('mount.owner', "the mount is marked as this cluster's", { detail: 'adopted for cluster prodtest' }),
  row('mount.host', "Vault has this cluster's API server URL", { detail: 'https://api.prodtest.example.com:6443' }),
  row('mount.ca', 'the stored CA verifies the API server', { detail: '2 certificates' }),
  row('mount.reviewer-set', "Vault holds a reviewer token and never uses its own pod's"),
  row('mount.single-writer', 'nothing else writes this mount or its config'),
  row('policy.kube-auth', 'the connection policies grant what vault-config-operator needs', {
    detail: 'kube-auth-kubernetes-prodtest',
  }),
  row('role.kube-auth', "the connection role binds vault-config-operator's ServiceAccount"),
  row('login.proof', 'a ServiceAccount token of this cluster logs in', {
    detail: 'as openshift-gitops/vault-cluster-bind-probe',
  }),
  row('login.capabilities', 'vault-config-operator logs in and may do what it needs', {
    detail: 'as openshift-gitops/default through role kube-auth',
  }),
];

function secretId(name: string): string {
  const namespace = name.startsWith('argocd')
    ? 'openshift-gitops'
    : name.startsWith('toy')
      ? 'bitiq-prodtest'
      : 'openshift-pipelines';
  return `${namespace}/${name}`;
}

const GITOPS: readonly CheckResult[] = [
  row('argocd.instance', 'Argo CD is available and its ApplicationSet controller runs', {
    detail: 'phase Available, applicationSetController Running',
  }),
  row('argocd.applicationsets', 'every ApplicationSet is up to date and owns an Application', {
    detail: '3 ApplicationSets',
  }),
  row('argocd.applications', 'every Application is Synced and Healthy', {
    detail: '14 Applications Synced and Healthy',
  }),
  row('argocd.repo-access', 'no Application reports that Argo CD may not read its repository'),
  row('application.vault-config', 'Application vault-config-prodtest is Synced and Healthy', {
    detail: 'Synced and Healthy',
  }),
  row('application.vault-runtime', 'Application vault-runtime-prodtest is Synced and Healthy', {
    detail: 'Synced and Healthy',
  }),
  row('vco.resources', 'every vault-config-operator resource was written to Vault', { detail: '3 resources' }),
  row('vso.resources', 'every vault-secrets-operator resource is healthy', { detail: '8 resources' }),
  ...SECRETS.map((name) =>
    row(`secret.${secretId(name)}`, `Secret ${secretId(name)} exists`, { detail: 'Opaque, 2 keys' }),
  ),
].map((check) => ({ ...check, category: 'gitops' as const }));

function step(
  op: StepReport['op'],
  kind: string,
  name: string,
  reason: string,
  more: Partial<StepReport> = {},
): StepReport {
  const system = /^(policy|mount|mount config|role)$/.test(kind) ? 'vault' : 'cluster';
  return { op, system, kind, name, reason, fields: [], state: op === 'keep' ? 'kept' : 'done', ...more };
}

const FIELDS = [
  { field: 'kubernetes_host', from: 'unset', to: 'https://api.prodtest.example.com:6443' },
  { field: 'kubernetes_ca_cert', from: 'unset', to: '2 certificates' },
  { field: 'token_reviewer_jwt', from: 'unset', to: 'new' },
  { field: 'disable_local_ca_jwt', from: 'unset', to: 'true' },
];

const STEPS: readonly StepReport[] = [
  step('keep', 'Namespace', 'openshift-gitops', 'exists'),
  step('create', 'ServiceAccount', 'openshift-gitops/vault-token-reviewer', 'does not exist'),
  step('create', 'ServiceAccount', 'openshift-gitops/vault-cluster-bind-probe', 'does not exist'),
  step('create', 'ClusterRoleBinding', 'vault-token-reviewer-auth-delegator', 'does not exist'),
  step(
    'create',
    'reviewer token',
    'openshift-gitops/vault-token-reviewer-0f3a9c71de-a',
    'the mount has no config yet',
    {
      fields: [{ field: 'expires in', from: 'unset', to: '259200s' }],
    },
  ),
  step('keep', 'policy', 'kube-auth', 'exists and is never touched'),
  step('create', 'policy', 'kube-auth-kubernetes-prodtest', 'does not exist'),
  step('create', 'mount', 'auth/kubernetes-prodtest', 'does not exist'),
  step('create', 'mount config', 'auth/kubernetes-prodtest/config', 'was never written', { fields: FIELDS }),
  step('create', 'role', 'auth/kubernetes-prodtest/role/kube-auth', 'does not exist'),
  step('create', 'role', 'auth/kubernetes-prodtest/role/vault-cluster-bind-probe', 'does not exist'),
];

/** A first bind that went well. */
export function greenBind(): Report {
  return {
    version: '1.0.0',
    mode: 'bind',
    verdict: 'green',
    env: 'prodtest',
    cluster: 'prodtest',
    mount: 'kubernetes-prodtest',
    vaultUrl: 'https://vault.example.com:8200',
    vaultNamespace: '',
    vaultVersion: 'OpenBao 2.7.2',
    kubernetesHost: 'https://api.prodtest.example.com:6443',
    clusterUid: '6c1f0c9e-4f0b-4a52-9a0e-0d8f3f1f7a11',
    reviewerTokenIssuedAt: '2026-03-01T02:14:05.000Z',
    reviewerTokenExpiresAt: new Date(ENDED + 71.5 * HOUR).toISOString(),
    logStopsAtMs: ENDED + 71.5 * HOUR,
    changed: true,
    drift: true,
    planTitle: 'bind: 2 kept, 9 new',
    steps: STEPS,
    blockers: [],
    errors: [],
    warnings: [],
    checks: [...BINDING, ...GITOPS.map((check) => ({ ...check, state: 'pending' as const, detail: '' }))],
    grants: [],
    proofs: [
      'replay: the API server reviewed a probe token as the reviewer, trusting only the CA that was written',
      'login as openshift-gitops/vault-cluster-bind-probe through role vault-cluster-bind-probe',
      'login as openshift-gitops/default through role kube-auth, with the 4 capabilities vault-config-operator needs',
    ],
    waitedSeconds: 0,
    startedAt: STARTED,
    durationMs: 14_200,
    run: 'https://github.com/bitiq-io/clusters/actions/runs/16233914211',
  };
}

/** A bind that must not happen: the mount is another cluster's, and grants are missing. */
export function blockedBind(): Report {
  const { logStopsAtMs: _, ...green } = greenBind();
  return {
    ...green,
    verdict: 'red',
    changed: false,
    reviewerTokenExpiresAt: '',
    steps: STEPS.map((item) => (item.op === 'keep' ? item : { ...item, state: 'planned' })),
    blockers: [
      problem(
        'MOUNT_FOREIGN',
        'auth/kubernetes-prodtest belongs to cluster staging (kube-system 0b7e4f6a-02c1-4c55-8f0e-6a1d2b9b6e02), this is cluster prodtest (kube-system 6c1f0c9e-4f0b-4a52-9a0e-0d8f3f1f7a11) at https://api.prodtest.example.com:6443: its mark names another cluster',
        'Give this cluster a mount of its own, or set allow-rebind: true to cut the other one off.',
      ),
      problem(
        'PERMISSION_MISSING',
        'the Vault token lacks auth/kubernetes-prodtest/config [create, update] and sys/policies/acl/kube-auth-kubernetes-prodtest [create]',
        'Write the policy that mode: plan prints: `vault policy write vault-cluster-bind-prodtest vault-cluster-bind-prodtest.hcl`.',
      ),
    ],
    warnings: [
      problem(
        'LOGIN_CLOCK',
        "the API server's clock is 41 s off this runner's",
        'Set the clocks by NTP: tokens are judged by time.',
      ),
    ],
    checks: [
      ...BINDING.slice(0, 4),
      ...BINDING.slice(4).map((check) => ({ ...check, state: 'pending' as const, detail: '' })),
    ],
    proofs: [],
    durationMs: 3_120,
  };
}

const GRANTS = {
  vaultPolicy:
    'path "auth/kubernetes-prodtest/config" {\n  capabilities = ["create", "read", "update"]\n}\n\npath "sys/auth/kubernetes-prodtest" {\n  capabilities = ["create", "read", "update", "sudo"]\n}\n',
  jwtRole:
    'vault write auth/jwt/role/vault-cluster-bind-prodtest \\\n  role_type=jwt user_claim=repository \\\n  bound_audiences=https://vault.example.com \\\n  bound_claims=\'{"repository":"bitiq-io/clusters","environment":"vault-prodtest"}\' \\\n  token_policies=vault-cluster-bind-prodtest token_ttl=10m\n',
  rbac: 'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: vault-cluster-bind\n  namespace: openshift-gitops\nrules:\n  - apiGroups: [""]\n    resources: [serviceaccounts/token]\n    verbs: [create]\n',
};

/** A plan over a mount that was made by hand. */
export function adoptionPlan(): Report {
  const kept = (kind: string, name: string): StepReport => step('keep', kind, name, 'exists');
  const steps = [
    kept('Namespace', 'openshift-gitops'),
    kept('ServiceAccount', 'openshift-gitops/vault-token-reviewer'),
    kept('ClusterRoleBinding', 'vault-token-reviewer-auth-delegator'),
    step('adopt', 'mount', 'auth/kubernetes-prodtest', 'it has our host, and its stored CA verifies it', {
      fields: [{ field: 'mark', from: 'none', to: 'prodtest 6c1f0c9e-4f0b-4a52-9a0e-0d8f3f1f7a11' }],
      state: 'planned',
    }),
    step('update', 'mount config', 'auth/kubernetes-prodtest/config', "Vault may fall back on its own pod's token", {
      fields: [
        { field: 'token_reviewer_jwt', from: 'set', to: 'new' },
        { field: 'disable_local_ca_jwt', from: 'false', to: 'true' },
      ],
      state: 'planned',
    }),
    step('create', 'role', 'auth/kubernetes-prodtest/role/vault-cluster-bind-probe', 'does not exist', {
      state: 'planned',
    }),
    step('delete', 'anchor', 'openshift-gitops/vault-token-reviewer-0f3a9c71de-b', 'left by an interrupted run', {
      state: 'planned',
    }),
  ];
  return {
    ...greenBind(),
    mode: 'plan',
    changed: false,
    planTitle: 'adopt: 3 kept, 1 new, 1 adopted, 1 changed, 1 removed',
    steps,
    checks: [...BINDING, ...GITOPS].map((check) => ({ ...check, state: 'pending' as const, detail: '' })),
    grants: ['bind', 'rotate', 'verify', 'vault-config-operator'].map((identity) => ({
      identity,
      ...GRANTS,
      ...(identity === 'vault-config-operator' ? { jwtRole: '', rbac: '' } : {}),
    })),
    proofs: [],
    warnings: [],
  };
}

const BROKEN: Readonly<Record<string, Partial<CheckResult>>> = {
  'mount.reviewer-set': {
    state: 'red',
    detail: 'no reviewer token is set',
    hint: `${RUN_BIND} When it comes back, see mount.single-writer.`,
    code: 'LOGIN_REVIEWER',
  },
  'mount.single-writer': {
    state: 'red',
    detail:
      'KubernetesAuthEngineConfig openshift-gitops/kubernetes-prodtest computes to auth/kubernetes-prodtest/config and may write it: each reconcile wipes the reviewer token',
    hint: 'Delete it: oc -n openshift-gitops delete kubernetesauthengineconfigs.redhatcop.redhat.io kubernetes-prodtest, then take it out of charts/vault-config.',
  },
  'login.proof': {
    state: 'red',
    detail: '403 permission denied for openshift-gitops/vault-cluster-bind-probe',
    hint: RUN_BIND,
    code: 'LOGIN_REVIEWER',
  },
  'login.capabilities': {
    state: 'unknown',
    detail: 'no login, so its capabilities could not be asked for',
    hint: RUN_BIND,
    code: 'LOGIN_REVIEWER',
  },
  'policy.isolation': {
    state: 'red',
    severity: 'warning',
    detail: 'policy gitops-prodtest may be rewritten by vault-config-operator',
    hint: 'Pin its text with gitops-policy-file, or give this environment a Vault namespace.',
  },
  'argocd.applications': {
    state: 'red',
    detail: '1 of 14 Applications not right: openshift-gitops/vault-runtime-prodtest Synced, Degraded',
    hint: 'Read why: oc -n openshift-gitops describe applications.',
    waitedSeconds: 900,
  },
  'application.vault-runtime': {
    state: 'red',
    detail: 'Synced, Degraded',
    hint: 'Read why: oc -n openshift-gitops describe application vault-runtime-prodtest.',
    waitedSeconds: 900,
  },
  'vso.resources': {
    state: 'red',
    detail:
      '2 of 8 resources not proven: VaultStaticSecret bitiq-prodtest/toy-service-config: permission denied at login; VaultStaticSecret bitiq-prodtest/toy-web-config: permission denied at login',
    hint: 'See the rows login.proof and mount.reviewer-set.',
    waitedSeconds: 900,
  },
  'secret.bitiq-prodtest/toy-service-config': {
    state: 'red',
    detail: 'absent; VaultStaticSecret bitiq-prodtest/toy-service-config: permission denied at login',
    hint: 'See the rows login.proof and mount.reviewer-set.',
    waitedSeconds: 900,
  },
  'secret.bitiq-prodtest/toy-web-config': {
    state: 'red',
    detail: 'absent; VaultStaticSecret bitiq-prodtest/toy-web-config: permission denied at login',
    hint: 'See the rows login.proof and mount.reviewer-set.',
    waitedSeconds: 900,
  },
  'secret.openshift-pipelines/quay-auth': { state: 'skipped', detail: 'named in skip-checks' },
};

/** A gate at night: something took the reviewer token away, and the GitOps half follows. */
export function redVerify(): Report {
  const isolation = row('policy.isolation', 'vault-config-operator is confined to its own environment');
  const checks = [...BINDING.slice(0, 14), isolation, ...BINDING.slice(14), ...GITOPS];
  return {
    ...greenBind(),
    mode: 'verify',
    verdict: 'red',
    changed: false,
    drift: true,
    planTitle: 'bind: 4 kept, 1 changed',
    steps: [
      ...STEPS.slice(0, 4).map((item): StepReport => ({ ...item, op: 'keep', reason: 'exists', state: 'kept' })),
      step('update', 'mount config', 'auth/kubernetes-prodtest/config', 'takes the new reviewer token', {
        fields: [{ field: 'token_reviewer_jwt', from: 'unset', to: 'new' }],
        state: 'planned',
      }),
    ],
    checks: checks.map((check) => ({ ...check, ...BROKEN[check.id] })),
    proofs: [],
    waitedSeconds: 900,
    durationMs: 914_200,
    logStopsAtMs: Date.parse(STARTED) + 914_200 + 71.5 * HOUR,
  };
}

/** A run that was stopped half way. */
export function stoppedBind(): Report {
  return {
    ...greenBind(),
    verdict: 'red',
    steps: STEPS.map((item, index) =>
      item.op === 'keep' || index < 8 ? item : { ...item, state: index === 8 ? 'failed' : 'not-reached' },
    ),
    errors: [
      problem(
        'VAULT_UNREACHABLE',
        'Vault at https://vault.example.com:8200 does not answer (ECONNRESET)',
        'Check that Vault is up: vault status -address=https://vault.example.com:8200; then run bind again.',
      ),
    ],
    checks: BINDING.map((check) => ({ ...check, state: 'pending', detail: '' })),
    proofs: [],
  };
}

/** `amount` GitOps rows, the failing ones last. */
export function crowd(amount: number, failing: number): Report {
  const checks = Array.from({ length: amount }, (_, index) => {
    const id = `secret.team-${index % 97}/config-${String(index).padStart(5, '0')}`;
    const state = index >= amount - failing ? 'red' : 'green';
    const hint =
      state === 'red'
        ? `See what should make it: oc -n team-${index % 97} get vaultstaticsecrets config-${index}.`
        : '';
    return row(id, `Secret ${id.slice(7)} exists`, {
      category: 'gitops',
      state,
      detail: state === 'red' ? 'absent' : 'Opaque, 2 keys',
      hint,
    });
  });
  return { ...redVerify(), steps: [], planTitle: '', drift: false, checks: [...BINDING, ...checks] };
}

export const HOSTILE: readonly string[] = [
  '<img src=x onerror=alert(1)>',
  '![](https://evil.example/x.png)',
  '[click](https://evil.example)',
  '@bitiq-io/admins',
  'user@evil.example',
  'https://evil.example/login',
  'www.evil.example',
  '#1 bitiq-io/clusters#7 GH-12',
  '**bold** __bold__ ~~gone~~ *it* _it_',
  'a|b|c \\| d \\\\| e',
  '`code` ``two`` ```three',
  '```\n</details>\n# heading\n```',
  '</summary></details><h1>owned</h1>',
  '$x^2$ $$y$$ :tada: &lt;b&gt; &amp; &#64;octocat',
  '::error::forged ##[add-mask]x :::set-output',
  'line one\r\nline two\u2028line three\u0085four\u202etxt.exe',
  '<!-- --> --> <![CDATA[x]]> <?php ?>',
  'a`|`b<script>alert(1)</script>',
  '~~~\nescape\n~~~',
  '1. item\n- item\n> quote\n\n    code',
];

/** Every free text of a report is hostile. */
export function hostile(): Report {
  const all = HOSTILE.join(' ');
  const at = (index: number): string => HOSTILE[index % HOSTILE.length] ?? '';
  return {
    ...greenBind(),
    verdict: 'red',
    cluster: at(3),
    mount: at(2),
    vaultVersion: at(0),
    planTitle: at(1),
    steps: HOSTILE.map((text, index) =>
      step(index % 2 ? 'create' : 'delete', text, at(index + 1), at(index + 2), {
        fields: [{ field: text, from: at(index + 3), to: all }],
      }),
    ),
    blockers: HOSTILE.map((text, index) => problem('MOUNT_FOREIGN', text, at(index + 1))),
    warnings: HOSTILE.map((text, index) => problem('TIMEOUT', text, at(index + 2))),
    checks: HOSTILE.flatMap((text, index) =>
      (['red', 'green', 'skipped', 'pending'] as const).map((state) =>
        row(`${text}${state}`, at(index + 1), { state, detail: all, hint: text }),
      ),
    ),
    grants: [{ identity: at(12), vaultPolicy: all, jwtRole: HOSTILE.join('\n'), rbac: HOSTILE.join('\n') }],
    proofs: HOSTILE,
    run: at(5),
  };
}
