import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clustersFiles } from '../contract-files/clusters-repo.ts';
import { gitopsFiles } from '../contract-files/gitops-repo.ts';
import { CLUSTERS, clusterFiles, openStage, outputsOf, resultsOf, type Stage, VAULT_URL } from './stage.ts';

const FILES = clusterFiles({ prodtest: 'prodtest' });

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
}, 60_000);

afterAll(() => stage?.stop(), 60_000);

/** When the reviewer token in use was made, as the ServiceAccount has it. */
async function anchor(): Promise<string> {
  const { body } = await stage.scene.cluster.request('GET', '/api/v1/namespaces/openshift-gitops/secrets');
  const names = (body.items as { metadata: { name: string; uid: string } }[]).map(({ metadata }) => metadata);
  return names
    .filter(({ name }) => /-[ab]$/.test(name))
    .map(({ name, uid }) => `${name} ${uid}`)
    .join();
}

test('step.yml: green; a second run writes nothing', async () => {
  const secrets = { KUBECONFIG_BIND: await stage.kubeconfig('bind') };
  const first = await stage.paste('step.yml', { secrets });
  expect(resultsOf(first)).toEqual({ 'bind prodtest/bind': 'success' });
  expect(first.jobs[0]?.summary).toContain('🟢 green');
  expect(outputsOf(first, 'bind prodtest/bind', '0')).toMatchObject({ verdict: 'green', changed: 'true' });
  const { body } = await stage.scene.vault.request('GET', 'auth/kubernetes-prodtest/config');
  expect(body.data).toMatchObject({ kubernetes_host: stage.scene.cluster.server, token_reviewer_jwt_set: true });
  const second = await stage.paste('step.yml', { secrets });
  expect(outputsOf(second, 'bind prodtest/bind', '0')).toMatchObject({ verdict: 'green', changed: 'false' });
}, 60_000);

describe('a cluster that is bound', () => {
  let secrets: Record<string, string>;
  let before: string;

  beforeAll(async () => {
    const { main, report } = await stage.scene.run(stage.scene.adminInputs());
    main.remove();
    expect(report.verdict).toBe('green');
    secrets = { KUBECONFIG_ROTATE: await stage.kubeconfig('rotate') };
    before = await anchor();
  }, 60_000);

  test('nightly-rotation.yml: green, one table; the old token is dead', async () => {
    // The role takes tokens of this workflow alone, as docs/workflows.md says.
    const path = 'auth/jwt/role/vault-cluster-rotate';
    const { body } = await stage.scene.vault.request('GET', path);
    const workflow = { job_workflow_ref: 'bitiq-io/vault-cluster-bind/.github/workflows/rotate.yml@refs/tags/v1' };
    const bound = { ...body.data, bound_claims: { ...body.data.bound_claims, ...workflow } };
    await stage.scene.vault.request('POST', path, bound);
    const refused = await stage.paste('nightly-rotation.yml', { secrets, files: FILES });
    expect(refused.jobs.find(({ id }) => id === 'rest')?.summary).toContain('VAULT_LOGIN');
    stage.claims(workflow);
    const result = await stage.paste('nightly-rotation.yml', { secrets, files: FILES });
    expect(resultsOf(result)).toEqual({
      'rotate/rotate/clusters': 'success',
      'rotate/rotate/prodtest': 'success',
      'rotate/rotate/table': 'success',
    });
    const table = result.jobs.find(({ id }) => id === 'table');
    expect(table?.summary).toContain('### Fleet: 1 green');
    expect(outputsOf(result, 'rotate/rotate/table', 'table')).toMatchObject({
      verdict: 'green',
      'failed-clusters': '[]',
    });
    const after = await anchor();
    expect(after).not.toBe(before);
    expect(after.split(',')).toHaveLength(1);
  }, 60_000);

  test('nightly-rotation.yml: while it fails there is one issue, which the next green night closes', async () => {
    const { world } = stage.github;
    const refused = { KUBECONFIG_ROTATE: await stage.kubeconfig('stranger') };
    for (const night of [1, 2]) {
      const bad = await stage.paste('nightly-rotation.yml', { secrets: refused, files: FILES, event: 'schedule' });
      expect(resultsOf(bad)).toMatchObject({ 'rotate/rotate/prodtest': 'failure', 'rotate/rotate/table': 'failure' });
      expect(outputsOf(bad, 'rotate/rotate/table', 'table')).toMatchObject({ 'failed-clusters': '["prodtest"]' });
      expect([night, world.issues.map(({ state }) => state)]).toEqual([night, ['open']]);
    }
    await stage.paste('nightly-rotation.yml', { secrets, files: FILES, event: 'schedule' });
    expect(world.issues.map(({ state }) => state)).toEqual(['closed']);
  }, 60_000);

  test('self-hosted.yml: green, with the kubeconfig of the clone on the runner', async () => {
    const clone = mkdtempSync(join(tmpdir(), 'clone-'));
    const work = join(clone, 'clusters', 'prodtest', '.work');
    mkdirSync(work, { recursive: true });
    writeFileSync(join(work, '..', 'cluster.yaml'), FILES['clusters/prodtest/cluster.yaml'] ?? '');
    const kubeconfig = Buffer.from(secrets['KUBECONFIG_ROTATE'] ?? '', 'base64');
    writeFileSync(join(work, 'kubeconfig'), kubeconfig, { mode: 0o600 });
    const placeholders = { '/srv/clusters': clone };
    const labels = ['self-hosted', 'linux'];
    const result = await stage.paste('self-hosted.yml', { files: FILES, placeholders, labels });
    rmSync(clone, { recursive: true });
    expect(resultsOf(result)).toMatchObject({ 'rotate/rotate/prodtest': 'success', 'rotate/rotate/table': 'success' });
  }, 60_000);

  test('ghes.yml: green, by the OIDC issuer of the server', async () => {
    const { vault, issuer } = stage.scene;
    await vault.request('POST', 'sys/auth/jwt-ghes', { type: 'jwt' });
    await vault.request('POST', 'auth/jwt-ghes/config', { oidc_discovery_url: issuer.url, bound_issuer: issuer.url });
    const role = 'role/vault-cluster-rotate';
    const { body } = await vault.request('GET', `auth/jwt/${role}`);
    await vault.request('POST', `auth/jwt-ghes/${role}`, body.data);
    const labels = ['self-hosted', 'linux'];
    const result = await stage.paste('ghes.yml', { secrets, labels, instance: 'github.example.com' });
    expect(resultsOf(result)).toEqual({ 'rotate prodtest/rotate': 'success' });
    expect(result.jobs[0]?.summary).toContain('run `https://github.example.com/');
  }, 60_000);
});

describe('fork-pr.yml', () => {
  const repository = 'example-org/gitops';
  const payload = (from: string): unknown => ({
    number: 7,
    pull_request: { number: 7, head: { repo: { full_name: from } } },
  });

  const stranger = {
    repository,
    payload: payload('stranger/gitops'),
    event: 'pull_request',
    // What GitHub gives such a run: nothing.
    env: { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' },
    placeholders: { [VAULT_URL]: VAULT_URL },
  };

  test('of a fork: green by the files alone, the live checks skipped', async () => {
    stage.runner.repository(CLUSTERS, Object.fromEntries(clustersFiles()));
    const result = await stage.paste('fork-pr.yml', { ...stranger, files: Object.fromEntries(gitopsFiles()) });
    expect(resultsOf(result)).toEqual({
      'gate/gate/clusters': 'success',
      'gate/gate/prodtest files': 'success',
      'gate/gate/table': 'success',
    });
    expect(result.jobs.find(({ id }) => id === 'table')?.summary).toContain('### Fleet: 1 green');
  }, 60_000);

  test('of a fork that breaks the contract: red, and the cause is in the table', async () => {
    const { 'clusters/prodtest/install-config.yaml.tmpl': _, ...files } = Object.fromEntries(clustersFiles());
    stage.runner.repository(CLUSTERS, files);
    const result = await stage.paste('fork-pr.yml', { ...stranger, files: Object.fromEntries(gitopsFiles()) });
    expect(resultsOf(result)).toMatchObject({ 'gate/gate/prodtest files': 'failure', 'gate/gate/table': 'failure' });
    const table = result.jobs.find(({ id }) => id === 'table');
    expect(table?.summary).toContain('contract.cluster-definition');
    expect(table?.summary).toContain('### Fleet: 1 red');
  }, 60_000);

  test('of a branch: the cluster is looked at, and the files with it', async () => {
    stage.runner.repository(CLUSTERS, FILES);
    const secrets = { KUBECONFIG_VERIFY: await stage.kubeconfig('verify') };
    const run = { repository, payload: payload(repository), event: 'pull_request', secrets };
    const result = await stage.paste('fork-pr.yml', run);
    expect(result.jobs.map(({ id }) => id)).toEqual(['list', 'live', 'table']);
    const live = result.jobs.find(({ id }) => id === 'live');
    expect(live?.summary).toContain('contract.cluster-definition');
    expect(live?.summary).toContain('cluster.reachable');
  }, 60_000);
});
