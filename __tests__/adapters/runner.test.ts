import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { parseCommandFile } from '../../sandbox/runner/command-file.ts';
import { LogReader, type StepLog } from '../../sandbox/runner/log.ts';
import { createRunner, type Runner, VERSION } from '../../src/adapters/runner.js';
import { cleanLine } from '../../src/adapters/runner-log.js';

const folder = mkdtempSync(join(tmpdir(), 'runner-'));
const file = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(file(name), 'utf8');
const before = { ...process.env };

const ACTIONS = {
  GITHUB_ACTIONS: 'true',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'bitiq-io/clusters',
  GITHUB_RUN_ID: '7',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_OUTPUT: file('output'),
  GITHUB_STATE: file('state'),
  GITHUB_STEP_SUMMARY: file('summary'),
  RUNNER_TEMP: folder,
};
const LAPTOP = Object.fromEntries(Object.keys(ACTIONS).map((name) => [name, '']));

beforeEach(() => {
  for (const name of ['output', 'state', 'summary']) writeFileSync(file(name), '');
});
afterEach(() => {
  process.env = { ...before };
});
afterEach(() => {
  jest.restoreAllMocks();
});
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** What `work` prints, raw and as the runner reads it. */
function printed(env: Record<string, string>, work: (runner: Runner) => void): { raw: string; log: StepLog } {
  Object.assign(process.env, env);
  const chunks: string[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => chunks.push(String(chunk)) > 0);
  work(createRunner());
  jest.restoreAllMocks();
  const reader = new LogReader();
  for (const line of chunks.join('').split('\n')) reader.read(line);
  return { raw: chunks.join(''), log: reader.finish() };
}

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJlLW9mLWl0';
const KUBECONFIG = `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: Q0EtaXMtbm8tc2VjcmV0
    server: https://api.prodtest.example:6443
users:
- name: admin
  user:
    client-key-data: "cHJpdmF0ZS1rZXk="
    token: ${JWT}
`;

test('inputs are read as they were given, trimmed', () => {
  const env = { 'INPUT_VAULT-URL': ' https://v ', INPUT_MODE: '', 'INPUT_VUALT-URL': 'x', OTHER: 'y' };
  expect(createRunner(env).inputs).toEqual({ 'vault-url': 'https://v', mode: '', 'vualt-url': 'x' });
});

test('a run has a name, also on a laptop', () => {
  const runner = createRunner(ACTIONS);
  expect(runner.run).toBe('https://github.com/bitiq-io/clusters/actions/runs/7/attempts/2');
  expect(runner.userAgent).toBe(`vault-cluster-bind/${VERSION} (+${runner.run})`);
  expect(createRunner({}).run).toMatch(/^local:[^\s@]+@\S+$/);
  expect(VERSION).toBe(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version);
});

describe('masking', () => {
  test('a token, and the parts of a JWT', () => {
    const { log } = printed(ACTIONS, ({ secret }) => {
      secret('a', 'hvs.CAESIJ-secret');
      secret('b', JWT);
      secret('short', 'abc');
      secret('again', JWT);
    });
    const [, payload, signature] = JWT.split('.');
    expect(log.masks).toEqual(['hvs.CAESIJ-secret', JWT, payload, signature]);
  });

  test('a key by its lines, without its armour and its short last line', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASC\nBKc=\n-----END PRIVATE KEY-----\n';
    const { log } = printed(ACTIONS, ({ secret }) => void secret('key', key));
    expect(log.masks).toEqual([Buffer.from(key).toString('base64'), 'MIIEvQIBADANBgkqhkiG9w0B', 'AQEFAASC']);
  });

  test('a kubeconfig by what is secret in it, so that names stay readable', () => {
    const { log } = printed(ACTIONS, ({ secret, log: out }) => {
      secret('kubeconfig', KUBECONFIG);
      out.info(`server https://api.prodtest.example:6443 kind: Config cHJpdmF0ZS1rZXk= ${JWT.split('.')[2]}`);
    });
    expect(log.text).toContain('server https://api.prodtest.example:6443 kind: Config *** ***');
  });

  test('prints nothing on a laptop', () => {
    const { raw } = printed(LAPTOP, ({ secret }) => void secret('a', 'hvs.CAESIJ-secret'));
    expect(raw).toBe('');
  });

  test('comes before the token is kept for the post step', () => {
    const { log } = printed(ACTIONS, ({ secret, keepToken }) => {
      keepToken(secret('one', 'hvs.one-token'));
      keepToken(secret('two', 'hvs.two-token'));
    });
    expect(log.masks).toEqual(['hvs.one-token', 'hvs.two-token']);
    const state = parseCommandFile(text('state'));
    expect(state).toEqual({ 'vault-tokens': 'hvs.one-token hvs.two-token' });
    const post = createRunner({ 'STATE_vault-tokens': state['vault-tokens'] });
    expect(post.keptTokens().map((token) => token.reveal())).toEqual(['hvs.one-token', 'hvs.two-token']);
    expect(createRunner({}).keptTokens()).toEqual([]);
  });
});

describe('the log', () => {
  test('annotations carry a title, groups fold, and nothing in a line is a command', () => {
    const { log, raw } = printed(ACTIONS, ({ log: out }) => {
      out.info('first\n::set-env name=A::b\r\n##[add-path]/tmp');
      out.warning('drift', 'host 100% wrong\n::error::forged');
      out.group('plan: 1 new', ['  mount', 'x ##[group]forged']);
    });
    expect(log.others).toEqual([]);
    expect(log.groups).toEqual(['plan: 1 new']);
    expect(log.annotations).toEqual([
      { level: 'warning', title: 'drift', message: 'host 100% wrong : :error: :forged' },
    ]);
    expect(raw).toContain('\n  mount\n');
  });

  test('on a laptop it is plain text', () => {
    const { raw } = printed(LAPTOP, ({ log: out, output, keepToken, secret }) => {
      out.error('VAULT_SEALED', 'Vault is sealed');
      out.group('plan', ['one']);
      output('verdict', 'green');
      keepToken(secret('a', 'hvs.CAESIJ-secret'));
    });
    expect(raw).toBe('error: VAULT_SEALED: Vault is sealed\nplan\n  one\n');
  });

  test.each([
    ['a\u202eb\u0007c', 'a b c'],
    ['url https://user:pw-of-it@host.example/x', 'url https://host.example/x'],
    [`token ${JWT} end`, 'token [removed] end'],
    ['key -----BEGIN RSA PRIVATE KEY----- MIIE', 'key [removed]'],
    [`${'long '.repeat(400)}end`, `${'long '.repeat(400)}end`],
  ])('cleans %j', (line, clean) => {
    expect(cleanLine(line)).toBe(clean);
  });
});

test('outputs are written to the file, line breaks and all', () => {
  printed(ACTIONS, ({ output }) => output('failed-checks', '["a"]\nx=y'));
  expect(parseCommandFile(text('output'))).toEqual({ 'failed-checks': '["a"]\nx=y' });
});

describe('the summary', () => {
  test('is appended to, and ends before the runner would drop it', () => {
    writeFileSync(file('summary'), 'before\n');
    printed(ACTIONS, ({ summary }) => summary('# green\n'));
    expect(text('summary')).toBe('before\n# green\n');
    printed(ACTIONS, ({ summary }) => summary('a row with ü\n'.repeat(200_000)));
    expect(Buffer.byteLength(text('summary'))).toBeLessThanOrEqual(1024 * 1024);
    expect(text('summary').endsWith('a row with ü\n')).toBe(true);
  });

  test.each([
    ['unset', ''],
    ['not writable', '/nowhere/at/all'],
  ])('falls back to a log group where the file is %s', (_name, path) => {
    const { log } = printed({ ...ACTIONS, GITHUB_STEP_SUMMARY: path }, ({ summary }) => summary('# green\n- one'));
    expect(log.groups).toEqual(['summary']);
    expect(log.text).toContain('- one');
  });
});
