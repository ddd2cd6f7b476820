import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeGitopsHealthy, putGitopsObject } from '../../sandbox/gitops.ts';
import { authSpec, gitopsObject, gitopsSecrets, staticSpec } from '../../sandbox/gitops-objects.ts';
import { putGitopsPolicy, putGitopsRole } from '../../sandbox/gitops-vault.ts';
import { reconcileStaticSecret } from '../../sandbox/gitops-vso.ts';
import { ENV, openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';
import type { Answer } from '../../sandbox/types.ts';

const CI = 'openshift-pipelines';
const NAME = 'quay-auth';
const ID = `secret.${CI}/${NAME}`;
const ROLE = `auth/kubernetes-${ENV}/role/gitops-${ENV}`;
const KV = `gitops/data/${ENV}/${NAME}`;
const VSO = `/apis/secrets.hashicorp.com/v1beta1/namespaces/${CI}`;
const SECRET = `/api/v1/namespaces/${CI}/secrets/${NAME}`;
const DELEGATOR = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/vault-token-reviewer-auth-delegator';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/openshift-operators/leases';
const DATA = 'planted-value-of-the-chain';

interface Row {
  id: string;
  state: string;
  detail: string;
  code?: string;
  hint: string;
}

let scene: Scene;
const vault = (method: string, path: string, body?: unknown): Promise<Answer> =>
  scene.vault.request(method, path, body);
const cluster = (method: string, path: string, body?: unknown): Promise<Answer> =>
  scene.cluster.request(method, path, body);

beforeAll(async () => {
  scene = await openScene();
  await admin({ mode: 'bind' });
  await vault('POST', 'sys/mounts/gitops', { type: 'kv', options: { version: '2' } });
  for (const { name } of gitopsSecrets(ENV))
    await vault('POST', `gitops/data/${ENV}/${name}`, { data: { value: DATA } });
  await putGitopsRole(scene.vault, ENV);
  await makeGitopsHealthy(scene.cluster, ENV);
}, 90_000);

afterAll(() => scene?.stop());

async function admin(more: Record<string, string> = {}): Promise<SceneRun> {
  const ended = await scene.run(scene.adminInputs({ mode: 'verify', ...more }));
  ended.main.remove();
  return ended;
}

async function retarget(over: Record<string, unknown>): Promise<void> {
  const path = `${VSO}/vaultstaticsecrets/${NAME}`;
  const { body } = await cluster('GET', path);
  await cluster('PUT', path, { ...body, spec: { ...staticSpec(ENV, NAME), ...over } });
}

async function beat(minutesAgo: number): Promise<void> {
  await cluster('DELETE', `${LEASES}/b0d477c0.hashicorp.com`);
  await cluster('POST', '/api/v1/namespaces', { metadata: { name: 'openshift-operators' } });
  const renewTime = new Date(Date.now() - minutesAgo * 60_000).toISOString().replace('Z', '000Z');
  await cluster('POST', LEASES, {
    metadata: { name: 'b0d477c0.hashicorp.com', namespace: 'openshift-operators' },
    spec: { holderIdentity: 'vso-1', leaseDurationSeconds: 15, renewTime },
  });
}

/** Puts everything back, and lets the operator make the Secret. */
async function mend(): Promise<void> {
  await putGitopsRole(scene.vault, ENV, { audience: '' });
  await vault('POST', KV, { data: { value: DATA } });
  const valid = { valid: true, conditions: [] };
  await putGitopsObject(scene.cluster, gitopsObject('VaultConnection', CI, 'vault', { status: valid }));
  await putGitopsObject(scene.cluster, gitopsObject('VaultAuth', CI, 'k8s', { spec: authSpec(ENV), status: valid }));
  await putGitopsObject(scene.cluster, gitopsObject('VaultStaticSecret', CI, NAME, { spec: staticSpec(ENV, NAME) }));
  await retarget({});
  await beat(0);
  await admin({ mode: 'bind' });
  await reconcileStaticSecret(scene, CI, NAME);
}

/** What is broken, how, the link that is named where the Secret is missing, and the code where there is one. */
const BROKEN: [string, () => Promise<unknown>, RegExp, string | undefined][] = [
  [
    'no VaultStaticSecret',
    () => cluster('DELETE', `${VSO}/vaultstaticsecrets/${NAME}`),
    /^absent; no VaultStaticSecret has it/,
    undefined,
  ],
  [
    'another destination',
    () => retarget({ destination: { name: 'quay', create: true } }),
    /^absent; VaultStaticSecret openshift-pipelines\/quay-auth writes Secret quay in its place/,
    undefined,
  ],
  [
    'a destination that it does not make',
    () => retarget({ destination: { name: NAME, create: false } }),
    /: destination\.create is false/,
    undefined,
  ],
  [
    'no VaultAuth',
    () => cluster('DELETE', `${VSO}/vaultauths/k8s`),
    /: VaultAuth openshift-pipelines\/k8s does not exist/,
    undefined,
  ],
  [
    'no VaultConnection',
    () => cluster('DELETE', `${VSO}/vaultconnections/vault`),
    /: VaultConnection openshift-pipelines\/vault of VaultAuth/,
    undefined,
  ],
  ['no role', () => vault('DELETE', ROLE), /: auth\/kubernetes-prodtest has no role gitops-prodtest/, 'LOGIN_ROLE'],
  [
    'a role for other namespaces',
    () => putGitopsRole(scene.vault, ENV, { bound_service_account_namespaces: ['bitiq-prodtest'] }),
    /does not bind namespace openshift-pipelines/,
    'LOGIN_UNBOUND',
  ],
  [
    'a role with an audience',
    () => putGitopsRole(scene.vault, ENV, { audience: 'vault' }),
    /wants an audience/,
    'LOGIN_AUDIENCE',
  ],
  [
    'a role without policies',
    () => putGitopsRole(scene.vault, ENV, { token_policies: [] }),
    /carries no policy/,
    'VAULT_FORBIDDEN',
  ],
  [
    'no policy',
    () => vault('DELETE', `sys/policies/acl/gitops-${ENV}`),
    /policy gitops-prodtest of role gitops-prodtest does not exist/,
    'VAULT_FORBIDDEN',
  ],
  [
    'a policy for other paths',
    () => putGitopsPolicy(scene.vault, ENV, 'path "gitops/data/prod/*" { capabilities = ["read"] }'),
    /policy gitops-prodtest does not let role gitops-prodtest read gitops\/data\/prodtest\/quay-auth/,
    'VAULT_FORBIDDEN',
  ],
  [
    'an empty path',
    () => vault('DELETE', `gitops/metadata/${ENV}/${NAME}`),
    /: no secret at the path \(gitops\/data\/prodtest\/quay-auth\)/,
    undefined,
  ],
  [
    'a reviewer without its right',
    () => cluster('DELETE', DELEGATOR),
    /no ClusterRoleBinding gives openshift-gitops\/vault-token-reviewer system:auth-delegator/,
    'LOGIN_DELEGATOR',
  ],
  [
    'an operator that stopped',
    () => beat(90),
    /: vault-secrets-operator does not run: it last renewed its Lease/,
    undefined,
  ],
];

/** Where the Secret that is there is as good as before. */
const KEEPS = ['no VaultStaticSecret', 'a destination that it does not make'];

const rowOf = ({ report }: SceneRun, id: string): Row | undefined =>
  (report.checks as Row[]).find((row) => row.id === id);

test('the healthy chain is green', async () => {
  await mend();
  const seen = await admin();
  expect(seen.report.verdict).toBe('green');
  expect(rowOf(seen, ID)).toMatchObject({ state: 'green', detail: 'Opaque, 1 key' });
}, 60_000);

test.each(BROKEN)(
  '%s: the missing Secret is told with that link, and what is there is called stale',
  async (what, breakIt, link, code) => {
    await mend();
    await breakIt();
    const runs =
      what === 'an operator that stopped' ? async () => undefined : () => reconcileStaticSecret(scene, CI, NAME);
    await runs();
    const stale = await admin();
    const isStale = !KEEPS.includes(what);
    expect([stale.report.verdict, rowOf(stale, ID)?.state]).toEqual(isStale ? ['red', 'red'] : ['green', 'green']);
    await cluster('DELETE', SECRET);
    await runs();
    const missing = await admin();
    const row = rowOf(missing, ID);
    expect(row).toMatchObject({ state: 'red', detail: expect.stringMatching(link), hint: expect.stringMatching(/\S/) });
    expect(row?.code).toBe(code);
    expect(JSON.stringify(missing.report)).not.toContain(DATA);
  },
  60_000,
);

test('mended, it is green again', async () => {
  await mend();
  expect((await admin()).report.verdict).toBe('green');
}, 60_000);
