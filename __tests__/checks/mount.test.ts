import { describe, expect, test } from '@jest/globals';
import { writeMark } from '../../src/binding/mark.js';
import { absent, present } from '../../src/binding/observed.js';
import { MOUNT_ROWS } from '../../src/checks/mount.js';
import { CA, NEXT_CA, OTHER_CA } from '../fixtures/certificates.js';
import { ACCEPTED, config, dial, MARK, OTHER_UID, refused, role, UNREAD } from '../fixtures/facts.js';
import { HOST } from '../fixtures/intent.js';
import { type Case, CONNECTED, judged, NO_HINT, NOBODY, REPAIR, view } from './view.js';

const MOUNT = { type: 'kubernetes', description: '', accessor: 'auth_kubernetes_1' };
const UNMARKED = present(MOUNT);
const FOREIGN = present({
  ...MOUNT,
  description: writeMark('', { cluster: 'stage', uid: OTHER_UID, origin: 'created' }),
});
const OTHER_HOST = present(config({ kubernetesHost: 'https://api.other.example.com:6443' }));
const UNDIALLED = { storedDial: present(dial('unreachable', 'timeout')), liveLogin: present(refused(403, 'denied')) };
const SHARED = { connectionPolicyScope: 'shared' } as const;
const WIDE = [
  'path "sys/auth" { capabilities = ["read"] }',
  'path "auth/token/lookup-self" { capabilities = ["read"] }',
  'path "auth/*" { capabilities = ["create", "read", "update", "delete"] }',
  'path "sys/policies/acl/*" { capabilities = ["create", "read", "update", "delete"] }',
  'path "sys/policy/*" { capabilities = ["create", "read", "update", "delete"] }',
  'path "sys/capabilities-self" { capabilities = ["update"] }',
].join('\n');

const CASES: readonly Case[] = [
  ['mount.enabled', 'kubernetes', {}, 'green', /^$/, NO_HINT],
  ['mount.enabled', 'none', { vault: { mount: absent } }, 'red', /^auth\/kubernetes-prodtest does not exist$/, REPAIR],
  [
    'mount.enabled',
    'of another type',
    { vault: { mount: present({ ...MOUNT, type: 'approle' }) } },
    'red',
    /^it is of type approle$/,
    /^Choose another mount\.$/,
  ],
  ['mount.enabled', 'unread', { vault: { mount: UNREAD } }, 'unknown', /403/, /^Grant/],

  ['mount.owner', 'ours', {}, 'green', /^created for cluster prodtest$/, NO_HINT],
  [
    'mount.owner',
    'ours by adoption',
    { vault: { mount: present({ ...MOUNT, description: writeMark('by hand', { ...MARK, origin: 'adopted' }) }) } },
    'green',
    /^adopted for cluster prodtest$/,
    NO_HINT,
  ],
  ['mount.owner', 'no mount', { vault: { mount: absent } }, 'red', /^the mount does not exist$/, REPAIR],
  [
    'mount.owner',
    'of another cluster',
    { vault: { mount: FOREIGN } },
    'red',
    /^it belongs to cluster stage \(kube-system .*bbbb\): its mark names another cluster$/,
    /a mount of its own/,
  ],
  [
    'mount.owner',
    'its mark tuned away, which the reviewer remembers',
    { vault: { mount: UNMARKED } },
    'red',
    /^the reviewer remembers its mark$/,
    REPAIR,
  ],
  ['mount.owner', 'unread', { vault: { mount: UNREAD } }, 'unknown', /403/, /^Grant/],
  ['mount.owner', 'unread cluster', { cluster: { identity: UNREAD } }, 'unknown', /403/, /^Grant/],
  ['mount.owner', 'unread config', { vault: { mount: UNMARKED, config: UNREAD } }, 'unknown', /403/, /^Grant/],
  [
    'mount.owner',
    'nobody can say from here',
    {
      vault: { mount: UNMARKED },
      cluster: { reviewer: absent },
      rest: { storedDial: present(dial('unreachable', 'dns')) },
    },
    'unknown',
    /cannot be reached from here \(dns\)/,
    /^Run where the API server can be reached\.$/,
  ],

  ['mount.host', 'ours', {}, 'green', /^https:\/\/api\.prod\.example\.com:6443$/, NO_HINT],
  [
    'mount.host',
    'ours in another spelling',
    { vault: { config: present(config({ kubernetesHost: `${HOST.replace('api', 'API')}/` })) } },
    'green',
    /^https/,
    NO_HINT,
  ],
  ['mount.host', 'another', { vault: { config: OTHER_HOST } }, 'red', /^Vault has .*other.*, this cluster is /, REPAIR],
  ['mount.host', 'never written', { vault: { config: absent } }, 'red', /never written/, REPAIR],
  ['mount.host', 'unread', { vault: { config: UNREAD } }, 'unknown', /403/, /^Grant/],

  ['mount.ca', 'verified', {}, 'green', /^sha256:[0-9a-f]{12}$/, NO_HINT],
  [
    'mount.ca',
    'not dialled, but a login has just been accepted',
    { rest: { storedDial: present(dial('unreachable', 'timeout')), liveLogin: present(ACCEPTED) } },
    'green',
    /; not dialled from here \(timeout\), a login was accepted$/,
    NO_HINT,
  ],
  ['mount.ca', 'never written', { vault: { config: absent } }, 'red', /never written/, REPAIR],
  [
    'mount.ca',
    'empty',
    { vault: { config: present(config({ kubernetesCaCert: ' \n' })) } },
    'red',
    /^no CA is stored$/,
    REPAIR,
  ],
  [
    'mount.ca',
    'it does not verify the host',
    { rest: { storedDial: present(dial('untrusted', 'unknown-issuer')) } },
    'red',
    /does not verify https:.* \(unknown-issuer\)$/,
    REPAIR,
  ],
  [
    'mount.ca',
    'it is no certificate',
    { vault: { config: present(config({ kubernetesCaCert: 'planted' })) } },
    'red',
    /^what is stored is /,
    REPAIR,
  ],
  [
    'mount.ca',
    'one of it was withdrawn',
    { vault: { config: present(config({ kubernetesCaCert: `${CA}${OTHER_CA}` })) } },
    'red',
    /no longer publishes$/,
    REPAIR,
  ],
  [
    'mount.ca',
    'not the one that is asked for',
    { materials: { kubernetesCaPem: NEXT_CA } },
    'red',
    /is not what kubernetes-ca-certificate gives$/,
    REPAIR,
  ],
  ['mount.ca', 'unread', { vault: { config: UNREAD } }, 'unknown', /403/, /^Grant/],
  [
    'mount.ca',
    'neither dialled nor logged in',
    { rest: UNDIALLED },
    'unknown',
    /cannot be dialled from here \(timeout\)$/,
    /^Run where/,
  ],
  [
    'mount.ca',
    'no dial at all',
    { rest: { ...UNDIALLED, storedDial: UNREAD } },
    'unknown',
    /cannot be dialled from here \(no dial\)$/,
    /^Run where/,
  ],

  ['mount.reviewer-set', 'set', {}, 'green', /^$/, NO_HINT],
  [
    'mount.reviewer-set',
    'a server that does not tell',
    { vault: { config: present({ ...config(), reviewerTokenSet: undefined as unknown as boolean }) } },
    'green',
    /^$/,
    NO_HINT,
  ],
  [
    'mount.reviewer-set',
    'blanked',
    { vault: { config: present(config({ reviewerTokenSet: false })) } },
    'red',
    /^no reviewer token is set$/,
    /see mount\.single-writer\.$/,
  ],
  [
    'mount.reviewer-set',
    "Vault's own token would do",
    { vault: { config: present(config({ disableLocalCaJwt: false })) } },
    'red',
    /^disable_local_ca_jwt is false$/,
    REPAIR,
  ],
  ['mount.reviewer-set', 'never written', { vault: { config: absent } }, 'red', /never written/, REPAIR],
  ['mount.reviewer-set', 'unread', { vault: { config: UNREAD } }, 'unknown', /403/, /^Grant/],

  ['policy.kube-auth', 'both', {}, 'green', /^kube-auth-kubernetes-prodtest$/, NO_HINT],
  [
    'policy.kube-auth',
    'no base policy',
    { vault: { basePolicy: absent } },
    'red',
    /^policy kube-auth does not exist$/,
    REPAIR,
  ],
  [
    'policy.kube-auth',
    'no policy of the mount',
    { vault: { mountPolicy: absent } },
    'red',
    /^policy kube-auth-kubernetes-prodtest does not exist$/,
    REPAIR,
  ],
  [
    'policy.kube-auth',
    'edited',
    { vault: { mountPolicy: present({ text: WIDE }) } },
    'red',
    /^the text of policy kube-auth-kubernetes-prodtest is not what bind writes$/,
    REPAIR,
  ],
  ['policy.kube-auth', 'not pinned as asked', { materials: { gitopsPolicyText: 'x' } }, 'red', /is not what/, REPAIR],
  ['policy.kube-auth', 'unread base', { vault: { basePolicy: UNREAD } }, 'unknown', /403/, /^Grant/],
  ['policy.kube-auth', 'unread', { vault: { mountPolicy: UNREAD } }, 'unknown', /403/, /^Grant/],
  [
    'policy.kube-auth',
    'shared, with all it needs',
    { intent: SHARED, vault: { basePolicy: present({ text: WIDE }), mountPolicy: absent } },
    'green',
    /^shared by every cluster$/,
    NO_HINT,
  ],
  [
    'policy.kube-auth',
    'shared, and what it lacks is named',
    { intent: SHARED, vault: { connectionRole: present(role({ tokenPolicies: ['kube-auth', 'default'] })) } },
    'red',
    /^policy kube-auth lacks .*auth\/kubernetes-prodtest\/config \[read\]/,
    /connection-policy-scope: mount/,
  ],
  [
    'policy.kube-auth',
    'shared, and another policy may give it',
    { intent: SHARED, vault: { connectionRole: present(role({ tokenPolicies: ['kube-auth', 'by-hand'] })) } },
    'green',
    /lacks .*; whether by-hand gives it shows in login\.capabilities$/,
    NO_HINT,
  ],

  ['policy.isolation', 'pinned', { materials: { gitopsPolicyText: 'x' } }, 'green', /is pinned$/, NO_HINT],
  [
    'policy.isolation',
    'in a namespace',
    { intent: { vault: { ...view().survey.intent.vault, namespace: 'team' } } },
    'green',
    /^it is confined to Vault namespace team$/,
    NO_HINT,
  ],
  ['policy.isolation', 'in root', {}, 'red', /admin of the root namespace$/, /gitops-policy-file to pin the text\.$/],

  ['role.kube-auth', 'as bound', {}, 'green', /^$/, NO_HINT],
  [
    'role.kube-auth',
    'wider than it need be',
    {
      vault: {
        connectionRole: present(role({ serviceAccountNames: ['default', 'argocd'], audience: 'vault' })),
      },
    },
    'green',
    /^also bound: .*argocd.*; tokens need audience vault$/,
    NO_HINT,
  ],
  [
    'role.kube-auth',
    'none',
    { vault: { connectionRole: absent } },
    'red',
    /^auth\/kubernetes-prodtest\/role\/kube-auth does not exist$/,
    REPAIR,
  ],
  [
    'role.kube-auth',
    'of somebody else',
    { vault: { connectionRole: present(role({ serviceAccountNames: ['argocd'] })) } },
    'red',
    /^it lacks ServiceAccount openshift-gitops\/default or a policy of kube-auth, kube-auth-kubernetes-prodtest$/,
    REPAIR,
  ],
  [
    'role.kube-auth',
    'a policy short',
    { vault: { connectionRole: present(role({ tokenPolicies: ['kube-auth'] })) } },
    'red',
    /^it lacks /,
    REPAIR,
  ],
  ['role.kube-auth', 'unread', { vault: { connectionRole: UNREAD } }, 'unknown', /403/, /^Grant/],

  ['login.proof', 'accepted', {}, 'green', /^as openshift-gitops\/vault-cluster-bind-probe$/, NO_HINT],
  [
    'login.proof',
    'not tried',
    { rest: { liveLogin: absent } },
    'red',
    /^no login can be tried: ServiceAccount \S+ does not exist$/,
    REPAIR,
  ],
  [
    'login.proof',
    'refused for a cause that is seen',
    { rest: { liveLogin: present(refused(403, 'permission denied')) }, cluster: { delegator: absent } },
    'red',
    /gives openshift-gitops\/vault-token-reviewer system:auth-delegator$/,
    /^Run bind: it makes the binding\.$/,
  ],
  [
    'login.proof',
    'refused for no cause that is seen',
    { rest: { liveLogin: present(refused(403, 'permission denied')) } },
    'red',
    /two causes look alike/,
    /curl --head/,
  ],
  ['login.proof', 'unread', { rest: { liveLogin: UNREAD } }, 'unknown', /403/, /^Grant/],
  [
    'login.proof',
    'unread outcome',
    {
      rest: {
        liveLogin: present({
          outcome: 'unreadable',
          problem: { code: 'VAULT_ERROR', message: 'log in: 403 of a proxy', hint: 'Grant the runner a way.' },
        }),
      },
    },
    'unknown',
    /403/,
    /^Grant/,
  ],
  [
    'login.proof',
    'not tried, and what it takes is unread',
    { rest: { liveLogin: absent }, cluster: { probe: UNREAD } },
    'unknown',
    /403/,
    /^Grant/,
  ],

  ['login.capabilities', 'all', {}, 'green', /^as openshift-gitops\/default through role kube-auth$/, NO_HINT],
  [
    'login.capabilities',
    'one missing',
    {
      connection: {
        ...CONNECTED,
        problem: { code: 'CAPABILITY_MISSING', message: 'it lacks sys/auth [read]', hint: 'Give it.' },
      },
    },
    'red',
    /^it lacks sys\/auth \[read\]$/,
    /^Give it\.$/,
  ],
  ['login.capabilities', 'unread', { connection: { ...NOBODY, login: UNREAD } }, 'unknown', /403/, /^Grant/],
  ['login.capabilities', 'not tried', { connection: undefined }, 'unknown', /^it was not tried$/, /what stopped/],
  [
    'login.capabilities',
    'nobody to log in as yet',
    { connection: NOBODY },
    'pending',
    /^ServiceAccount openshift-gitops\/default does not exist yet$/,
    /^Run bind again after the bootstrap/,
  ],
  ['login.capabilities', 'a gate', { mode: 'verify', connection: undefined }, 'skipped', /^proved by bind; /, NO_HINT],
  ['login.capabilities', 'a rotation', { mode: 'rotate', connection: undefined }, 'skipped', /^proved by /, NO_HINT],
];

test.each(CASES)('%s, %s', (id, _, scene, state, detail, hint) => {
  const found = judged(id, view(scene));
  expect([found.state, found.detail, found.hint]).toEqual([
    state,
    expect.stringMatching(detail),
    expect.stringMatching(hint),
  ]);
});

// mount.single-writer has a file of its own.
const ROWS = MOUNT_ROWS.filter(({ id }) => id !== 'mount.single-writer');

test.each(ROWS)('$id is seen in each of its states', ({ id }) => {
  const states = new Set(CASES.filter(([row]) => row === id).map(([, , , state]) => state));
  const more = id === 'login.capabilities' ? ['pending', 'skipped'] : [];
  const doubt = id === 'policy.isolation' ? [] : ['unknown'];
  expect([...states].sort()).toEqual(['green', 'red', ...doubt, ...more].sort());
});

describe('codes', () => {
  test.each([
    ['mount.enabled', { vault: { mount: absent } }, 'LOGIN_MOUNT'],
    ['mount.owner', { vault: { mount: FOREIGN } }, 'MOUNT_FOREIGN'],
    ['mount.host', { vault: { config: OTHER_HOST } }, 'LOGIN_HOST'],
    ['mount.ca', { rest: { storedDial: present(dial('untrusted', 'expired')) } }, 'LOGIN_CA'],
    ['mount.reviewer-set', { vault: { config: present(config({ reviewerTokenSet: false })) } }, 'LOGIN_REVIEWER'],
    ['role.kube-auth', { vault: { connectionRole: absent } }, 'LOGIN_ROLE'],
    ['login.proof', { rest: { liveLogin: present(refused(403, 'permission denied')) } }, 'LOGIN_REVIEW'],
    ['login.proof', { rest: { liveLogin: UNREAD } }, 'CLUSTER_FORBIDDEN'],
  ])('%s leads on by a code: %j', (id, scene, code) => {
    expect(judged(id, view(scene)).code).toBe(code);
  });
});
