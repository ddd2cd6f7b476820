import { describe, expect, test } from '@jest/globals';
import type { CheckCategory, LiveMode } from '../../src/binding/intent.js';
import type { CheckResult, CheckState, Severity, Verdict } from '../../src/checks/check.js';
import { decides } from '../../src/checks/decide.js';
import { failedChecks, verdictOf } from '../../src/checks/verdict.js';
import { intent } from '../fixtures/intent.js';

function check(state: CheckState, severity: Severity = 'error', category: CheckCategory = 'binding'): CheckResult {
  return {
    id: `${category}.${state}.${severity}`,
    category,
    description: 'it is so',
    severity,
    state,
    detail: '',
    hint: '',
  };
}

const all = (): boolean => true;

describe('the verdict', () => {
  test.each<[readonly CheckState[], Verdict]>([
    [[], 'green'],
    [['green'], 'green'],
    [['green', 'pending'], 'green'],
    [['green', 'skipped'], 'green'],
    [['pending', 'skipped'], 'green'],
    [['green', 'unknown'], 'unknown'],
    [['unknown', 'skipped', 'pending'], 'unknown'],
    [['green', 'red'], 'red'],
    [['unknown', 'red'], 'red'],
    [['red', 'unknown', 'green', 'pending', 'skipped'], 'red'],
  ])('of %j is %s', (states, verdict) => {
    expect(
      verdictOf(
        states.map((state) => check(state)),
        all,
      ),
    ).toBe(verdict);
  });

  test.each<CheckState>(['red', 'unknown'])('a warning that is %s never changes it', (state) => {
    expect(verdictOf([check('green'), check(state, 'warning')], all)).toBe('green');
    expect(verdictOf([check('unknown'), check(state, 'warning')], all)).toBe('unknown');
  });

  test('what does not decide does not count', () => {
    const checks = [check('green'), check('red', 'error', 'gitops')];
    expect(verdictOf(checks, ({ category }) => category === 'binding')).toBe('green');
    expect(verdictOf(checks, all)).toBe('red');
  });
});

test('the failed ones are those that decide and are red or unknown, in their order', () => {
  const checks = [
    check('unknown'),
    check('green'),
    check('red', 'warning'),
    check('pending'),
    check('skipped'),
    check('red'),
    check('red', 'error', 'gitops'),
  ];
  const failed = failedChecks(checks, ({ category }) => category === 'binding');
  expect(failed.map(({ id }) => id)).toEqual(['binding.unknown.error', 'binding.red.error']);
});

describe('which checks decide', () => {
  test.each<[LiveMode, number, boolean]>([
    ['bind', 0, false],
    ['bind', 900, true],
    ['rotate', 0, false],
    ['verify', 0, true],
    ['verify', 900, true],
  ])('%s that waits %d s looks at the checklist: %s', (mode, waitSeconds, gitops) => {
    const decide = decides(intent({ mode, waitSeconds }));
    expect(decide(check('red'))).toBe(true);
    expect(decide(check('red', 'error', 'gitops'))).toBe(gitops);
  });

  test('a category that was not asked for decides nothing', () => {
    const decide = decides(intent({ mode: 'verify', checks: ['gitops'] }));
    expect([decide(check('red')), decide(check('red', 'error', 'gitops'))]).toEqual([false, true]);
  });
});
