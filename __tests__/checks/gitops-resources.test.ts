import { describe, expect, test } from '@jest/globals';
import type { ConditionFact, ResourceFact } from '../../src/binding/facts.js';
import { ForeignText } from '../../src/binding/foreign.js';
import { causeOf } from '../../src/checks/gitops-cause.js';
import { judged } from '../../src/checks/gitops-judgement.js';
import { FAILURE_EVENT, isAmbiguous, judgeVco } from '../../src/checks/vco.js';
import { judgeVso } from '../../src/checks/vso.js';
import { condition, NOW, resource } from './gitops-facts.js';

const MINUTE = 60_000;
const LOGIN_403 =
  'URL: PUT https://u:hunter2hunter2@vault:8200/v1/auth/kubernetes-prodtest/login\nCode: 403. Errors:\n\n* permission denied';

const success = (minutesAgo: number, generation = 1) =>
  condition('ReconcileSuccessful', 'True', { changedAt: NOW - minutesAgo * MINUTE, observedGeneration: generation });
const failure = (minutesAgo: number, generation = 1) =>
  condition('ReconcileFailed', 'False', {
    changedAt: NOW - minutesAgo * MINUTE,
    observedGeneration: generation,
    message: LOGIN_403,
  });
const event = (minutesAgo: number) => condition(FAILURE_EVENT, 'True', { changedAt: NOW - minutesAgo * MINUTE });
const noEvent = condition(FAILURE_EVENT, 'False');
const noRight = condition(FAILURE_EVENT, 'Unknown');

const VCO: [string, ConditionFact[], string, Partial<ResourceFact>?][] = [
  ['no condition', [], 'pending'],
  ['success alone', [success(90)], 'ok'],
  ['failure alone, though its status is False', [failure(5)], 'failed'],
  ['success of an older generation', [success(90, 1)], 'pending', { generation: 2 }],
  ['success now, failure of an older generation', [failure(9, 1), success(90, 2)], 'ok', { generation: 2 }],
  ['failure now, success of an older generation', [success(1, 1), failure(90, 2)], 'failed', { generation: 2 }],
  ['success that is not True', [condition('ReconcileSuccessful', 'False')], 'pending'],
  ['failed, then succeeded, no Event left', [failure(90), success(80), noEvent], 'ok'],
  ['failed, then succeeded, last Event before', [failure(9), success(8), event(8.5)], 'ok'],
  ['failed, succeeded, failing again', [failure(90), success(80), event(2)], 'failed'],
  ['failed, succeeded, an Event long after', [failure(190), success(180), event(40)], 'unclear'],
  ['failed, then succeeded, Events forbidden', [failure(90), success(80), noRight], 'unclear'],
  ['failed, then succeeded, Events not asked', [failure(90), success(80)], 'unclear'],
  ['same second, long ago', [failure(30), success(30), event(30)], 'ok'],
  ['same second, just now', [failure(0.5), success(0.5), event(0.5)], 'unclear'],
  ['succeeded, then failed just now', [success(90), failure(3), event(3)], 'failed'],
  ['succeeded, then failed, Events stopped', [success(190), failure(180), noEvent], 'unclear'],
  ['succeeded, then failed, Events forbidden', [success(190), failure(180), noRight], 'failed'],
  [
    'times that cannot be read',
    [condition('ReconcileSuccessful', 'True'), condition('ReconcileFailed', 'False'), noEvent],
    'unclear',
  ],
  ['deleting', [success(1)], 'pending', { deleting: true }],
];

describe('a vault-config-operator resource', () => {
  test.each(VCO)('%s', (...row) => {
    const [, conditions, state, more] = row;
    const judgement = judgeVco(resource('Policy', conditions, more), NOW);
    expect(judgement.state).toBe(state);
    if (state !== 'ok') expect(judgement.note).not.toBe('');
    expect(JSON.stringify(judgement)).not.toContain('hunter2');
  });

  test('shows cause, HTTP code and path, never the message', () => {
    const { note, code } = judgeVco(resource('Policy', [failure(1)]), NOW);
    expect(note).toBe('login refused (403, auth/kubernetes-prodtest/login)');
    expect(code).toBe('LOGIN_FAILED');
  });

  test('is ambiguous only when both are of this generation', () => {
    expect(isAmbiguous(resource('Policy', [failure(9), success(8)]))).toBe(true);
    expect(isAmbiguous(resource('Policy', [failure(9, 1), success(8, 2)], { generation: 2 }))).toBe(false);
  });

  test('one that cannot be told makes the row unknown, one that failed red', () => {
    const unclear = resource('Policy', [failure(90), success(80)]);
    const judge = (one: ResourceFact) => judgeVco(one, NOW);
    expect(judged([unclear, resource('Policy', [success(9)])], judge, 'x').state).toBe('unknown');
    expect(judged([unclear, resource('Policy', [failure(9)])], judge, 'x').state).toBe('red');
  });
});

const STATIC = 'VaultStaticSecret';
const healthy = (status: string, generation = 1) => condition('Healthy', status, { observedGeneration: generation });
const synced = (status: string, message = '') => condition('SecretSynced', status, { message });

const VSO: [string, ResourceFact, string, RegExp][] = [
  ['no status', resource(STATIC, []), 'pending', /not reconciled yet/],
  ['healthy and current', resource(STATIC, [healthy('True')], { lastGeneration: 1 }), 'ok', /^$/],
  [
    'healthy, an older generation',
    resource(STATIC, [healthy('True')], { lastGeneration: 1, generation: 2 }),
    'pending',
    /generation 2/,
  ],
  ['healthy without lastGeneration', resource(STATIC, [healthy('True')]), 'pending', /generation 1/],
  [
    'stale SecretSynced',
    resource(STATIC, [synced('False'), healthy('True')], { lastGeneration: 1 }),
    'ok',
    /SecretSynced is still False/,
  ],
  ['before 1.0', resource(STATIC, [], { lastGeneration: 1 }), 'unclear', /no conditions/],
  [
    'unhealthy',
    resource(STATIC, [healthy('False'), synced('False', 'empty response from Vault, path="gitops/data/data/x"')], {
      lastGeneration: 1,
    }),
    'failed',
    /no secret at the path \(gitops\/data\/data\/x\)/,
  ],
  [
    'unhealthy, cause unknown',
    resource(STATIC, [healthy('Unknown')], { lastGeneration: 1 }),
    'failed',
    /cause not recognised/,
  ],
  ['deleting', resource(STATIC, [healthy('True')], { lastGeneration: 1, deleting: true }), 'pending', /being deleted/],
  ['connection without status', resource('VaultConnection', []), 'pending', /not reconciled/],
  ['valid connection', resource('VaultConnection', [healthy('True')], { valid: true }), 'ok', /^$/],
  [
    'valid connection, conditions of old',
    resource('VaultConnection', [healthy('True', 1)], { valid: true, generation: 2 }),
    'pending',
    /generation 2/,
  ],
  [
    'connection that cannot reach Vault',
    resource(
      'VaultConnection',
      [
        healthy('False'),
        condition('VaultPing', 'False', {
          message: 'Get "https://v:8200/v1/sys/seal-status": dial tcp: lookup v: no such host',
        }),
      ],
      { valid: false },
    ),
    'failed',
    /Vault unreachable/,
  ],
  ['auth by valid alone', resource('VaultAuth', [], { valid: true }), 'ok', /^$/],
  [
    'auth that is valid yet unhealthy',
    resource('VaultAuth', [healthy('False')], { valid: true }),
    'failed',
    /not recognised/,
  ],
  [
    'auth without its connection',
    resource('VaultAuth', [condition('Error', 'False', { message: 'VaultConnection "vault" not found' })], {
      valid: false,
    }),
    'failed',
    /referenced object missing/,
  ],
];

describe('a vault-secrets-operator resource', () => {
  test.each(VSO)('%s', (_name, one, state, note) => {
    const judgement = judgeVso(one);
    expect(judgement.state).toBe(state);
    expect(judgement.note).toMatch(note);
  });

  test('a note on a healthy one is shown and stays green', () => {
    const one = resource(STATIC, [synced('False'), healthy('True')], { lastGeneration: 1 });
    expect(judged([one], judgeVso, 'x')).toMatchObject({ state: 'green', detail: expect.stringContaining('warning') });
  });
});

const CAUSES: [string, string][] = [
  [LOGIN_403, 'login refused (403, auth/kubernetes-prodtest/login)'],
  [
    'URL: PUT https://v/v1/auth/k/login\nCode: 400. Errors:\n\n* invalid role name "gitops-prodtest"',
    'role does not exist (gitops-prodtest, 400)',
  ],
  ['Code: 403. Errors:\n\n* service account name not authorized', 'ServiceAccount not bound by the role (403)'],
  ['Code: 403. Errors:\n\n* namespace not authorized', 'namespace not bound by the role (403)'],
  [
    'Code: 403. Errors:\n\n* invalid audience (aud) claim: audience claim does not match any expected audience',
    'audience not accepted (403)',
  ],
  [
    'URL: PUT https://v/v1/auth/k/login\nCode: 500. Errors:\n\n* could not load backend configuration',
    'mount not configured (500, auth/k/login)',
  ],
  [
    'URL: PUT https://v/v1/sys/policies/acl/gitops\nCode: 403. Errors:\n\n* 1 error occurred:\n\t* permission denied',
    'policy denies the path (403, sys/policies/acl/gitops)',
  ],
  [
    'Code: 400. Errors:\n\n* path is already in use at kubernetes-prodtest/',
    'path already in use (kubernetes-prodtest/, 400)',
  ],
  [
    'Put "https://v:8200/v1/auth/k/login": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'TLS not verified (auth/k/login)',
  ],
  [
    'Put "https://v:8200/v1/auth/k/login": dial tcp 10.0.0.1:8200: connect: connection refused',
    'Vault unreachable (auth/k/login)',
  ],
  ['empty response from Vault, path="gitops/data/x"', 'no secret at the path (gitops/data/x)'],
  [
    'target namespace "ci" is not allowed by kind=VaultAuth obj=a/b, allowedNamespaces=[]',
    'namespace not allowed (ci)',
  ],
  ['Policy.redhatcop.redhat.io "x" is invalid: spec.path: Required value', 'required field missing (spec.path)'],
  ['no matches for kind "Policy" in version "redhatcop.redhat.io/v1alpha1"', 'CRD missing when it was applied'],
  ['Code: 503. Errors:\n\n* Vault is sealed', 'Vault is sealed (503)'],
  [
    'Code: 404. Errors:\n\n* no handler for route "auth/x/login". route entry not found.',
    'no such path in Vault (404)',
  ],
];

describe('the cause of a failure', () => {
  test.each(CAUSES)('%j', (message, text) => {
    expect(causeOf(new ForeignText(message))?.text).toBe(text);
  });

  test('is not guessed', () => {
    expect(causeOf(new ForeignText('value hunter2 is wrong'))).toBeUndefined();
    expect(causeOf(new ForeignText(''))).toBeUndefined();
  });

  test('of a hostile message is found without hanging', () => {
    const hostile = `${'/v1/'.repeat(2000)}${'/login'.repeat(1000)}`;
    expect(causeOf(new ForeignText(hostile))?.text.length).toBeLessThan(600);
  });
});
