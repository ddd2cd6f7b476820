import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ActionResult, type ActionRun, runAction } from '../../sandbox/github.ts';
import { openScene, type Scene } from '../../sandbox/scene.ts';
import { Scanner } from '../leak/scanner.js';

interface Ended {
  readonly main: ActionResult;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the report holds
  readonly report: any;
  /** What was printed, before the runner hides anything in it. */
  readonly printed: string;
}

let scene: Scene;
let work: string;

beforeAll(async () => {
  scene = await openScene();
}, 60_000);
afterAll(() => scene?.stop());

beforeEach(() => {
  if (work) rmSync(work, { recursive: true, force: true });
  work = mkdtempSync(join(tmpdir(), 'bootstrap-e2e-'));
  mkdirSync(join(work, 'clusters/prodtest'), { recursive: true });
  writeFileSync(join(work, 'clusters/prodtest/cluster.yaml'), 'name: prodtest\n');
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function bind(command: string, more: Record<string, string> = {}, run: Partial<ActionRun> = {}): Promise<Ended> {
  const inputs = scene.adminInputs({ checks: 'binding', 'bootstrap-command': command, ...more });
  const main = await runAction({ bundle: 'main', inputs, cwd: work, ...run });
  const path = main.outputs['report'];
  const report = path && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
  const printed = main.stdout.replace(/^::add-mask::.*$/gm, '') + main.stderr;
  main.remove();
  return { main, report, printed };
}

/** A program that makes a ConfigMap with nothing but the kubeconfig it was given. */
const APPLY = `
const { readFileSync } = require('node:fs');
const config = JSON.parse(readFileSync(process.env.KUBECONFIG, 'utf8'));
const { cluster } = config.clusters[0];
const { user } = config.users[0];
const decoded = (text) => text && Buffer.from(text, 'base64');
const request = require('node:https').request(cluster.server + '/api/v1/namespaces/default/configmaps', {
  method: 'POST',
  ca: decoded(cluster['certificate-authority-data']),
  cert: decoded(user['client-certificate-data']),
  key: decoded(user['client-key-data']),
  headers: { 'content-type': 'application/json', ...(user.token ? { authorization: 'Bearer ' + user.token } : {}) },
}, (response) => process.exit(response.statusCode === 201 ? 0 : 7));
request.end(JSON.stringify({ metadata: { name: 'bootstrapped' } }));
`;

const accessors = async (): Promise<unknown> =>
  ((await scene.vault.request('GET', 'auth/token/accessors?list=true')).body.data.keys as string[]).toSorted();

const codes = (problems: { code: string }[]): string[] => problems.map(({ code }) => code);
const isAlive = (pid: string): boolean => /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', pid]).stdout.toString());
const SECRET = { name: 'password', value: `p4ss"<&>'\\/%+${'a1b2c3d4'.repeat(4)}` };

describe('a bootstrap', () => {
  test('acts on the cluster, prints all it knows, and nothing of that can be read', async () => {
    writeFileSync(join(work, 'apply.cjs'), APPLY);
    const trace = {
      cluster: 'prodtest',
      repo_url: `https://git:${SECRET.value.slice(-32)}@github.com/bitiq-io/gitops`,
      git_sha: 'a'.repeat(40),
    };
    const command = [
      'node apply.cjs',
      'env; cat $KUBECONFIG; base64 $KUBECONFIG; base64 -w0 clusters/prodtest/.work/kubeconfig',
      'printf %s "$GITOPS_REPO_PASSWORD" | od -An -tx1 | tr -d " \\n"; echo',
      'printf %s "$GITOPS_REPO_PASSWORD" | base64 | tr "+/" "-_"',
      'echo "::error::injected"; echo "##[error]injected"; echo "::add-mask::bind"',
      `echo '${JSON.stringify(trace)}' > clusters/prodtest/.work/gitops-bootstrap.json`,
    ].join('\n');
    const env = { GITOPS_REPO_PASSWORD: SECRET.value };
    const kubeconfig = scene.cluster.adminKubeconfig;
    const key = /client-key-data: (\S+)/.exec(kubeconfig)?.[1] ?? /token: (\S+)/.exec(kubeconfig)?.[1] ?? '';
    expect(key).not.toBe('');
    const pem = Buffer.from(key, 'base64').toString();
    const known = [SECRET, { name: 'key', value: key }, { name: 'key PEM', value: pem }];
    for (const actions of ['true', '']) {
      const { main, report, printed } = await bind(command, {}, { env: { ...env, GITHUB_ACTIONS: actions } });
      if (actions === 'true') expect([report.verdict, main.exitCode]).toEqual(['green', 0]);
      expect(report.bootstrap).toMatchObject({
        command: 'node apply.cjs (and 5 more lines)',
        trace: { state: actions === 'true' ? 'read' : 'absent' },
      });
      const surfaces = { printed, report: JSON.stringify(report), summary: main.summary, argv: main.argv.join('\n') };
      expect(new Scanner(known).scan(surfaces)).toEqual([]);
      expect(main.otherCommands).toEqual([]);
      expect(main.annotations.filter(({ message }) => message.includes('injected'))).toEqual([]);
      if (actions === 'true') {
        expect(report.bootstrap).toMatchObject({ state: 'exited', exitCode: 0 });
        expect(report.bootstrap.trace.repoUrl).toBe('https://github.com/bitiq-io/gitops');
        expect(printed).toContain('| CLUSTER=prodtest');
        expect(Object.keys(main.files).filter((name) => /kubeconfig|bootstrap-/.test(name))).toEqual([]);
        expect(existsSync(join(work, 'clusters/prodtest/.work/kubeconfig'))).toBe(false);
        rmSync(join(work, 'clusters/prodtest/.work'), { recursive: true });
      }
    }
    const made = await scene.cluster.request('GET', '/api/v1/namespaces/default/configmaps/bootstrapped');
    expect(made.status).toBe(200);
  }, 90_000);

  test.each<[string, string, string, RegExp]>([
    ['fails', 'echo began; exit 3', 'BOOTSTRAP_FAILED', /exit code 3/],
    ['dies from a signal', 'kill -SEGV $$', 'BOOTSTRAP_FAILED', /killed by SIGSEGV/],
    ['never ends', 'trap "" TERM; while :; do sleep 1; done', 'BOOTSTRAP_TIMEOUT', /did not end within/],
  ])(
    'that %s is red, and the checks are looked at all the same',
    async (_what, command, code, seen) => {
      const { main, report } = await bind(command, { timeout: '20s' });
      expect([report.verdict, main.exitCode]).toEqual(['red', 1]);
      expect(codes(report.errors)).toEqual([code]);
      expect(report.errors[0].message).toMatch(seen);
      expect(report.headline).toMatch(/^red: the bootstrap (failed|did not end in time)/);
      const states = new Set((report.checks as { severity: string; state: string }[]).map(({ state }) => state));
      expect(states).toContain('green');
      expect(states).not.toContain('unknown');
    },
    60_000,
  );

  test('that leaves something behind with its output open holds nothing up', async () => {
    const { report } = await bind(`sleep 600 & echo $! > pid`);
    expect(report.verdict).toBe('green');
    expect(isAlive(readFileSync(join(work, 'pid'), 'utf8').trim())).toBe(false);
  }, 60_000);

  test('that is cancelled ends with all it started', async () => {
    const interruptions = [{ signal: 'SIGINT', line: /\| began/ } as const];
    const command = 'echo $$ > pid; sleep 600 & echo began; wait';
    const { main, report } = await bind(command, {}, { interruptions });
    expect(main.exitCode).toBe(130);
    expect(codes(report.errors)).toEqual(['CANCELLED']);
    expect(report.bootstrap.state).toBe('cancelled');
    expect(isAlive(readFileSync(join(work, 'pid'), 'utf8').trim())).toBe(false);
    expect(Object.keys(main.files).filter((name) => /bootstrap-/.test(name))).toEqual([]);
  }, 60_000);

  test('sees the environment that is documented, and no other', async () => {
    const env = { VAULT_TOKEN: 'ours', GITHUB_TOKEN: 'ours', ...scene.oidc, TZ: 'UTC', GITOPS_REPO_USERNAME: 'git' };
    await bind('env -0 > seen', {}, { env });
    const names = readFileSync(join(work, 'seen'), 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0] ?? '')
      .filter((name) => !['', '_', 'PWD', 'OLDPWD', 'SHLVL'].includes(name));
    const wanted = ['PATH', 'HOME', 'RUNNER_TEMP', 'CI', 'TZ', 'GITOPS_REPO_USERNAME'];
    const made = ['CLUSTER', 'ENV', 'KUBECONFIG', 'VAULT_ADDR', 'SKIP_VAULT_K8S_AUTH_CONFIG'];
    const { caPem } = scene.vault;
    expect(names.toSorted()).toEqual([...wanted, ...made, ...(caPem === null ? [] : ['VAULT_CACERT'])].toSorted());
  }, 60_000);

  test('may outlive our Vault token, which is renewed meanwhile, and none is left alive', async () => {
    const role = await scene.vault.request('POST', 'auth/approle/role/brief', {
      token_policies: ['brief'],
      token_ttl: 6,
      secret_id_num_uses: 1,
    });
    expect(role.status).toBeLessThan(300);
    await scene.vault.request('PUT', 'sys/policies/acl/brief', {
      policy: 'path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }',
    });
    const id = await scene.vault.request('GET', 'auth/approle/role/brief/role-id');
    const made = await scene.vault.request('POST', 'auth/approle/role/brief/secret-id', {});
    const login = {
      'vault-method': 'approle',
      'vault-token': '',
      'vault-role-id': id.body.data.role_id,
      'vault-secret-id': made.body.data.secret_id,
    };
    const before = await accessors();
    const { report } = await bind('sleep 14', login);
    expect(report.verdict).toBe('green');
    expect(await accessors()).toEqual(before);
  }, 60_000);

  test('that outlives a token that was given is told so', async () => {
    const given = await scene.vault.request('POST', 'auth/token/create-orphan', { policies: ['root'], ttl: '8s' });
    const { report } = await bind('sleep 10', { 'vault-token': given.body.auth.client_token });
    expect(codes(report.errors)).toEqual(['VAULT_TOKEN']);
    expect(report.bootstrap.exitCode).toBe(0);
  }, 60_000);

  test('hides hosts where names are to be hidden', async () => {
    const command = 'echo $VAULT_ADDR https://other.example.com/x 10.1.2.3; : https://third.example.com';
    const trace = `mkdir -p clusters/prodtest/.work; echo '{"repo_url":"https://git.example.com/r","base_domain":"apps.west.example.com"}' > clusters/prodtest/.work/gitops-bootstrap.json`;
    const { report, printed, main } = await bind(`${command}\n${trace}`, { 'hide-names': 'true' });
    expect(report.bootstrap.trace.state).toBe('read');
    const shown = printed + JSON.stringify(report) + main.summary;
    expect(shown).not.toMatch(/127\.0\.0\.1|example\.com|10\.1\.2\.3/);
    expect(printed).toMatch(/\| https?:\/\/host-\d\S* https:\/\/other-host-\d\/x other-host-\d/);
  }, 60_000);

  test('is not reached when something blocks the binding, and says so', async () => {
    const { report, printed } = await bind('touch ran', { 'kubernetes-host': 'https://10.0.0.1:9' });
    expect(report.verdict).not.toBe('green');
    expect(report.bootstrap).toEqual({ command: 'touch ran', state: 'not-reached' });
    expect(printed).toContain('not reached: touch ran');
    expect(existsSync(join(work, 'ran'))).toBe(false);
  }, 60_000);

  test('makes the whole checklist decide', async () => {
    const { report } = await bind('true', { checks: 'all' });
    expect(report.verdict).toBe('red');
    expect(report.failedChecks).toContain('argocd.instance');
  }, 60_000);

  test.each(['plan', 'rotate', 'verify', 'unbind'])('is refused in mode %s', async (mode) => {
    const { report } = await bind('touch ran', { mode });
    expect(codes(report.blockers)).toEqual(['INPUT_CONFLICT']);
    expect(existsSync(join(work, 'ran'))).toBe(false);
  });
});
