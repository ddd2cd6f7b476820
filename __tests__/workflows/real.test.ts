import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeGitopsHealthy } from '../../sandbox/gitops.ts';
import { putGitopsRole } from '../../sandbox/gitops-vault.ts';
import { clusterFiles, openStage, outputsOf, resultsOf, type Stage } from './stage.ts';

const ENV = 'prodtest';
const MOUNT = `kubernetes-${ENV}`;

let stage: Stage;
let bootstrap: Server;

beforeAll(async () => {
  stage = await openStage({ real: true });
  bootstrap = createServer((_request, response) => {
    bootstrapped().then(
      () => response.writeHead(204).end(),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => bootstrap.listen(0, '127.0.0.1', resolve));
}, 120_000);

afterAll(async () => {
  bootstrap?.close();
  await stage?.stop();
}, 60_000);

/** What the bootstrap and the operators after it come to, as far as the checklist sees it. */
async function bootstrapped(): Promise<void> {
  await makeGitopsHealthy(stage.scene.cluster, ENV);
  await putGitopsRole(stage.scene.vault, ENV);
}

const mounts = async (): Promise<readonly string[]> =>
  Object.keys((await stage.scene.vault.request('GET', 'sys/auth')).body.data);

describe('ephemeral.yml', () => {
  /** The clusters repository of somebody who pastes it; the first target that `fails` does. */
  function files(fails = ''): Record<string, string> {
    const url = `http://127.0.0.1:${(bootstrap.address() as AddressInfo).port}`;
    const target = (name: string, ...lines: readonly string[]): string =>
      `${name}:\n${(name === fails ? ['exit 7'] : lines).map((line) => `\t${line}\n`).join('')}`;
    const call = `node -e 'fetch("${url}").then((answer) => process.exit(answer.ok ? 0 : 1))'`;
    const kubeconfig = Buffer.from(stage.scene.cluster.adminKubeconfig).toString('base64');
    return {
      ...clusterFiles({ ephemeral: ENV }),
      '.gitignore': '.work/\n',
      Makefile: [
        target(
          'create',
          'umask 077; mkdir -p clusters/$(CLUSTER)/.work',
          `echo ${kubeconfig} | base64 -d > clusters/$(CLUSTER)/.work/kubeconfig`,
        ),
        target('bootstrap-gitops', call),
        target('destroy', 'rm -r clusters/$(CLUSTER)/.work'),
      ].join('\n'),
    };
  }

  test('bound, bootstrapped, green, and gone again', async () => {
    const result = await stage.paste('ephemeral.yml', { files: files() });
    expect(resultsOf(result)).toEqual({ 'ephemeral cluster/ephemeral': 'success' });
    const verdicts = result.jobs[0]?.steps.map(({ outputs }) => outputs['verdict']).filter((one) => one !== undefined);
    expect(verdicts).toEqual(['green', 'green', 'green']);
    expect(await mounts()).not.toContain(`${MOUNT}/`);
  }, 120_000);

  test('a bootstrap that fails: red, and unbound all the same', async () => {
    const result = await stage.paste('ephemeral.yml', { files: files('bootstrap-gitops') });
    expect(resultsOf(result)).toEqual({ 'ephemeral cluster/ephemeral': 'failure' });
    expect(await mounts()).not.toContain(`${MOUNT}/`);
  }, 120_000);
});

test('post-bootstrap-gate.yml: green, with one comment on the pull request', async () => {
  const { main, report } = await stage.scene.run(stage.scene.adminInputs());
  main.remove();
  expect(report.verdict).toBe('green');
  await bootstrapped();
  const { github, runner } = stage;
  const pull = github.world.addIssue(github.me, 'a change', '', [], true);
  const payload = {
    number: pull.number,
    pull_request: { number: pull.number, head: { repo: { full_name: 'example-org/clusters', fork: false } } },
  };
  runner.repository('example-org/other', {});
  const secrets = { KUBECONFIG_VERIFY: await stage.kubeconfig('verify') };
  const run = { secrets, payload, event: 'pull_request', files: clusterFiles({ prodtest: ENV }) };
  const result = await stage.paste('post-bootstrap-gate.yml', run);
  expect(resultsOf(result)).toEqual({
    'gate/gate/clusters': 'success',
    'gate/gate/prodtest': 'success',
    'gate/gate/table': 'success',
  });
  expect(outputsOf(result, 'gate/gate/table', 'table')).toMatchObject({ verdict: 'green', 'failed-clusters': '[]' });
  const comments = github.world.comments.get(pull.number) ?? [];
  expect(comments.map(({ body }) => body?.includes('prodtest'))).toEqual([true]);
}, 120_000);
