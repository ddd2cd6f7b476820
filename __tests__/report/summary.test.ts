import { describe, expect, test } from '@jest/globals';
import { problem } from '../../src/binding/errors.js';
import { byteLength } from '../../src/report/markdown.js';
import type { Report } from '../../src/report/model.js';
import { renderSummary } from '../../src/report/summary.js';
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

const LIMIT = 900 * 1024;
const HOUR = 3_600_000;

/** What is read without opening anything. */
function unopened(summary: string): string {
  return summary.replace(/<details><summary>(.*?)<\/summary>[\s\S]*?<\/details>/g, '$1');
}

describe('renderSummary', () => {
  const reports: readonly (readonly [string, () => Report])[] = [
    ['bind-green', greenBind],
    ['bind-blocked', blockedBind],
    ['bind-stopped', stoppedBind],
    ['plan-adoption', adoptionPlan],
    ['verify-red', redVerify],
    ['hostile', hostile],
  ];
  test.each(reports)('%s is rendered as agreed', (name, report) => {
    const summary = renderSummary(report());
    expect(summary).toBe(golden(`${name}.md`, summary));
  });

  test('the first line has verdict, cluster, mount and Vault', () => {
    for (const [, report] of reports.slice(0, 5)) {
      const [first = ''] = renderSummary(report()).split('\n');
      expect(first).toMatch(/^## \S+ (green|red|unknown): /);
      expect(first).toContain('prodtest');
      expect(first).toContain('auth/kubernetes-prodtest');
      expect(first).toContain('https://vault.example.com:8200');
    }
  });

  test('a failed run says all it has to say unopened', () => {
    const text = unopened(renderSummary(redVerify()));
    for (const check of redVerify().checks) {
      const fails = check.state === 'red' || check.state === 'unknown' || check.state === 'skipped';
      expect(
        text.includes(`\`${check.id}\``) ||
          text.includes(check.id.replace('.', '&#46;').replace('/', '&#47;').replaceAll('-', '&#45;')),
      ).toBe(fails);
    }
    const blocked = unopened(renderSummary(blockedBind()));
    for (const { code } of blockedBind().blockers) expect(blocked).toContain(`[${code}]`);
  });

  test('what was not done is not shown as done', () => {
    const summary = renderSummary(stoppedBind());
    expect(summary).toContain('\n! FAILED to create mount config auth/kubernetes-prodtest/config');
    expect(summary).toContain('\n  not reached: create role auth/kubernetes-prodtest/role/kube-auth');
    expect(summary).not.toContain('+ create role');
    expect(summary).toContain('6 of 9 changes made');
  });

  test('how long logins work is counted from now', () => {
    const stops = { ...greenBind(), logStopsAtMs: Date.parse('2026-03-04T00:00:00Z') };
    const at = (iso: string): string => renderSummary(stops, { now: Date.parse(iso) }).split('\n')[2] ?? '';
    expect(at('2026-03-01T01:00:00Z')).toBe('**Logins stop in 71 h (2026-03-04 00:00 UTC)**');
    expect(at('2026-03-03T20:47:30Z')).toBe('**Logins stop in 3 h 12 m (2026-03-04 00:00 UTC)**');
    expect(at('2026-03-04T02:00:00Z')).toBe('**Logins have stopped 2 h ago (2026-03-04 00:00 UTC)**');
    const { logStopsAtMs: _, ...unknown } = stops;
    expect(renderSummary(unknown)).toContain('**It is not known when logins stop**');
  });

  test('a refused login is not hidden behind a token that lives on', () => {
    const summary = renderSummary({ ...redVerify(), logStopsAtMs: Date.parse('2026-03-01T02:04:05Z') + 80 * HOUR });
    expect(summary).toContain('**Logins fail now;');
  });

  test('rows that one command repairs are one thing to do', () => {
    const hint = 'Run bind: it makes it true.';
    const checks = ['mount.enabled', 'mount.host', 'mount.ca'].map((id) => row(id, 'it is so', { state: 'red', hint }));
    const summary = renderSummary({ ...greenBind(), verdict: 'red', checks });
    expect(summary).toContain('also for `mount.host`, `mount.ca`');
    expect(summary.match(/\*\*Next:\*\*/g)).toHaveLength(1);
  });

  test('what could not be read is unknown, not red', () => {
    const errors = [problem('VAULT_SEALED', 'Vault is sealed', 'Run `vault operator unseal` there.')];
    const summary = renderSummary({ ...stoppedBind(), verdict: 'unknown', changed: false, steps: [], errors });
    expect(summary).toMatch(/^## 🟠 unknown: stopped by `VAULT_SEALED`, nothing was written · cluster prodtest/);
    expect(summary).not.toContain('🔴');
  });

  test('a problem is never swallowed by another with the same next step', () => {
    const blockers = ['one', 'two'].map((seen) => problem('PERMISSION_MISSING', seen, 'Write the policy.'));
    const summary = renderSummary({ ...blockedBind(), blockers });
    expect(summary).toContain('**one**');
    expect(summary).toContain('**two**');
  });
});

describe('the size of a summary', () => {
  test('5,000 rows stay far under the limit and the failing ones come first', () => {
    const summary = renderSummary(crowd(5000, 5));
    expect(byteLength(summary)).toBeLessThan(LIMIT);
    const text = unopened(summary);
    for (const index of [4995, 4996, 4997, 4998, 4999])
      expect(text).toMatch(new RegExp(`🔴&nbsp;red \\|[^\\n]*config-0${index}`));
    expect(summary).toContain('and 4,795 more, see the report');
  });

  test('5,000 failing rows are cut with their count', () => {
    const summary = renderSummary(crowd(5000, 5000));
    expect(byteLength(summary)).toBeLessThan(LIMIT);
    expect(summary).toContain('5,000 checks fail');
    expect(summary).toContain('and 4,800 more, see the report');
  });

  test('long hostile text everywhere stays under the limit', () => {
    const long = HOSTILE.join(' ').repeat(40);
    const base = hostile();
    const steps = Array.from({ length: 3000 }, () =>
      base.steps.map((step) => ({ ...step, kind: long, name: long, reason: long })),
    )
      .flat()
      .slice(0, 5000);
    const checks = (['binding', 'gitops', 'contract'] as const).flatMap((category) =>
      (['red', 'pending', 'skipped', 'green'] as const).flatMap((state) =>
        Array.from({ length: 500 }, (_, index) =>
          row(`${index}${long}`, long, { category, state, detail: long, hint: `${index}${long}` }),
        ),
      ),
    );
    const many = Array.from({ length: 500 }, (_, index) => problem('TIMEOUT', long, `${index}${long}`));
    const grants = Array.from({ length: 50 }, () => ({ identity: long, vaultPolicy: long, jwtRole: long, rbac: long }));
    const summary = renderSummary({
      ...base,
      steps,
      checks,
      blockers: many,
      errors: many,
      warnings: many,
      proofs: many.map(() => long),
      grants,
      cluster: long,
      mount: long,
      run: long,
    });
    expect(byteLength(summary)).toBeLessThan(LIMIT);
  });

  test('a failed step is among those shown of a plan that is too long', () => {
    const [first] = stoppedBind().steps.filter((step) => step.op === 'create');
    if (!first) throw new Error('the sample creates something');
    const steps = Array.from({ length: 2000 }, (_, index) => ({
      ...first,
      name: `object-${index}`,
      state: index === 1999 ? ('failed' as const) : ('done' as const),
    }));
    expect(renderSummary({ ...stoppedBind(), steps })).toContain('! FAILED to create ServiceAccount object-1999');
  });
});
