import { describe, expect, test } from '@jest/globals';
import type { Facts } from '../../src/binding/facts.js';
import { absent, present } from '../../src/binding/observed.js';
import { SYSTEM_ROWS } from '../../src/checks/binding.js';
import { BINDING_ROWS, bindingChecks } from '../../src/checks/table.js';
import { HOUR, healthyFacts, NOW, record, reviewer, survey, UNREAD } from '../fixtures/facts.js';
import { intent } from '../fixtures/intent.js';
import { type Case, judged, NO_HINT, REPAIR, view } from './view.js';

const GRANT = { verb: 'create', group: '', resource: 'serviceaccounts', namespace: 'openshift-gitops' };
const LEGACY = present({ type: 'kubernetes.io/service-account-token', keys: 3 });
const SEALED = present({
  initialized: true,
  sealed: true,
  standby: false,
  version: '1.21.4',
  clusterId: 'vault-1',
  hasNamespaces: true,
});

const CASES: readonly Case[] = [
  ['cluster.reachable', 'it says which it is', {}, 'green', /^$/, NO_HINT],
  [
    'cluster.reachable',
    'no kube-system',
    { cluster: { identity: absent } },
    'red',
    /kube-system is missing/,
    /^Check that this is/,
  ],
  ['cluster.reachable', 'unread', { cluster: { identity: UNREAD } }, 'unknown', /403/, /^Grant/],
  ['cluster.permissions', 'none missing', {}, 'green', /^$/, NO_HINT],
  [
    'cluster.permissions',
    'one missing',
    { missingGrants: present([GRANT]) },
    'red',
    /^missing: .*create.*serviceaccounts/,
    /mode: plan/,
  ],
  ['cluster.permissions', 'unread', { missingGrants: UNREAD }, 'unknown', /403/, /^Grant/],
  ['cluster.permissions', 'not asked', { missingGrants: absent }, 'unknown', /not asked/, /what stopped/],
  ['vault.reachable', 'a login', {}, 'green', /^$/, NO_HINT],
  ['vault.reachable', 'no token', { vault: { login: absent } }, 'red', /no Vault token/, /vault-\* inputs/],
  ['vault.reachable', 'unread health', { vault: { health: UNREAD } }, 'unknown', /403/, /^Grant/],
  ['vault.reachable', 'unread login', { vault: { login: UNREAD, health: SEALED } }, 'unknown', /403/, /^Grant/],
  ['vault.permissions', 'none missing', {}, 'green', /^$/, NO_HINT],
  [
    'vault.permissions',
    'two missing',
    {
      missingPaths: present([
        { path: 'sys/auth/x', capabilities: ['create', 'sudo'] },
        { path: 'sys/policies/acl/y', capabilities: ['update'] },
      ]),
    },
    'red',
    /^missing: sys\/auth\/x \[create, sudo\]; sys\/policies\/acl\/y \[update\]$/,
    /^Write the policy that mode: plan prints\.$/,
  ],
  ['vault.permissions', 'unread', { missingPaths: UNREAD }, 'unknown', /403/, /^Grant/],
  ['vault.permissions', 'not asked', { missingPaths: absent }, 'unknown', /not asked/, /what stopped/],
  ['reviewer.service-account', 'there', {}, 'green', /^$/, NO_HINT],
  [
    'reviewer.service-account',
    'gone',
    { cluster: { reviewer: absent } },
    'red',
    /^openshift-gitops\/vault-token-reviewer does not exist$/,
    REPAIR,
  ],
  [
    'reviewer.service-account',
    'gone with its namespace',
    { cluster: { reviewer: absent, namespace: absent } },
    'red',
    /^namespace openshift-gitops does not exist$/,
    REPAIR,
  ],
  ['reviewer.service-account', 'unread', { cluster: { reviewer: UNREAD } }, 'unknown', /403/, /^Grant/],
  [
    'reviewer.auth-delegator',
    'by a name of its own',
    { cluster: { delegator: present({ name: 'by-hand', managed: false }) } },
    'green',
    /^by ClusterRoleBinding by-hand$/,
    NO_HINT,
  ],
  [
    'reviewer.auth-delegator',
    'none',
    { cluster: { delegator: absent } },
    'red',
    /^no ClusterRoleBinding gives it system:auth-delegator$/,
    REPAIR,
  ],
  ['reviewer.auth-delegator', 'unread', { cluster: { delegator: UNREAD } }, 'unknown', /403/, /^Grant/],
  ['reviewer.token-expiry', 'time left', {}, 'green', /^logins stop in 23 h$/, NO_HINT],
  [
    'reviewer.token-expiry',
    'due, which is no drift',
    { cluster: { reviewer: reviewer(record({ issuedAt: NOW - 30 * HOUR, expiresAt: NOW + 3.2 * HOUR })) } },
    'green',
    /^logins stop in 3 h 12 m; due for rotation$/,
    NO_HINT,
  ],
  [
    'reviewer.token-expiry',
    'shortened, and long enough',
    { intent: { reviewerTokenTtlSeconds: 3 * 86_400 } },
    'green',
    /^logins stop in 23 h; 72 h were asked for, the API server gave 24 h$/,
    NO_HINT,
  ],
  [
    'reviewer.token-expiry',
    'a minute short of one interval, told in whole seconds by another clock',
    { cluster: { reviewer: reviewer(record({ expiresAt: NOW + 23 * HOUR - 59_000 })) } },
    'green',
    /^logins stop in 22 h 59 m$/,
    NO_HINT,
  ],
  [
    'reviewer.token-expiry',
    'shorter than one interval',
    { cluster: { reviewer: reviewer(record({ expiresAt: NOW + HOUR })) } },
    'red',
    /^logins stop in 60 m; the token lives 2 h, rotations are 24 h apart; 24 h were asked for, the API server gave 2 h$/,
    /^Rotate more often, or raise reviewer-token-ttl/,
  ],
  [
    'reviewer.token-expiry',
    'over',
    { cluster: { reviewer: reviewer(record({ expiresAt: NOW - 2 * HOUR })) } },
    'red',
    /^logins stopped 2 h ago$/,
    REPAIR,
  ],
  [
    'reviewer.token-expiry',
    'over this very moment',
    { cluster: { reviewer: reviewer(record({ expiresAt: NOW })) } },
    'red',
    /^logins stopped 0 s ago$/,
    REPAIR,
  ],
  ['reviewer.token-expiry', 'no reviewer', { cluster: { reviewer: absent } }, 'red', /died with it/, REPAIR],
  ['reviewer.token-expiry', 'no config', { vault: { config: absent } }, 'red', /holds no reviewer token/, REPAIR],
  [
    'reviewer.token-expiry',
    'its anchor gone',
    { cluster: { anchors: { a: absent, b: present({ type: 'Opaque', keys: 0 }), proof: absent } } },
    'red',
    /anchor of the reviewer token is gone/,
    REPAIR,
  ],
  [
    'reviewer.token-expiry',
    'no record of it',
    { cluster: { reviewer: reviewer(null) } },
    'unknown',
    /no record on the reviewer/,
    /^Run bind: it mints/,
  ],
  ['reviewer.token-expiry', 'unread reviewer', { cluster: { reviewer: UNREAD } }, 'unknown', /403/, /^Grant/],
  ['reviewer.token-expiry', 'unread config', { vault: { config: UNREAD } }, 'unknown', /403/, /^Grant/],
  [
    'reviewer.token-expiry',
    'unread anchor',
    { cluster: { anchors: { a: UNREAD, b: absent, proof: absent } } },
    'unknown',
    /403/,
    /^Grant/,
  ],
  ['reviewer.legacy-token', 'none', {}, 'green', /^$/, NO_HINT],
  [
    'reviewer.legacy-token',
    'a Secret of another type by that name',
    { cluster: { legacyToken: present({ type: 'Opaque', keys: 1 }) } },
    'green',
    /^$/,
    NO_HINT,
  ],
  [
    'reviewer.legacy-token',
    'one lives on',
    { cluster: { legacyToken: LEGACY } },
    'red',
    /^Secret openshift-gitops\/vault-token-reviewer holds a reviewer token that never expires$/,
    /kubectl -n openshift-gitops delete secret vault-token-reviewer$/,
  ],
  ['reviewer.legacy-token', 'unread', { cluster: { legacyToken: UNREAD } }, 'unknown', /403/, /^Grant/],
];

test.each(CASES)('%s, %s', (id, _, scene, state, detail, hint) => {
  const found = judged(id, view(scene));
  expect(found.state).toBe(state);
  expect(found.detail).toMatch(detail);
  expect(found.hint).toMatch(hint);
});

test.each(SYSTEM_ROWS)('$id is seen green, red and unknown', ({ id }) => {
  const states = new Set(CASES.filter(([row]) => row === id).map(([, , , state]) => state));
  expect([...states].sort()).toEqual(['green', 'red', 'unknown']);
});

describe('the table', () => {
  test('is all green after a bind that went well', () => {
    const checks = bindingChecks(view(), []);
    expect(checks.filter(({ state }) => state !== 'green').map(({ id }) => id)).toEqual(['policy.isolation']);
    expect(checks.map(({ id }) => id)).toEqual(BINDING_ROWS.map(({ id }) => id));
  });

  test('warns of three things, and all else decides', () => {
    const warnings = BINDING_ROWS.filter(({ severity }) => severity === 'warning').map(({ id }) => id);
    expect(warnings).toEqual(['reviewer.legacy-token', 'policy.isolation', 'openshift.api-url']);
  });

  test.each(BINDING_ROWS)('$id can be skipped by name, and says so', ({ id }) => {
    const checks = bindingChecks(view({ missingGrants: UNREAD, missingPaths: UNREAD }), [id]);
    expect(checks.find((check) => check.id === id)).toMatchObject({
      category: 'binding',
      state: 'skipped',
      detail: 'skipped by skip-checks',
      hint: '',
    });
    expect(checks.filter(({ detail }) => detail === 'skipped by skip-checks')).toHaveLength(1);
  });

  test('in mode bind the next step is to run it again', () => {
    const scene = { cluster: { delegator: absent } };
    const hint = (mode: 'bind' | 'verify'): string | undefined =>
      bindingChecks(view({ ...scene, mode }), []).find(({ id }) => id === 'reviewer.auth-delegator')?.hint;
    expect(hint('verify')).toBe('Run bind: it makes it true.');
    expect(hint('bind')).toBe('Run bind again: it makes it true.');
  });
});

type Looks = Readonly<Record<string, unknown>>;

function isLook(value: unknown): boolean {
  return typeof value === 'object' && value !== null && /^(present|absent)$/.test(String((value as Looks)['state']));
}

/** Where in the facts something was looked at. */
function looks(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (isLook(value)) return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => looks(inner, [...path, key]));
}

function replaced<T>(value: T, [key, ...rest]: readonly string[], look: unknown): T {
  if (key === undefined) return look as T;
  return { ...value, [key]: replaced((value as Looks)[key], rest, look) };
}

describe('what was not read is never green', () => {
  const facts = healthyFacts();
  const paths = looks(facts);
  const state = (id: string, seen: Facts): string =>
    judged(id, { ...view({ mode: 'bind' }), survey: survey(seen, intent()) }).state;
  const pairs = BINDING_ROWS.flatMap(({ id }) =>
    paths
      .filter((path) => state(id, replaced(facts, path, absent)) !== state(id, facts))
      .map((path) => [id, path.join('.'), path] as const),
  );

  test('enough rows hang on what is looked at', () => {
    expect(paths.length).toBeGreaterThan(20);
    expect(new Set(pairs.map(([id]) => id)).size).toBeGreaterThan(12);
  });

  test.each(pairs)('%s, which hangs on %s', (id, _, path) => {
    expect(state(id, replaced(facts, path, UNREAD))).toBe('unknown');
  });

  test('nor is anything when nothing was read', () => {
    const blind = paths.reduce((seen, path) => replaced(seen, path, UNREAD), facts);
    const seen = {
      ...view({ missingGrants: UNREAD, missingPaths: UNREAD, connection: undefined }),
      survey: survey(blind, intent()),
    };
    const states = bindingChecks(seen, []).filter(({ id }) => id !== 'policy.isolation');
    expect(states.filter((check) => check.state !== 'unknown').map((check) => check.id)).toEqual([]);
    for (const { detail, hint } of states) expect([detail, hint]).not.toContain('');
  });
});
