import { expect, test } from '@jest/globals';
import type { SecondWriter } from '../../src/binding/facts.js';
import { absent, present } from '../../src/binding/observed.js';
import { role, UNREAD } from '../fixtures/facts.js';
import { judged, type Scene, view } from './view.js';

const CONFIG: SecondWriter = {
  kind: 'KubernetesAuthEngineConfig',
  ref: { namespace: 'vault-config', name: 'cluster' },
  path: 'auth/kubernetes-prodtest/config',
  harmless: false,
};
const TUNE: SecondWriter = {
  kind: 'AuthEngineMount',
  ref: { namespace: 'vault-config', name: 'kubernetes' },
  path: 'sys/auth/kubernetes-prodtest',
  harmless: false,
};
const CONFIGURED = 'path "auth/kubernetes-prodtest/config" { capabilities = ["read", "update"] }';
const GUARDED = CONFIGURED.replace(' }', '\n  denied_parameters = { "token_reviewer_jwt" = ["", null] }\n}');
const TUNED = 'path "sys/auth/kubernetes-prodtest/tune" { capabilities = ["update", "sudo"] }';
const LESS = TUNED.replace(', "sudo"', '');
const DENIED = 'path "auth/kubernetes-prodtest/config" { capabilities = ["deny"] }';

/** These writers, while the connection role holds base and mount policy with these texts. */
function scene(writers: readonly SecondWriter[], base = '', own = ''): Scene {
  return {
    cluster: { secondWriters: present(writers) },
    vault: { basePolicy: present({ text: base }), mountPolicy: present({ text: own }) },
  };
}

const found = (seen: Scene): { state: string; severity?: string; detail: string; hint: string } =>
  judged('mount.single-writer', view(seen));

test.each([{}, { cluster: { secondWriters: absent } }])('nobody else writes: %j', (seen) => {
  expect(found(seen)).toEqual({ state: 'green', detail: '', hint: '' });
});

test('who else writes was not read', () => {
  expect(found({ cluster: { secondWriters: UNREAD } })).toMatchObject({ state: 'unknown', hint: 'Grant get on it.' });
});

test.each<[string, SecondWriter, string, string]>([
  ['the policies of bind', CONFIG, 'path "sys/auth" { capabilities = ["read"] }', ''],
  ['no right to tune', TUNE, CONFIGURED, ''],
  ['a tune without sudo', TUNE, LESS, ''],
  ['another mount', CONFIG, CONFIGURED.replaceAll('prodtest', 'stage'), ''],
  ['a deny beside it', CONFIG, CONFIGURED, DENIED],
  ['a guard against a blank token', CONFIG, GUARDED, ''],
])('refused by %s: it fails harmlessly, and is told', (_, writer, base, own) => {
  const { state, severity, detail, hint } = found(scene([writer], base, own));
  expect([state, severity]).toEqual(['red', 'warning']);
  expect(detail).toBe(
    `${writer.kind} vault-config/${writer.ref.name} computes to auth/kubernetes-prodtest; its policies refuse the write`,
  );
  expect(hint).toContain('Do not render it');
});

test.each<[string, SecondWriter, string, string]>([
  ['the base policy', CONFIG, CONFIGURED, 'each reconcile wipes the reviewer token'],
  [
    'a glob',
    CONFIG,
    'path "auth/*" { capabilities = ["create", "update"] }',
    'each reconcile wipes the reviewer token',
  ],
  [
    'a guard that does not stop a token of its own',
    { ...CONFIG, harmless: true },
    GUARDED,
    'each reconcile puts its own host, CA and reviewer token in place of ours',
  ],
  ['a right to tune', TUNE, TUNED, 'each reconcile tunes the mount'],
])('let in by %s', (_, writer, base, harm) => {
  const { state, detail, hint } = found(scene([writer], base));
  expect(state).toBe('red');
  expect(detail).toBe(
    `${writer.kind} vault-config/${writer.ref.name} computes to auth/kubernetes-prodtest and may write it: ${harm}`,
  );
  expect(hint).toContain('Do not render it');
});

test('the policy of the mount counts as the base policy does', () => {
  expect(found(scene([CONFIG], '', CONFIGURED)).state).toBe('red');
});

test('of several the worst is told, and all are named', () => {
  const { state, detail } = found(scene([TUNE, CONFIG], CONFIGURED, TUNED));
  expect(state).toBe('red');
  expect(detail).toBe(
    'AuthEngineMount vault-config/kubernetes, KubernetesAuthEngineConfig vault-config/cluster compute to auth/kubernetes-prodtest and may write it: each reconcile wipes the reviewer token',
  );
});

test('a policy that the role does not hold lets nobody in', () => {
  const { vault = {}, ...rest } = scene([CONFIG], CONFIGURED);
  const connectionRole = present(role({ tokenPolicies: ['kube-auth-kubernetes-prodtest'] }));
  expect(found({ ...rest, vault: { ...vault, connectionRole } })).toMatchObject({ state: 'red', severity: 'warning' });
});

test.each([
  ['the role', { connectionRole: UNREAD }, /compute?s? to .*; get it: 403$/],
  ['the base policy', { basePolicy: UNREAD }, /; get it: 403$/],
  ['the policy of the mount', { mountPolicy: UNREAD }, /; get it: 403$/],
  [
    'a policy of somebody else',
    { connectionRole: present(role({ tokenPolicies: ['kube-auth', 'by-hand', 'default'] })) },
    /, and whether policy by-hand lets it write was not read$/,
  ],
])('%s was not read, so nobody can say no', (_, vault, detail) => {
  const seen = scene([CONFIG]);
  const { state, detail: told, hint } = found({ ...seen, vault: { ...seen.vault, ...vault } });
  expect(state).toBe('unknown');
  expect(told).toMatch(/^KubernetesAuthEngineConfig vault-config\/cluster computes to auth\/kubernetes-prodtest/);
  expect(told).toMatch(detail);
  expect(hint).not.toBe('');
});

test('what is known to let it in is red, whatever else was not read', () => {
  const seen = scene([CONFIG], CONFIGURED);
  expect(found({ ...seen, vault: { ...seen.vault, mountPolicy: UNREAD } }).state).toBe('red');
});

test('by the shared policy alone, the policy of the mount is one that nobody read', () => {
  const seen = { ...scene([CONFIG]), intent: { connectionPolicyScope: 'shared' as const } };
  expect(found(seen)).toMatchObject({ state: 'unknown' });
  expect(found({ ...scene([CONFIG], CONFIGURED), ...{ intent: seen.intent } }).state).toBe('red');
});
