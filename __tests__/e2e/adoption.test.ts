import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureNamespace } from '../../sandbox/gitops.ts';
import { openScene, type Scene } from '../../sandbox/scene.ts';
import type { Answer } from '../../sandbox/types.ts';

const HOME = 'openshift-gitops';
const REVIEWER = 'vault-token-reviewer';

interface Binding {
  metadata: { name: string };
  roleRef: { name: string };
  subjects?: { name: string }[];
}

let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await ensureNamespace(scene.cluster, HOME);
  const { request } = scene.cluster;
  for (const name of [REVIEWER, 'client'])
    await request('POST', `/api/v1/namespaces/${HOME}/serviceaccounts`, { metadata: { name } });
}, 60_000);

afterAll(() => scene?.stop());

async function must(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await answer;
  if (status >= 300) throw new Error(`HTTP ${status} ${JSON.stringify(body)}`);
  return body;
}

async function tokenOf(name: string): Promise<string> {
  const path = `/api/v1/namespaces/${HOME}/serviceaccounts/${name}/token`;
  const made = await must(scene.cluster.request('POST', path, { spec: { expirationSeconds: 3600 } }));
  return made.status.token;
}

/** What `oc adm policy add-cluster-role-to-user` makes: a binding under a name of its own. */
async function delegate(name: string): Promise<void> {
  await must(
    scene.cluster.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', name: REVIEWER, namespace: HOME }],
    }),
  );
}

async function legacyToken(): Promise<string> {
  await must(
    scene.cluster.request('POST', `/api/v1/namespaces/${HOME}/secrets`, {
      metadata: { name: REVIEWER, annotations: { 'kubernetes.io/service-account.name': REVIEWER } },
      type: 'kubernetes.io/service-account-token',
    }),
  );
  for (;;) {
    const { data } = await must(scene.cluster.request('GET', `/api/v1/namespaces/${HOME}/secrets/${REVIEWER}`));
    if (data?.token) return Buffer.from(data.token, 'base64').toString();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A mount as the runbook or the old script leaves it, with a role that somebody logs in with. */
async function mountBy(mount: string, reviewer: string): Promise<void> {
  const { vault, cluster } = scene;
  await must(vault.request('POST', `sys/auth/${mount}`, { type: 'kubernetes', description: 'made by hand' }));
  await must(
    vault.request('POST', `auth/${mount}/config`, {
      kubernetes_host: cluster.server,
      kubernetes_ca_cert: cluster.caPem,
      token_reviewer_jwt: reviewer,
      disable_iss_validation: true,
    }),
  );
  await must(
    vault.request('POST', `auth/${mount}/role/client`, {
      bound_service_account_names: 'client',
      bound_service_account_namespaces: HOME,
      token_policies: 'default',
      token_ttl: '1m',
    }),
  );
}

/** Logs in through the mount without a pause until told to stop; the answers that were not 200. */
function keepLoggingIn(mount: string, jwt: string): () => Promise<{ logins: number; failures: number[] }> {
  let going = true;
  let logins = 0;
  const failures: number[] = [];
  const loop = (async () => {
    while (going) {
      const { status } = await scene.vault.request('POST', `auth/${mount}/login`, { role: 'client', jwt }, '');
      logins += 1;
      if (status !== 200) failures.push(status);
    }
  })();
  return async () => {
    going = false;
    await loop;
    return { logins, failures };
  };
}

describe.each([
  ['the runbook', 'kubernetes-prodtest', () => tokenOf(REVIEWER), 'system:auth-delegator-0'],
  ['the old script', 'kubernetes', legacyToken, 'vault-token-reviewer-auth-delegator'],
])('a mount that %s made', (_title, mount, reviewer, binding) => {
  test('is adopted without one failed login, and what was there is kept', async () => {
    await delegate(binding);
    await mountBy(mount, await reviewer());
    const inputs = scene.adminInputs({ mount });
    const planned = await scene.run({ ...inputs, mode: 'plan' });
    planned.main.remove();
    expect(planned.report.planTitle).toMatch(/^adopt: \d+ kept, \d+ new/);
    expect(planned.report).toMatchObject({ verdict: 'green', changed: false });
    const stop = keepLoggingIn(mount, await tokenOf('client'));
    const { main, report } = await scene.run(inputs);
    main.remove();
    const { logins, failures } = await stop();
    expect({ failures, enough: logins > 10 }).toEqual({ failures: [], enough: true });
    expect(report).toMatchObject({ verdict: 'green', changed: true, drift: false });
    const after = await scene.vault.request('GET', `auth/${mount}/config`);
    expect(after.body.data).toMatchObject({ disable_iss_validation: true, disable_local_ca_jwt: true });
    const { body } = await scene.vault.request('GET', 'sys/auth');
    const description = (body.data ?? body)[`${mount}/`].description as string;
    expect(description).toMatch(/made by hand.*vault-cluster-bind.*adopted/s);
    const roles = await scene.vault.request('LIST', `auth/${mount}/role`);
    expect(roles.body.data.keys).toContain('client');
    const bindings = await scene.cluster.request('GET', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings');
    const ours = bindings.body.items.filter(
      ({ roleRef, subjects }: Binding) =>
        roleRef.name === 'system:auth-delegator' && (subjects ?? []).some(({ name }) => name === REVIEWER),
    );
    expect(ours.map(({ metadata }: Binding) => metadata.name)).toContain(binding);
    const again = await scene.run(inputs);
    again.main.remove();
    expect(again.report).toMatchObject({ verdict: 'green', changed: false });
  }, 60_000);
});

test('the never-expiring token of the old script is named, as a warning', async () => {
  const { main, report } = await scene.run(
    scene.adminInputs({ mount: 'kubernetes', mode: 'verify', checks: 'binding' }),
  );
  main.remove();
  const row = report.checks.find(({ id }: { id: string }) => id === 'reviewer.legacy-token');
  expect(row).toMatchObject({ state: 'red', severity: 'warning', detail: expect.stringContaining(REVIEWER) });
  expect(report.verdict).toBe('green');
}, 30_000);
