import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAuthority } from '../../sandbox/pki.ts';
import { openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import type { Answer } from '../../sandbox/types.ts';

const MOUNT = 'auth/kubernetes-prodtest';
const PROBE = `${MOUNT}/role/vault-cluster-bind-probe`;
const CORE = '/api/v1/namespaces/openshift-gitops';
const REVIEWER = `${CORE}/serviceaccounts/vault-token-reviewer`;
/** The API server keeps its verdict on a token for 10 s. */
const CACHED_MS = 11_000;

interface Row {
  id: string;
  state: string;
  code?: string;
  hint: string;
}

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
}, 60_000);

afterAll(() => scene?.stop());

async function admin(more: Record<string, string> = {}): Promise<SceneRun> {
  const ended = await scene.run(scene.adminInputs(more));
  ended.main.remove();
  return ended;
}

const vault = (method: string, path: string, body?: unknown): Promise<Answer> =>
  scene.vault.request(method, path, body);
const cluster = (method: string, path: string, body?: unknown): Promise<Answer> =>
  scene.cluster.request(method, path, body);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function reviewerToken(): Promise<string> {
  return (await cluster('POST', `${REVIEWER}/token`, { spec: { expirationSeconds: 3600 } })).body.status.token;
}

/** Writes the config as somebody else would, with a token that works unless `over` has another. */
async function rewrite(over: Record<string, unknown>): Promise<void> {
  const { token_reviewer_jwt_set: _set, ...stored } = (await vault('GET', `${MOUNT}/config`)).body.data;
  await vault('POST', `${MOUNT}/config`, { ...stored, token_reviewer_jwt: await reviewerToken(), ...over });
}

async function retune(over: Record<string, unknown>): Promise<void> {
  const { data } = (await vault('GET', PROBE)).body;
  await vault('POST', PROBE, { ...data, ...over });
}

async function killAnchors(): Promise<void> {
  const { items } = (await cluster('GET', `${CORE}/secrets`)).body as { items: { metadata: { name: string } }[] };
  for (const { metadata } of items) await cluster('DELETE', `${CORE}/secrets/${metadata.name}`);
  await pause(CACHED_MS);
}

async function recreateReviewer(): Promise<void> {
  await cluster('DELETE', REVIEWER);
  await cluster('POST', `${CORE}/serviceaccounts`, { metadata: { name: 'vault-token-reviewer' } });
  await pause(CACHED_MS);
}

/** What is broken, how, the row that says it and by which code, and whether bind alone mends it. */
const BROKEN: [string, () => Promise<unknown>, string, string | undefined, 'mends' | 'names'][] = [
  ['no mount', () => vault('DELETE', `sys/${MOUNT}`), 'login.proof', 'LOGIN_MOUNT', 'mends'],
  ['no role', () => vault('DELETE', PROBE), 'login.proof', 'LOGIN_ROLE', 'mends'],
  [
    'no config',
    async () => {
      await vault('DELETE', `sys/${MOUNT}`);
      await vault('POST', `sys/${MOUNT}`, { type: 'kubernetes' });
    },
    'login.proof',
    'LOGIN_CONFIG',
    'mends',
  ],
  ['a reviewer token that was revoked', killAnchors, 'login.proof', 'LOGIN_REVIEWER', 'mends'],
  ['a reviewer that was made anew', recreateReviewer, 'login.proof', 'LOGIN_REVIEWER', 'mends'],
  [
    'a reviewer without its right',
    () =>
      cluster('DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/vault-token-reviewer-auth-delegator'),
    'login.proof',
    'LOGIN_DELEGATOR',
    'mends',
  ],
  ['a wrong CA', () => rewrite({ kubernetes_ca_cert: createAuthority('x').certPem }), 'mount.ca', 'LOGIN_CA', 'mends'],
  ['a wrong host', () => rewrite({ kubernetes_host: 'https://127.0.0.1:9' }), 'login.proof', 'LOGIN_HOST', 'mends'],
  ['a junk reviewer token', () => rewrite({ token_reviewer_jwt: 'junk' }), 'login.proof', 'LOGIN_REVIEW', 'mends'],
  ['another audience', () => retune({ audience: 'other' }), 'login.proof', 'LOGIN_AUDIENCE', 'names'],
  [
    'a ServiceAccount that is not bound',
    () => retune({ bound_service_account_names: ['x'] }),
    'login.proof',
    'LOGIN_UNBOUND',
    'mends',
  ],
  [
    'a namespace that is not bound',
    () => retune({ bound_service_account_namespaces: ['x'] }),
    'login.proof',
    'LOGIN_UNBOUND',
    'mends',
  ],
  ['other addresses', () => retune({ token_bound_cidrs: ['10.9.9.9/32'] }), 'login.proof', 'LOGIN_CIDR', 'names'],
  [
    "a fallback on Vault's own token",
    () => rewrite({ disable_local_ca_jwt: false }),
    'mount.reviewer-set',
    undefined,
    'mends',
  ],
  [
    'a policy that lost what it gave',
    () =>
      vault('PUT', 'sys/policies/acl/kube-auth-kubernetes-prodtest', {
        policy: 'path "x" { capabilities = ["read"] }',
      }),
    'policy.kube-auth',
    undefined,
    'mends',
  ],
  [
    'a mark that was tuned away',
    () => vault('POST', `sys/mounts/${MOUNT}/tune`, { description: 'x' }),
    'mount.owner',
    undefined,
    'mends',
  ],
];

test.each(BROKEN)(
  '%s: verify says why, and bind is green again or says so too',
  async (_what, breakIt, id, code, bind) => {
    const before = await admin();
    expect(before.report.verdict).toBe('green');
    await breakIt();
    const seen = await admin({ mode: 'verify', checks: 'binding' });
    expect(seen.report.verdict).toBe('red');
    const row = (seen.report.checks as Row[]).find((check) => check.id === id);
    expect(row).toMatchObject({
      state: 'red',
      hint: expect.stringMatching(/\S/),
      ...(code === undefined ? {} : { code }),
    });
    expect(seen.report.drift).toBe(bind === 'mends');
    const after = await admin();
    if (bind === 'mends') {
      expect(after.report).toMatchObject({ verdict: 'green', blockers: [], errors: [] });
      const again = await admin({ mode: 'verify', checks: 'binding' });
      expect(again.report).toMatchObject({ verdict: 'green', drift: false });
      return;
    }
    // What somebody else chose on purpose is named, and not undone behind their back.
    expect(after.report).toMatchObject({ verdict: 'red', changed: false });
    await vault('DELETE', `sys/${MOUNT}`);
  },
  60_000,
);
