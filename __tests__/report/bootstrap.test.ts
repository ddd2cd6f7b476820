import { describe, expect, test } from '@jest/globals';
import { problem } from '../../src/binding/errors.js';
import { bootstrapLines } from '../../src/report/bootstrap.js';
import { headline } from '../../src/report/headline.js';
import { logLines } from '../../src/report/log.js';
import { hideNames } from '../../src/report/redact.js';
import { renderSummary } from '../../src/report/summary.js';
import { BOOTSTRAPS } from './bootstrapped.js';
import { greenBind, row } from './sample.js';

const MAKE = 'make bootstrap-gitops CLUSTER=prodtest';

describe('what a report says of a bootstrap', () => {
  test('in two lines at most', () => {
    const told = BOOTSTRAPS.map((bootstrap) => bootstrapLines({ ...greenBind(), bootstrap }));
    const trace =
      'gitops-bootstrap.json: cluster prodtest, env prodtest, base domain apps.prodtest.example.com, ' +
      'from https://github.com/bitiq-io/gitops at main (0123456789ab), written 2026-03-01T02:04:05Z';
    expect(told).toEqual([
      [`succeeded after 12 m: ${MAKE}`, trace],
      [`failed with exit code 2 after 12 m: ${MAKE}`, 'it left no gitops-bootstrap.json'],
      [`killed by SIGKILL after 12 m: ${MAKE}`, 'gitops-bootstrap.json is from an earlier run'],
      [`did not end in time and was ended after 12 m: ${MAKE}`, 'gitops-bootstrap.json cannot be read'],
      [`was cancelled after 12 m: ${MAKE}`, trace],
      [`could not be started after 12 m: ${MAKE}`, trace],
      [`not reached: ${MAKE}`],
    ]);
  });

  test('is in log and summary, and nowhere without one', () => {
    const [bootstrap] = BOOTSTRAPS;
    if (!bootstrap) throw new TypeError('no bootstrap');
    const report = { ...greenBind(), bootstrap };
    expect(logLines(report).join('\n')).toContain(`bootstrap\n  succeeded after 12 m: ${MAKE}`);
    expect(renderSummary(report)).toContain(`### Bootstrap\n\n- succeeded after 12 m: ${MAKE}`);
    expect(logLines(greenBind()).join('\n') + renderSummary(greenBind())).not.toMatch(/bootstrap/i);
    const shown = renderSummary(report, { hideNames: true }) + JSON.stringify(hideNames(report));
    expect(shown).not.toMatch(/apps\.prodtest|github\.com\/bitiq-io\/gitops"/);
  });

  test('is Markdown that shows as text', () => {
    const bootstrap = { command: 'echo <img src=x> @somebody [x](https://x.example) `a` | b' };
    const summary = renderSummary({ ...greenBind(), bootstrap });
    const outsideCode = summary.replace(/`[^`\n]*`/g, '');
    expect(outsideCode).not.toMatch(/<img|@somebody|\[x\]/);
    expect(summary).toContain('`@somebody`');
  });

  test.each([
    ['BOOTSTRAP_FAILED', [], /^red: the bootstrap failed ·/],
    ['BOOTSTRAP_TIMEOUT', [], /^red: the bootstrap did not end in time ·/],
    ['BOOTSTRAP_FAILED', [row('a', 'b', { state: 'red' })], /^red: the bootstrap failed, 1 check fails ·/],
    ['CANCELLED', [], /^red: stopped by CANCELLED after the bootstrap began ·/],
  ] as const)('opens the headline of a run that ended in %s', (code, checks, line) => {
    const [bootstrap] = BOOTSTRAPS;
    const ran = bootstrap ? { bootstrap } : {};
    const errors = [problem(code, 'seen', 'Do this.')];
    const report = { ...greenBind(), ...ran, verdict: 'red' as const, errors, checks, changed: false, steps: [] };
    expect(headline(report)).toMatch(line);
  });
});
