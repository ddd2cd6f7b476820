import { expect, test } from '@jest/globals';
import type { ActionResult } from '../../sandbox/github.js';
import { Harvester } from './harvest.js';
import { Scanner } from './scanner.js';
import { password, plantable } from './stage.js';
import { intrusions, surfaces } from './surface.js';

const RESULT: ActionResult = {
  exitCode: 0,
  signal: null,
  stdout: '',
  stderr: '',
  log: '',
  outputs: {},
  state: {},
  exported: {},
  summary: '',
  annotations: [],
  groups: [],
  masks: [],
  otherCommands: [],
  argv: [],
  files: {},
  dir: '/nowhere',
  remove: () => undefined,
};

test.each<[string, (secret: string) => Partial<ActionResult>]>([
  ['stdout', (secret) => ({ stdout: `fine\nvault said: ${secret}\n` })],
  ['stderr', (stderr) => ({ stderr })],
  ['log', (log) => ({ log })],
  ['summary', (secret) => ({ summary: `| ${secret} |` })],
  ['outputs', (mount) => ({ outputs: { mount } })],
  ['GITHUB_ENV', (TOKEN) => ({ exported: { TOKEN } })],
  ['annotations', (message) => ({ annotations: [{ level: 'error', title: '', message }] })],
  ['argv', (secret) => ({ argv: [`node main.js ${secret}`] })],
  ['file temp/report.json', (secret) => ({ files: { 'temp/report.json': secret } })],
])('a leak in %s is found', (surface, leaky) => {
  const secret = password('planted');
  const scanner = new Scanner([password('other'), secret]);
  expect(scanner.scan(surfaces({ ...RESULT, ...leaky('nothing') }, 'main'))).toEqual([]);
  const found = scanner.scan(surfaces({ ...RESULT, ...leaky(secret.value) }, 'main'));
  expect(found).toEqual([{ secret: 'planted', encoding: 'raw', surface: `main: ${surface}` }]);
});

test('a mask registration is no leak, and the same value after it is', () => {
  const { name, value } = password('planted');
  const scan = (stdout: string) => new Scanner([{ name, value }]).scan(surfaces({ ...RESULT, stdout }, 'main'));
  expect(scan(`::add-mask::${value}\n`)).toEqual([]);
  expect(scan(`::add-mask::${value}\n${value}\n`)).toHaveLength(1);
  expect(scan(`mask ::add-mask::${value}\n`)).toHaveLength(1);
});

test('a part of a secret is found, of 19 characters and more', () => {
  const secret = plantable('planted');
  const scanner = new Scanner([secret]);
  for (let at = 0; at + 19 <= secret.value.length; at += 1) {
    expect(scanner.scan({ text: `…${secret.value.slice(at, at + 19)}…` })).not.toEqual([]);
  }
  const base64 = Buffer.from(`{"data":"${secret.value}"}`).toString('base64');
  expect(scanner.scan({ text: base64.slice(20, 50) })).toMatchObject([{ secret: 'planted' }]);
});

test('tokens are learnt from requests, answers and headers', () => {
  const [jwt, token] = [`eyJhbGciOiJSUzI1NiJ9.${'p'.repeat(20)}.${'s'.repeat(20)}`, `s.${'t'.repeat(24)}`];
  const base = { method: 'POST', path: '/v1/x?query', headers: {}, body: '', answer: null, faulted: false };
  const exchanges = [
    { ...base, headers: { authorization: 'Bearer opaque', 'x-vault-token': 'given' } },
    { ...base, body: `{"jwt":"${jwt}"}` },
    { ...base, answer: { status: 200, body: `{"auth":{"client_token":"${token}"}}` } },
  ];
  const harvester = new Harvester();
  harvester.read(['minted'], [exchanges.slice(0, 1), exchanges.slice(1)]);
  exchanges.push({ ...base, body: '{"secret_id": "later"}' });
  harvester.read(['minted'], [exchanges]);
  const values = harvester.found.map(({ value }) => value);
  expect(values).toEqual(['minted', 'given', 'opaque', jwt, token, 'later']);
});

test.each([
  ['a command', '::set-output name=verdict::green'],
  ['an old command within a line', 'red ##[add-path]/tmp'],
  ['an end of masking', '::stop-commands::x'],
  ['an escape sequence', '\u001b[2Jgone'],
  ['a bidi override', 'abc\u202edef'],
])('%s on stdout is an intrusion', (_, line) => {
  expect(intrusions({ ...RESULT, stdout: '::group::fine\nred\n::endgroup::\n' })).toEqual([]);
  expect(intrusions({ ...RESULT, stdout: `${line}\n` })).toContain(line);
});
