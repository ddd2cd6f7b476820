import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openBootstrap } from '../../src/adapters/bootstrap.js';
import { createRunner } from '../../src/adapters/runner.js';
import type { BootstrapFact } from '../../src/binding/bootstrap.js';
import type { ClusterAccess, Intent } from '../../src/binding/intent.js';
import { intent, secret } from '../fixtures/intent.js';
import { encodings } from '../leak/encoding.js';
import { Scanner } from '../leak/scanner.js';

const SERVER = 'https://api.prod.example.com:6443';
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJlLW9mLXNvbWVib2R5';
const root = mkdtempSync(join(tmpdir(), 'bootstrap-test-'));
const TEMP = join(root, 'temp');
const WORK = join(root, 'work');
const TRACE = 'clusters/prodtest/.work/gitops-bootstrap.json';

beforeEach(() => {
  for (const folder of [TEMP, WORK]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function checkout(): void {
  mkdirSync(join(WORK, 'clusters/prodtest'), { recursive: true });
  writeFileSync(join(WORK, 'clusters/prodtest/cluster.yaml'), 'name: prodtest\n');
}

interface Ran {
  readonly fact: BootstrapFact;
  readonly lines: readonly string[];
  readonly log: string;
}

interface Given {
  env?: Record<string, string>;
  wanted?: Partial<Omit<Intent, 'vault'>>;
  limitSeconds?: number;
  signal?: AbortSignal;
}

async function run(command: string, { env = {}, wanted = {}, limitSeconds = 60, signal }: Given = {}): Promise<Ran> {
  const lines: string[] = [];
  const base = { PATH: process.env['PATH'] ?? '', HOME: root, RUNNER_TEMP: TEMP, GITHUB_WORKSPACE: WORK };
  const runner = createRunner({ ...base, ...env });
  const token = runner.secret('kube-token', TOKEN);
  const { access = { via: 'token' as const, server: SERVER, token }, ...rest } = wanted;
  if (access.via === 'vault') throw new Error('Vault is not asked here');
  const port = openBootstrap({
    intent: intent({ bootstrapCommand: command, access, ...rest }),
    access,
    runner,
    server: SERVER,
    log: { info: (line) => lines.push(line) },
    signal: signal ?? new AbortController().signal,
  });
  const fact = await port.run(limitSeconds);
  return { fact, lines, log: lines.join('\n') };
}

/** A process that nobody has buried yet is dead all the same. */
const isAlive = (pid: string): boolean => /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', pid]).stdout.toString());

describe('how it ends', () => {
  test.each<[string, string, Partial<BootstrapFact>]>([
    ['succeeds', 'true', { ended: 'exited', exitCode: 0 }],
    ['fails', 'exit 3', { ended: 'exited', exitCode: 3 }],
    ['fails in the middle', 'false\ntrue', { ended: 'exited', exitCode: 1 }],
    ['fails in a pipe', 'false | true', { ended: 'exited', exitCode: 1 }],
    ['dies from a signal', 'kill -KILL $$', { ended: 'killed', signal: 'SIGKILL' }],
  ])('%s', async (_what, command, end) => {
    expect((await run(command)).fact).toMatchObject(end);
    expect(readdirSync(TEMP)).toEqual([]);
  });

  test('its time is up: all that it started is ended, though it does not listen', async () => {
    const command = `trap '' TERM\nsleep 300 & echo $! > ${root}/pid\necho $$ > ${root}/own\nwait; wait; sleep 300`;
    const { fact } = await run(command, { limitSeconds: 1 });
    expect(fact.ended).toBe('timed-out');
    for (const name of ['pid', 'own']) expect(isAlive(readFileSync(join(root, name), 'utf8').trim())).toBe(false);
  }, 30_000);

  test('is cancelled', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('cancelled')), 300);
    expect((await run('sleep 300', { signal: controller.signal })).fact.ended).toBe('cancelled');
    expect(readdirSync(TEMP)).toEqual([]);
  }, 30_000);

  test('a grandchild that holds its output open holds nothing up, and ends with it', async () => {
    const { fact } = await run(`sleep 300 & echo $! > ${root}/pid`);
    expect(fact).toMatchObject({ ended: 'exited', exitCode: 0 });
    expect(isAlive(readFileSync(join(root, 'pid'), 'utf8').trim())).toBe(false);
    expect((await run('setsid sleep 5 & true')).fact).toMatchObject({ ended: 'exited', exitCode: 0 });
  }, 30_000);
});

describe('what it is given', () => {
  const OURS = {
    INPUT_KUBECONFIG: 'ours',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'ours',
    ACTIONS_RUNTIME_TOKEN: 'ours',
    GITHUB_TOKEN: 'ours',
    GITHUB_ENV: 'ours',
    GITHUB_OUTPUT: 'ours',
    GITHUB_STATE: 'ours',
    GITHUB_PATH: 'ours',
    GITHUB_STEP_SUMMARY: 'ours',
    VAULT_TOKEN: 'ours',
    VAULT_SECRET_ID: 'ours',
    BASH_ENV: '/nowhere',
    NODE_OPTIONS: '--no-warnings',
    'BASH_FUNC_make%%': '() { echo ours; }',
  };

  test('is the allow-list and nothing else', async () => {
    const theirs = { LC_ALL: 'C', CI: 'true', https_proxy: 'http://proxy:1', GITOPS_REPO_USERNAME: 'git' };
    const { lines } = await run('env -0 | tr "\\0" "\\n"', { env: { ...OURS, ...theirs } });
    const seen = Object.fromEntries(
      lines.filter((line) => line.startsWith('  | ')).map((line) => line.slice(4).split(/=(.*)/s) as [string, string]),
    );
    // What a shell sets by itself.
    for (const name of ['_', 'PWD', 'SHLVL', 'OLDPWD']) delete seen[name];
    expect(seen).toEqual({
      PATH: process.env['PATH'],
      HOME: root,
      RUNNER_TEMP: TEMP,
      ...theirs,
      CLUSTER: 'prodtest',
      ENV: 'prodtest',
      KUBECONFIG: expect.stringMatching(/vault-cluster-bind-bootstrap-\w+\/kubeconfig$/),
      VAULT_ADDR: 'https://vault.example.com:8200',
      SKIP_VAULT_K8S_AUTH_CONFIG: '1',
    });
  });

  test('a kubeconfig made for it that only it may read, and that is gone afterwards', async () => {
    const { log } = await run(`stat -c '%a' $KUBECONFIG "$(dirname $KUBECONFIG)"; cp $KUBECONFIG ${root}/seen`);
    expect(log).toContain('| 600\n  | 700');
    const seen = JSON.parse(readFileSync(join(root, 'seen'), 'utf8'));
    expect(seen.clusters[0].cluster.server).toBe(SERVER);
    expect(seen.users[0].user).toEqual({ token: TOKEN });
    expect(readdirSync(TEMP)).toEqual([]);
  });

  test('the path that the user gave, unless another context of it is meant', async () => {
    const path = join(root, 'given');
    const entry = (name: string) => ({ name, context: { cluster: name, user: 'user' } });
    const config = {
      'current-context': 'one',
      contexts: [entry('one'), entry('two')],
      clusters: ['one', 'two'].map((name) => ({ name, cluster: { server: `https://${name}:6443` } })),
      users: [{ name: 'user', user: { tokenFile: 'token', exec: { command: './plugin' } } }],
    };
    writeFileSync(path, JSON.stringify(config));
    const material = { form: 'path', content: secret(path), source: 'kubeconfig' } as const;
    const plain: ClusterAccess = { via: 'kubeconfig', material };
    expect((await run('echo $KUBECONFIG', { wanted: { access: plain } })).log).toContain(`| ${path}`);
    await run(`cp $KUBECONFIG ${root}/seen`, { wanted: { access: { ...plain, context: 'two' } } });
    const seen = JSON.parse(readFileSync(join(root, 'seen'), 'utf8'));
    expect(seen.clusters).toEqual([{ name: 'cluster', cluster: { server: 'https://two:6443' } }]);
    expect(seen.users[0].user).toEqual({ tokenFile: join(root, 'token'), exec: { command: join(root, 'plugin') } });
  });

  test('the CA of Vault as a file', async () => {
    const ca = { form: 'inline', content: secret('-----BEGIN CERTIFICATE-----'), source: 'x' } as const;
    const given = intent({ bootstrapCommand: '', vault: { ca, namespace: 'team' } });
    const { log } = await run('cat $VAULT_CACERT; echo; echo $VAULT_NAMESPACE', {
      wanted: { vault: given.vault } as never,
    });
    expect(log).toContain('BEGIN CERTIFICATE');
    expect(log).toContain('| team');
  });
});

describe('the checkout of the clusters repository', () => {
  const target = join(WORK, 'clusters/prodtest/.work/kubeconfig');

  test('has the kubeconfig where its scripts look for it, and as it was afterwards', async () => {
    checkout();
    const { fact } = await run('test -f clusters/$CLUSTER/.work/kubeconfig && grep -q prod.example.com $_');
    expect(fact.exitCode).toBe(0);
    expect(existsSync(join(WORK, 'clusters/prodtest/.work'))).toBe(false);
  });

  test('keeps what the command made, and nothing of ours', async () => {
    checkout();
    await run('mkdir clusters/prodtest/.work/gitops-src; rm clusters/prodtest/.work/kubeconfig');
    expect(readdirSync(join(WORK, 'clusters/prodtest/.work'))).toEqual(['gitops-src']);
    symlinkSync(join(root, 'gone'), target);
    await run('test -f clusters/prodtest/.work/kubeconfig');
    expect(readdirSync(join(WORK, 'clusters/prodtest/.work'))).toEqual(['gitops-src']);
  });

  test('keeps a kubeconfig of its own, which must be of the same cluster', async () => {
    checkout();
    mkdirSync(join(WORK, 'clusters/prodtest/.work'));
    const config = (server: string): string =>
      JSON.stringify({
        'current-context': 'a',
        contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
        clusters: [{ name: 'a', cluster: { server } }],
        users: [{ name: 'a', user: {} }],
      });
    writeFileSync(target, config(SERVER));
    expect((await run('true')).fact.exitCode).toBe(0);
    expect(readFileSync(target, 'utf8')).toBe(config(SERVER));
    writeFileSync(target, config('https://another:6443'));
    await expect(run('true')).rejects.toMatchObject({ code: 'INPUT_CONFLICT' });
    expect(readdirSync(TEMP)).toEqual([]);
  });

  test.each(['clusters', 'clusters/prodtest', 'clusters/prodtest/.work'])(
    'gets nothing through a link that leads out of it: %s',
    async (linked) => {
      const outside = join(root, `outside-${linked.length}`);
      mkdirSync(join(outside, 'prodtest'), { recursive: true });
      for (const place of [outside, join(outside, 'prodtest')]) writeFileSync(join(place, 'cluster.yaml'), 'name: x\n');
      if (linked !== 'clusters') checkout();
      rmSync(join(WORK, linked), { recursive: true, force: true });
      symlinkSync(outside, join(WORK, linked));
      await expect(run('true')).rejects.toMatchObject({ code: 'CHECKOUT_INVALID' });
      expect(readdirSync(outside).sort()).toEqual(['cluster.yaml', 'prodtest']);
    },
  );

  test('tells what was bootstrapped', async () => {
    checkout();
    const told = {
      cluster: 'prodtest',
      env: 'prodtest',
      base_domain: 'apps.prodtest.example.com',
      repo_url: 'https://git:password@github.com/bitiq-io/gitops?token=x',
      repo_ref: 'main',
      git_sha: '0123456789abcdef0123456789abcdef01234567',
      timestamp: '2026-03-01T02:04:05Z',
      more: 'passed over',
    };
    const { fact } = await run(`echo '${JSON.stringify(told)}' > ${TRACE}`);
    expect(fact.trace).toEqual({
      state: 'read',
      cluster: 'prodtest',
      env: 'prodtest',
      baseDomain: 'apps.prodtest.example.com',
      repoUrl: 'https://github.com/bitiq-io/gitops',
      repoRef: 'main',
      gitSha: told.git_sha,
      timestamp: told.timestamp,
    });
    utimesSync(join(WORK, TRACE), 1, 1);
    expect((await run('true')).fact.trace.state).toBe('stale');
    expect((await run(`echo no > ${TRACE}`)).fact.trace.state).toBe('unreadable');
    expect((await run(`rm ${TRACE}`)).fact.trace.state).toBe('absent');
  });
});

describe('what it prints', () => {
  test('is shown line by line, cleaned', async () => {
    const { lines } = await run(
      `printf 'one\\r\\ntwo\\rthree\\n\\033[31mred\\033[0m\\n'; echo error >&2; printf 'no end'`,
    );
    expect(lines.slice(1).toSorted()).toEqual(['error', 'no end', 'one', 'red', 'three', 'two'].map((x) => `  | ${x}`));
  });

  test('reaches the log while it runs', async () => {
    const { log } = await run(`echo first; sleep 0.2; date +%s%N`);
    expect(log).toMatch(/first\n {2}\| \d+$/);
  });

  test('shows no secret in any way of writing it, whole or in pieces', async () => {
    const password = `p4ss"<&>'\\/%+ü wörd ${'x1y2z3'.repeat(4)}`;
    const secrets = [
      { name: 'password', value: password },
      { name: 'short', value: 'hunter2!' },
      { name: 'token', value: TOKEN },
    ];
    const forms = secrets.flatMap(({ value }) => encodings(value)).map(({ text }) => text);
    const file = join(root, 'forms');
    writeFileSync(file, `${forms.map((text) => `before ${text} after ${text}`).join('\n')}\n`);
    const commands = [
      `cat ${file}`,
      'cat $KUBECONFIG; base64 $KUBECONFIG; base64 -w0 $KUBECONFIG; od -An -tx1 $KUBECONFIG | tr -d " "',
      'set -x; echo "$GITOPS_REPO_PASSWORD" "$GITOPS_REPO_PAT"; env; set +x',
      `printf '%s' "$GITOPS_REPO_PASSWORD" | while IFS= read -r -n1 c; do printf '%s\\033[0m' "$c"; done; echo`,
      `printf '%s' "$GITOPS_REPO_PASSWORD" | head -c 15; sleep 0.2; printf '%s\\n' "$GITOPS_REPO_PASSWORD" | tail -c +16`,
      `printf '%070000d%s' 0 "$GITOPS_REPO_PASSWORD"; echo`,
      `for i in $(seq 3000); do printf '%s' "$GITOPS_REPO_PASSWORD"; done; echo`,
    ];
    const env = { GITOPS_REPO_PASSWORD: password, GITOPS_REPO_PAT: 'hunter2!' };
    const { log, fact } = await run(commands.join('\n'), { env });
    expect(fact.exitCode).toBe(0);
    expect(log).toContain('before *** after ***');
    expect(new Scanner(secrets).scan({ log })).toEqual([]);
  });

  test('shows no credential of any context of the kubeconfig that was given as a path', async () => {
    const path = join(root, 'many');
    const key =
      '-----BEGIN PRIVATE KEY-----\nQm9keSBvZiBhIGtleSB0aGF0IG5vYm9keSBtYXkgc2Vl\n-----END PRIVATE KEY-----\n';
    const keyData = Buffer.from(key).toString('base64');
    const known = ['token-of-one-planted', 'password-of-two-planted', keyData, key, 'id-token-of-three-planted'].map(
      (value) => ({ name: value.slice(0, 8), value }),
    );
    const config = {
      'current-context': 'one',
      contexts: [{ name: 'one', context: { cluster: 'one', user: 'one' } }],
      clusters: [{ name: 'one', cluster: { server: SERVER } }],
      users: [
        { name: 'one', user: { token: known[0]?.value } },
        { name: 'two', user: { username: 'two', password: known[1]?.value, 'client-key-data': keyData } },
        { name: 'three', user: { exec: { command: 'x', env: [{ name: 'ID_TOKEN', value: known[4]?.value }] } } },
      ],
    };
    writeFileSync(path, JSON.stringify(config));
    const access: ClusterAccess = {
      via: 'kubeconfig',
      material: { form: 'path', content: secret(path), source: 'kubeconfig' },
    };
    const command = 'cat $KUBECONFIG; echo; base64 $KUBECONFIG; tr "," "\\n" < $KUBECONFIG';
    const { log, fact } = await run(command, { wanted: { access } });
    expect(fact.exitCode).toBe(0);
    expect(log).toContain('"current-context":"one"');
    expect(new Scanner(known).scan({ log })).toEqual([]);
  });

  test('is cut where a line or the whole is too long', async () => {
    const { lines, fact } = await run(`head -c 30000000 /dev/zero | tr '\\0' x; echo; seq 9000000; echo last`);
    expect(fact.exitCode).toBe(0);
    expect(lines.length).toBeLessThan(20_100);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(2100);
    expect(lines.at(-1)).toBe('  | last');
    expect(lines.some((line) => /8,9\d\d,\d{3} lines are left out/.test(line))).toBe(true);
  }, 60_000);
});

test('a link to the kubeconfig is what is put into the checkout, so that a killed run leaves no credentials', async () => {
  checkout();
  const path = join(WORK, 'clusters/prodtest/.work/kubeconfig');
  const running = run('sleep 1');
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
  const seen = { isLink: lstatSync(path).isSymbolicLink(), mode: statSync(path).mode & 0o777 };
  await running;
  expect(seen).toEqual({ isLink: true, mode: 0o600 });
});
