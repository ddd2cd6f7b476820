import { describe, expect, test } from '@jest/globals';
import { annotations } from '../../src/report/annotations.js';
import { logLines, progressLine, progressLines } from '../../src/report/log.js';
import { outputs } from '../../src/report/outputs.js';
import { golden } from './golden.js';
import {
  adoptionPlan,
  blockedBind,
  crowd,
  greenBind,
  HOSTILE,
  hostile,
  redVerify,
  row,
  stoppedBind,
} from './sample.js';

describe('logLines', () => {
  test.each([
    ['bind-green', greenBind],
    ['bind-blocked', blockedBind],
    ['bind-stopped', stoppedBind],
    ['plan-adoption', adoptionPlan],
    ['verify-red', redVerify],
  ])('%s is logged as agreed', (name, report) => {
    const text = `${logLines(report()).join('\n')}\n`;
    expect(text).toBe(golden(`${name}.log`, text));
  });

  test('the verdict is the last line', () => {
    expect(logLines(greenBind()).at(-1)).toBe(
      'green: cluster prodtest is bound to auth/kubernetes-prodtest in Vault https://vault.example.com:8200',
    );
    expect(logLines(blockedBind()).at(-1)).toMatch(/^red: 2 blockers, nothing was written/);
  });

  test('no line is a command or two', () => {
    for (const line of logLines(hostile())) expect(line).not.toMatch(/::|##\[|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
});

describe('progressLine', () => {
  const before = row('vso.resources', 'every resource is healthy', { state: 'red', detail: '2 of 8' });

  test('says what changed', () => {
    expect(progressLine(undefined, before)).toBe('red vso.resources: every resource is healthy (2 of 8)');
    expect(progressLine(before, { ...before, detail: '1 of 8' })).toBe(
      'red vso.resources: every resource is healthy (1 of 8)',
    );
    expect(progressLine(before, { ...before, state: 'green', detail: '' })).toBe(
      'red -> green vso.resources: every resource is healthy',
    );
    expect(progressLine(before, { ...before, waitedSeconds: 30 })).toBeUndefined();
  });

  test('one line for each row that changed', () => {
    const rows = greenBind().checks;
    const after = rows.map((check) => (check.id === 'mount.ca' ? { ...check, state: 'red' as const } : check));
    expect(progressLines(rows, after)).toEqual([
      'green -> red mount.ca: the stored CA verifies the API server (2 certificates)',
    ]);
  });

  test('is safe', () => {
    for (const text of HOSTILE)
      expect(progressLine(undefined, row(text, text, { detail: text }))).not.toMatch(/::|##\[|[\r\n]/);
  });
});

describe('annotations', () => {
  test('green has none, unless there is a warning', () => {
    expect(annotations(greenBind())).toEqual([]);
    const warned = annotations({ ...greenBind(), warnings: blockedBind().warnings });
    expect(warned).toEqual([
      { level: 'warning', title: 'LOGIN_CLOCK', message: expect.stringMatching(/41 s off.*Next: Set the clocks/) },
    ]);
  });

  test('one error with its top causes', () => {
    const [error, ...others] = annotations(blockedBind());
    expect(error).toMatchObject({ level: 'error', title: expect.stringMatching(/^red: 2 blockers/) });
    expect(error?.message.split('\n')).toHaveLength(2);
    expect(others).toEqual([]);
  });

  test.each([
    ['hostile', hostile()],
    ['crowd', crowd(5000, 5000)],
    [
      'long',
      { ...hostile(), errors: hostile().blockers.map((blocker) => ({ ...blocker, message: 'x '.repeat(9000) })) },
    ],
  ])('%s stays within what GitHub keeps', (_, report) => {
    const all = annotations(report);
    expect(all.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(all.filter(({ level }) => level === 'warning').length).toBeLessThanOrEqual(2);
    for (const { title, message } of all) {
      expect(message.length).toBeLessThanOrEqual(4000);
      expect(title).not.toMatch(/\n/);
      expect(`${title}\n${message}`).not.toMatch(/::|##\[/);
    }
  });
});

describe('outputs', () => {
  test('names what fails, red before unknown', () => {
    const found = outputs(redVerify());
    expect(Object.keys(found)).toEqual([
      'verdict',
      'changed',
      'drift',
      'mount',
      'kubernetes-host',
      'cluster-uid',
      'reviewer-token-expires-at',
      'failed-checks',
    ]);
    const failed: unknown = JSON.parse(found['failed-checks'] ?? '');
    expect(failed).toEqual([
      'mount.reviewer-set',
      'mount.single-writer',
      'login.proof',
      'argocd.applications',
      'application.vault-runtime',
      'vso.resources',
      'secret.bitiq-prodtest/toy-service-config',
      'secret.bitiq-prodtest/toy-web-config',
      'login.capabilities',
    ]);
    expect(outputs(greenBind())).toMatchObject({ verdict: 'green', changed: 'true', 'failed-checks': '[]' });
  });
});
