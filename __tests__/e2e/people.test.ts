import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runAction } from '../../sandbox/github.ts';
import { type ApiFault, type GitHubApi, type GitHubApiOptions, startGitHubApi } from '../../sandbox/github-api.ts';
import { openScene, type Scene, type SceneRun } from '../../sandbox/scene.ts';

const REPOSITORY = 'bitiq-io/clusters';

let scene: Scene;
let github: GitHubApi;
let folder: string;
let runs = 0;

beforeAll(async () => {
  scene = await openScene();
  folder = mkdtempSync(join(tmpdir(), 'people-'));
}, 60_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await scene?.stop();
});

beforeEach(() => open());

afterEach(async () => {
  await github.stop();
  await scene.vault.request('DELETE', 'sys/auth/kubernetes-prodtest');
});

async function open(options: GitHubApiOptions = {}): Promise<void> {
  await github?.stop();
  github = await startGitHubApi(options);
}

/** A run of its own id, made to start by `name` with `payload`; the runner masks the token, as it does a secret. */
async function run(name: string, payload: unknown, inputs: Record<string, string>): Promise<SceneRun> {
  runs += 1;
  const event = join(folder, `event-${runs}.json`);
  writeFileSync(event, JSON.stringify(payload));
  const around = { GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: event, GITHUB_API_URL: github.url };
  const given = scene.adminInputs({ checks: 'binding', 'github-token': github.token, ...inputs });
  const ended = await scene.run(given, { ...scene.oidc, ...around, GITHUB_RUN_ID: String(1000 + runs) });
  ended.main.remove();
  const { main, post } = ended;
  const shown = [
    main.log,
    main.stderr,
    main.summary,
    JSON.stringify(main.outputs),
    JSON.stringify(main.files),
    post.log,
  ];
  for (const text of shown) expect(text).not.toContain(github.token);
  expect(main.argv.join('\n')).not.toContain(github.token);
  return ended;
}

const nightly = (inputs: Record<string, string>): Promise<SceneRun> =>
  run('schedule', { schedule: '17 3 * * *' }, inputs);

function pullRequest(number: number, head = REPOSITORY): unknown {
  return { action: 'synchronize', number, pull_request: { number, head: { repo: { full_name: head } } } };
}

const issues = () => github.world.issues.filter((one) => one.pull_request === undefined);

describe('a pull request', () => {
  let pull: number;

  beforeEach(() => {
    pull = github.world.addIssue(github.me, 'a change', '', [], true).number;
  });

  const comments = () => github.world.comments.get(pull) ?? [];

  test('has one comment, which follows the cluster from red to green, and one of what bind would do', async () => {
    const event = pullRequest(pull);
    const red = await run('pull_request', event, { mode: 'verify' });
    expect(red.main.exitCode).toBe(1);
    expect(comments().map(({ body }) => body)).toEqual([expect.stringContaining('### 🔴')]);
    const planned = await run('pull_request', event, { mode: 'plan' });
    expect(planned.main.exitCode).toBe(0);
    expect(comments()).toHaveLength(2);
    const bound = await run('pull_request', event, { mode: 'bind' });
    expect(bound.main.exitCode).toBe(0);
    const [state, plan, ...rest] = comments().map(({ body }) => body ?? '');
    expect(rest).toEqual([]);
    expect(state).toMatch(/^<!-- vault-cluster-bind comment [0-9a-f]{24} -->\n\n### 🟢 green: cluster `?prodtest/);
    expect(plan).toContain('bind would');
    expect(bound.main.log).toContain(`comment: updated on pull request ${pull}`);
    const agents = github.requests.map(({ headers }) => headers['user-agent']);
    for (const agent of agents) expect(agent).toMatch(/^vault-cluster-bind\/\d.*\/actions\/runs\/\d+/);
    expect(issues()).toEqual([]);
  }, 60_000);

  test('of a public repository sees no host and no Secret in it', async () => {
    const { main } = await run('pull_request', pullRequest(pull), {
      mode: 'verify',
      checks: 'all',
      'hide-names': 'true',
    });
    expect(main.exitCode).toBe(1);
    const [body = ''] = comments().map((one) => one.body);
    expect(body).toContain('host-1');
    expect(body).not.toMatch(/127\.0\.0\.1|quay-auth|gitops-repo-creds/);
  }, 60_000);

  test('from a fork is told that its token only reads', async () => {
    await open({ permissions: { issues: 'read', pullRequests: 'read' } });
    pull = github.world.addIssue(github.me, 'a change', '', [], true).number;
    const { main } = await run('pull_request', pullRequest(pull, 'mallory/clusters'), {});
    expect(main.exitCode).toBe(0);
    const notices = main.annotations.filter(({ level }) => level === 'notice');
    expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining('from a fork')]);
  }, 60_000);

  test.each<[string, GitHubApiOptions, ApiFault | undefined, RegExp]>([
    [
      'no permission',
      { permissions: { issues: 'read', pullRequests: 'read' } },
      undefined,
      /GITHUB_FORBIDDEN.*pull-requests: write/,
    ],
    [
      'a spent rate limit',
      {},
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' } },
      /GITHUB_UNAVAILABLE/,
    ],
    ['GitHub is down', {}, { status: 503 }, /HTTP 503.*GITHUB_UNAVAILABLE/],
    ['GitHub does not answer', {}, 'hang', /no answer within 15 s.*GITHUB_UNAVAILABLE/],
  ])(
    '%s: a green run stays green, with a notice',
    async (_, options, fault, wanted) => {
      await open(options);
      pull = github.world.addIssue(github.me, 'a change', '', [], true).number;
      github.intercept = () => fault;
      const { main, report } = await run('pull_request', pullRequest(pull), {});
      expect(main.exitCode).toBe(0);
      expect(report.verdict).toBe('green');
      const notices = main.annotations.filter(({ level }) => level === 'notice');
      expect(notices.map(({ message }) => message)).toEqual([expect.stringMatching(wanted)]);
      expect(main.annotations.filter(({ level }) => level === 'error')).toEqual([]);
      expect(comments()).toEqual([]);
    },
    60_000,
  );
});

describe('a schedule', () => {
  test('has one issue while it fails, closed by the next green run, and another one after that', async () => {
    const first = await nightly({ mode: 'verify' });
    expect(first.main.exitCode).toBe(1);
    const second = await nightly({ mode: 'verify' });
    expect(second.main.exitCode).toBe(1);
    expect(issues()).toHaveLength(1);
    expect(issues()[0]).toMatchObject({
      state: 'open',
      title: 'vault-cluster-bind: cluster prodtest of env prodtest is not green',
      body: expect.stringContaining('in 2 runs'),
      labels: [expect.objectContaining({ name: 'vault-cluster-bind' })],
    });
    await nightly({ mode: 'bind' });
    expect(issues()[0]?.state).toBe('open');
    const green = await nightly({ mode: 'verify' });
    expect(green.main.exitCode).toBe(0);
    expect(issues()[0]).toMatchObject({ state: 'closed', state_reason: 'completed' });
    await scene.vault.request('DELETE', 'sys/auth/kubernetes-prodtest');
    await nightly({ mode: 'verify' });
    expect(issues().map(({ state }) => state)).toEqual(['closed', 'open']);
    const comments = [...github.world.comments.values()].flat();
    expect(comments).toEqual([]);
  }, 90_000);

  test('whose credentials are gone is told as well', async () => {
    const { main } = await nightly({ mode: 'rotate', 'vault-token': '' });
    expect(main.exitCode).toBe(1);
    expect(issues().map(({ body }) => body)).toEqual([expect.stringMatching(/modes=rotate[\s\S]*INPUT_MISSING/)]);
  }, 60_000);

  test('fails as it would without the issue when that cannot be written', async () => {
    await open({ permissions: { issues: 'none' } });
    const { main } = await nightly({ mode: 'verify' });
    expect(main.exitCode).toBe(1);
    expect(main.outputs['verdict']).toBe('red');
    const notices = main.annotations.filter(({ level }) => level === 'notice');
    expect(notices.map(({ message }) => message)).toEqual([expect.stringMatching(/issues: write/)]);
  }, 60_000);

  test('that is cancelled opens none', async () => {
    const { exitCode, remove } = await runAction({
      bundle: 'main',
      inputs: scene.adminInputs({ mode: 'verify', wait: '60s', 'github-token': github.token }),
      env: { ...scene.oidc, GITHUB_EVENT_NAME: 'schedule', GITHUB_API_URL: github.url },
      interruptions: [{ signal: 'SIGINT', line: /::group::inputs/ }],
    });
    remove();
    expect(exitCode).toBe(130);
    expect(github.requests).toEqual([]);
  }, 60_000);

  test('a run by hand opens none', async () => {
    const { main } = await run('workflow_dispatch', {}, { mode: 'verify' });
    expect(main.exitCode).toBe(1);
    expect(issues()).toEqual([]);
    expect(main.log).toContain('comment: nothing to comment on, workflow_dispatch is about no pull request');
  }, 60_000);
});
