import { describe, expect, test } from '@jest/globals';
import type { RoleFact } from '../../src/binding/facts.js';
import { globAdmits } from '../../src/binding/name-pattern.js';
import { connectionRole, extraBindings, planRole, probeRole, roleAdmits } from '../../src/binding/role.js';
import { role } from '../fixtures/facts.js';
import { intent } from '../fixtures/intent.js';

const VCO = connectionRole(intent());

/** What is found, and the fields that change by name and value. */
const ROLES: [string, Partial<RoleFact>, Record<string, string>, boolean][] = [
  ['as bind makes it', {}, {}, true],
  ['other account', { serviceAccountNames: ['app'] }, { bound_service_account_names: 'app, default' }, false],
  ['every account', { serviceAccountNames: ['*'] }, {}, true],
  ['accounts by glob', { serviceAccountNames: ['def*'] }, {}, true],
  [
    'accounts by a glob that misses',
    { serviceAccountNames: ['*-x'] },
    { bound_service_account_names: '*-x, default' },
    false,
  ],
  ['a dot is a dot', { serviceAccountNames: ['d.fault'] }, { bound_service_account_names: 'd.fault, default' }, false],
  [
    'other namespace',
    { serviceAccountNamespaces: ['ci'] },
    { bound_service_account_namespaces: 'ci, openshift-gitops' },
    false,
  ],
  ['every namespace', { serviceAccountNamespaces: ['*'] }, {}, true],
  ['namespaces by glob', { serviceAccountNamespaces: ['openshift-*'] }, {}, true],
  [
    'a selector instead of names',
    { serviceAccountNamespaces: [], namespaceSelector: '{"matchLabels":{"a":"b"}}' },
    { bound_service_account_namespaces: 'openshift-gitops' },
    false,
  ],
  ['a selector besides names', { namespaceSelector: '{"matchLabels":{"a":"b"}}' }, {}, true],
  [
    'one policy',
    { tokenPolicies: ['kube-auth'] },
    { token_policies: 'kube-auth, kube-auth-kubernetes-prodtest' },
    false,
  ],
  [
    'a policy of someone',
    { tokenPolicies: ['theirs'] },
    { token_policies: 'theirs, kube-auth, kube-auth-kubernetes-prodtest' },
    false,
  ],
  ['another order', { tokenPolicies: ['kube-auth-kubernetes-prodtest', 'kube-auth'] }, {}, true],
  [
    'no TTL: 32 days',
    { tokenTtlSeconds: 0, tokenMaxTtlSeconds: 0 },
    { token_ttl: '600s', token_max_ttl: '1200s' },
    true,
  ],
  ['no TTL under a short limit', { tokenTtlSeconds: 0, tokenMaxTtlSeconds: 300 }, { token_ttl: '300s' }, true],
  ['a TTL someone chose', { tokenTtlSeconds: 60, tokenMaxTtlSeconds: 3600 }, {}, true],
  ['a long TTL without limit', { tokenTtlSeconds: 7200, tokenMaxTtlSeconds: 0 }, { token_max_ttl: '7200s' }, true],
];

describe('a role that exists', () => {
  test.each(ROLES)('%s', (_name, found, expected, admits) => {
    const { changes } = planRole(VCO, role(found));
    expect(Object.fromEntries(changes.map(({ field, to }) => [field, to]))).toEqual(expected);
    expect(roleAdmits(VCO, role(found))).toBe(admits);
  });

  test.each(ROLES)('needs nothing more once written: %s', (_name, over) => {
    const found = role(over);
    const { fields } = planRole(VCO, found);
    const { namespaceSelector, ...rest } = fields;
    expect(planRole(VCO, { ...found, ...rest, namespaceSelector }).changes).toEqual([]);
    expect(fields.tokenTtlSeconds).toBeLessThanOrEqual(fields.tokenMaxTtlSeconds);
    // A write without the selector would reset it.
    expect(namespaceSelector).toBe(found.namespaceSelector);
    for (const kept of ['serviceAccountNames', 'serviceAccountNamespaces', 'tokenPolicies'] as const)
      expect(fields[kept]).toEqual(expect.arrayContaining([...found[kept]]));
  });
});

describe('a role that is made', () => {
  test('for vault-config-operator', () => {
    expect(planRole(VCO, undefined).fields).toEqual({
      serviceAccountNames: ['default'],
      serviceAccountNamespaces: ['openshift-gitops'],
      tokenPolicies: ['kube-auth', 'kube-auth-kubernetes-prodtest'],
      tokenTtlSeconds: 600,
      tokenMaxTtlSeconds: 1200,
      namespaceSelector: '',
    });
  });

  test('for the probe, without a policy', () => {
    expect(planRole(probeRole(intent()), undefined).fields).toMatchObject({
      serviceAccountNames: ['vault-cluster-bind-probe'],
      tokenPolicies: [],
      tokenTtlSeconds: 300,
    });
  });

  test('with the shared policy alone', () => {
    expect(connectionRole(intent({ connectionPolicyScope: 'shared' })).policies).toEqual(['kube-auth']);
  });
});

test('bindings beyond what is wanted are named', () => {
  const found = role({
    serviceAccountNames: ['*', 'default'],
    serviceAccountNamespaces: ['openshift-gitops', 'ci'],
    tokenPolicies: ['default', 'kube-auth', 'admin'],
    namespaceSelector: '{}',
  });
  expect(extraBindings(VCO, found)).toEqual([
    'ServiceAccount *',
    'namespace ci',
    'policy admin',
    'a namespace selector',
  ]);
  expect(extraBindings(VCO, role())).toEqual([]);
});

test.each([
  ['*', '', true],
  ['a*c', 'abbc', true],
  ['a*c', 'abcd', false],
  ['*gitops', 'openshift-gitops', true],
  ['openshift-gitops', 'openshift-gitops-2', false],
  ['(x', '(x', true],
])('glob %s on "%s": %s', (pattern, name, expected) => {
  expect(globAdmits(pattern, name)).toBe(expected);
});
