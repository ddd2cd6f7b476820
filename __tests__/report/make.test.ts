import { describe, expect, test } from '@jest/globals';
import type { Code, Problem } from '../../src/binding/errors.js';
import type { LoginOutcome } from '../../src/binding/facts.js';
import type { Intent } from '../../src/binding/intent.js';
import { absent, type Observed, present } from '../../src/binding/observed.js';
import { makePlan } from '../../src/binding/plan.js';
import { changes, stepKey } from '../../src/binding/step.js';
import { bindingChecks } from '../../src/checks/table.js';
import type { Context } from '../../src/context.js';
import { makeReport } from '../../src/report/make.js';
import type { Report } from '../../src/report/model.js';
import type { Outcome } from '../../src/run.js';
import {
  ACCEPTED,
  emptyFacts,
  HOUR,
  healthyFacts,
  NOW,
  record,
  reviewer,
  survey,
  UID,
  UNREAD,
} from '../fixtures/facts.js';
import { HOST, intent, VAULT } from '../fixtures/intent.js';

const RUN = 'https://github.example/runs/2';
const GREEN = healthyFacts();
const NEW = emptyFacts();
/** A difference that bind would mend and no check speaks of. */
const DRIFTED = healthyFacts({ cluster: { probe: absent } });
const CONNECTION = { login: present<LoginOutcome>(ACCEPTED), missing: [], problem: undefined };

function trouble(code: Code): Problem {
  return { code, message: 'it was seen', hint: 'Do this.' };
}

/** The report of a run that saw `facts`, with what else came of it. */
function reported(facts = GREEN, wanted: Partial<Intent> = {}, over: Partial<Outcome> = {}): Report {
  const asked = intent({ checks: ['binding'], ...wanted });
  const seen = survey(facts, asked);
  const view = {
    mode: asked.mode,
    survey: seen,
    missingGrants: present([]),
    missingPaths: present([]),
    connection: CONNECTION,
  };
  const outcome: Outcome = {
    survey: seen,
    plan: makePlan(seen),
    blockers: [],
    preflight: { asked: new Set(), grants: present([]), paths: present([]), blockers: [] },
    applied: undefined,
    connection: undefined,
    checks: bindingChecks(view, []),
    errors: [],
    startedAt: NOW,
    waitedSeconds: 0,
    ...over,
  };
  const ports = { clock: { now: () => NOW + 14_200 }, run: RUN } as unknown as Context['ports'];
  return makeReport({ intent: asked, materials: {}, ports }, outcome, '1.2.3');
}

/** What was applied to a new cluster before the look at `facts`: every step but those that `isLost`. */
function applied(isLost: (kind: string) => boolean = () => false, probe: Observed<LoginOutcome> = present(ACCEPTED)) {
  const before = survey(NEW, intent());
  const plan = makePlan(before);
  const reached = new Set(
    changes(plan)
      .filter(({ kind }) => !isLost(kind))
      .map(stepKey),
  );
  return {
    plan,
    applied: { survey: before, plan, reached, written: reached, probe, connection: CONNECTION, failures: [] },
  };
}

const states = ({ steps }: Report): readonly string[] => [...new Set(steps.map(({ state }) => state))];

describe('a green run', () => {
  const report = reported();

  test('says where, who and when', () => {
    expect(report).toMatchObject({
      version: '1.2.3',
      mode: 'bind',
      verdict: 'green',
      env: 'prodtest',
      cluster: 'prodtest',
      mount: 'kubernetes-prodtest',
      vaultUrl: VAULT,
      vaultNamespace: '',
      vaultVersion: '1.21.4',
      kubernetesHost: HOST,
      clusterUid: UID,
      reviewerTokenExpiresAt: '2026-01-02T23:00:00.000Z',
      logStopsAtMs: NOW + 23 * HOUR,
      startedAt: '2026-01-02T00:00:00.000Z',
      durationMs: 14_200,
      run: RUN,
    });
  });

  test('changed nothing, and has nothing to mend', () => {
    expect([report.changed, report.drift, states(report)]).toEqual([false, false, ['kept']]);
    expect([report.blockers, report.errors, report.warnings, report.grants]).toEqual([[], [], [], []]);
    expect(report.planTitle).toMatch(/^nothing to do: \d+ kept$/);
  });

  test('tells the login that was proved', () => {
    expect(report.proofs).toEqual([
      'login as openshift-gitops/vault-cluster-bind-probe through role vault-cluster-bind-probe; its token is revoked',
    ]);
  });

  test('knows what hide-names has to find', () => {
    expect(report.hidden?.hosts).toEqual(expect.arrayContaining(['vault.example.com', 'api.prod.example.com']));
  });
});

test('what is not known is empty', () => {
  const report = reported(emptyFacts({ cluster: { identity: UNREAD }, vault: { health: UNREAD } }));
  expect([report.clusterUid, report.vaultVersion, report.reviewerTokenExpiresAt]).toEqual(['', '', '']);
  expect('logStopsAtMs' in report).toBe(false);
});

describe('a blocked run', () => {
  test.each<[string, readonly Code[], string]>([
    ['something is wrong', ['MOUNT_FOREIGN'], 'red'],
    ['something could not be looked at', ['VAULT_SEALED'], 'unknown'],
    ['both', ['VAULT_UNREACHABLE', 'PERMISSION_MISSING'], 'red'],
  ])('where %s', (_, codes, verdict) => {
    const blockers = codes.map(trouble);
    const report = reported(NEW, {}, { blockers, checks: [] });
    expect([report.verdict, report.blockers, report.changed]).toEqual([verdict, blockers, false]);
    expect(states(report)).toContain('planned');
    expect(states(report)).not.toContain('done');
  });

  test('green checks do not make up for a blocker', () => {
    expect(reported(GREEN, {}, { blockers: [trouble('MOUNT_NESTED')] }).verdict).toBe('red');
  });

  test('prints the grants when permissions are what is missing', () => {
    const identities = reported(NEW, {}, { blockers: [trouble('PERMISSION_MISSING')] }).grants.map(
      ({ identity }) => identity,
    );
    expect(identities).toContain('bind');
    expect(reported(NEW, {}, { blockers: [trouble('MOUNT_FOREIGN')] }).grants).toEqual([]);
  });
});

describe('a plan', () => {
  test('is green without checks, and prints what bind would do and the grants', () => {
    const report = reported(NEW, { mode: 'plan' }, { checks: [] });
    expect(report.verdict).toBe('green');
    expect(report.changed).toBe(false);
    expect(report.steps.filter(({ op }) => op === 'create').length).toBeGreaterThan(5);
    expect(report.steps.filter(({ op }) => op !== 'keep').map(({ state }) => state)).not.toContain('done');
    expect(report.planTitle).toMatch(/^bind: .*\d+ new/);
    expect(report.grants.length).toBeGreaterThan(0);
  });
});

describe('a run that wrote', () => {
  test('has done what the next look no longer wants', () => {
    const report = reported(GREEN, {}, { ...applied(), connection: CONNECTION });
    expect([report.verdict, report.changed]).toEqual(['green', true]);
    expect(states(report).filter((state) => state !== 'kept')).toEqual(['done']);
    expect(report.planTitle).toMatch(/^bind: /);
    expect(report.proofs).toHaveLength(2);
    expect(report.proofs[1]).toMatch(
      /^login as openshift-gitops\/default through role kube-auth with every capability/,
    );
  });

  test('has failed at what the next look wants still', () => {
    const { steps } = reported(healthyFacts({ cluster: { delegator: absent } }), {}, applied());
    const failed = steps.filter(({ state }) => state === 'failed').map(({ kind }) => kind);
    expect(failed).toEqual(['ClusterRoleBinding']);
  });

  test('has not reached what comes after the failure', () => {
    const isLost = (kind: string): boolean => kind === 'role';
    const report = reported(GREEN, {}, { ...applied(isLost), errors: [trouble('VAULT_ERROR')] });
    expect(report.verdict).toBe('unknown');
    const lost = report.steps.filter(({ state }) => state === 'not-reached');
    expect(lost.length).toBeGreaterThan(0);
    expect(new Set(lost.map(({ kind }) => kind))).toEqual(new Set(['role']));
    expect(report.changed).toBe(true);
  });

  test('has a token only when a login with it was accepted', () => {
    const token = ({ steps }: Report): unknown => steps.find(({ kind }) => kind === 'reviewer token')?.state;
    expect(token(reported(GREEN, {}, applied()))).toBe('done');
    expect(token(reported(GREEN, {}, applied(undefined, UNREAD)))).toBe('failed');
    expect(token(reported(GREEN, {}, applied(undefined, absent)))).toBe('failed');
  });

  test('warns when the API server gave less than was asked, with both figures', () => {
    const wanted = { reviewerTokenTtlSeconds: 72 * 3600 };
    expect(reported(GREEN, wanted, applied()).warnings.map(({ message }) => message)).toEqual([
      '72h were asked for the reviewer token, and the API server gave 24h',
    ]);
    expect(reported(GREEN, wanted).warnings).toEqual([]);
  });

  test('says of a login token that it could not be revoked', () => {
    const facts = healthyFacts({ rest: { liveLogin: present({ ...ACCEPTED, revoked: false } as LoginOutcome) } });
    expect(reported(facts).proofs[0]).toMatch(/could not be revoked and expires by itself$/);
  });
});

describe('a failed run', () => {
  test.each<[readonly Code[], string]>([
    [['CANARY_FAILED'], 'red'],
    [['WRITE_UNVERIFIED'], 'red'],
    [['TIMEOUT'], 'unknown'],
    [['CANCELLED', 'VAULT_NO_LEADER'], 'unknown'],
    [['TIMEOUT', 'LOGIN_REVIEW'], 'red'],
    [['INTERNAL'], 'red'],
  ])('by %j is %s', (codes, verdict) => {
    expect(reported(GREEN, {}, { errors: codes.map(trouble) }).verdict).toBe(verdict);
  });
});

describe('drift', () => {
  test('is told in every mode, and turns a gate alone red', () => {
    const verdicts = (['bind', 'verify'] as const).map((mode) => {
      const { drift, verdict } = reported(DRIFTED, { mode });
      return [mode, drift, verdict];
    });
    expect(verdicts).toEqual([
      ['bind', true, 'green'],
      ['verify', true, 'red'],
    ]);
  });

  test('is no matter of a gate that was not asked about the binding', () => {
    const report = reported(DRIFTED, { mode: 'verify', checks: ['gitops'] });
    expect([report.drift, report.verdict]).toEqual([true, 'green']);
  });

  test('is not a token that is merely due', () => {
    const due = record({ issuedAt: NOW - 20 * HOUR, expiresAt: NOW + 10 * HOUR });
    const report = reported(healthyFacts({ cluster: { reviewer: reviewer(due) } }), { mode: 'verify' });
    expect([report.drift, report.verdict]).toEqual([false, 'green']);
    expect(report.steps.some(({ kind, state }) => kind === 'reviewer token' && state === 'planned')).toBe(true);
  });

  test('is not what could not be read, and that is not green', () => {
    const report = reported(healthyFacts({ vault: { connectionRole: UNREAD } }), { mode: 'verify' });
    expect([report.drift, report.verdict]).toEqual([false, 'unknown']);
  });
});
