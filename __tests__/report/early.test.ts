import { expect, test } from '@jest/globals';
import type { Code, Problem } from '../../src/binding/errors.js';
import { causes } from '../../src/report/cause.js';
import { earlyReport } from '../../src/report/early.js';
import { headline } from '../../src/report/headline.js';
import { outputs } from '../../src/report/outputs.js';
import { NOW } from '../fixtures/facts.js';
import { HOST, intent, VAULT } from '../fixtures/intent.js';

const RUN = 'https://github.example/runs/2';

function trouble(code: Code): Problem {
  return { code, message: 'it was seen', hint: 'Do this.' };
}

test('inputs that could not be read: every problem, and nothing else is known', () => {
  const problems = [trouble('INPUT_UNKNOWN'), trouble('INPUT_MISSING')];
  const report = earlyReport(problems, undefined, '1.2.3', RUN, NOW);
  expect(report).toMatchObject({
    version: '1.2.3',
    mode: 'bind',
    verdict: 'red',
    blockers: problems,
    errors: [],
    changed: false,
    drift: false,
    startedAt: '2026-01-02T00:00:00.000Z',
    run: RUN,
  });
  const names = [report.env, report.cluster, report.mount, report.vaultUrl, report.kubernetesHost, report.clusterUid];
  expect(names.join('')).toBe('');
  expect([report.steps, report.checks, report.grants, report.proofs, report.warnings].flat()).toEqual([]);
});

test('what was asked for is told as soon as it is known', () => {
  const asked = intent({ mode: 'verify', kubernetesHost: HOST, vault: { namespace: 'team' } });
  expect(earlyReport([trouble('KUBECONFIG_CONTEXT')], asked, '1.2.3', RUN, NOW)).toMatchObject({
    mode: 'verify',
    env: 'prodtest',
    cluster: 'prodtest',
    mount: 'kubernetes-prodtest',
    vaultUrl: VAULT,
    vaultNamespace: 'team',
    kubernetesHost: HOST,
  });
  expect(earlyReport([trouble('KUBECONFIG_CONTEXT')], intent(), '1.2.3', RUN, NOW).kubernetesHost).toBe('');
});

test.each<[readonly Code[], string]>([
  [['INPUT_INVALID'], 'red'],
  [['CLUSTER_UNREACHABLE'], 'unknown'],
  [['TIMEOUT'], 'unknown'],
  [['VAULT_LOGIN'], 'red'],
  [['OIDC_UNAVAILABLE', 'INPUT_INVALID'], 'red'],
  [['INTERNAL'], 'red'],
])('%j is %s, and never green', (codes, verdict) => {
  const report = earlyReport(codes.map(trouble), intent(), '1.2.3', RUN, NOW);
  expect(report.verdict).toBe(verdict);
  expect(headline(report)).toMatch(new RegExp(`^${verdict}: ${codes.length} blockers?, nothing was written`));
  expect(causes(report).map(({ id }) => id)).toEqual(codes);
  expect(outputs(report)).toMatchObject({ verdict, changed: 'false', drift: 'false', 'failed-checks': '[]' });
});

test('a problem that nobody named is no green run either', () => {
  expect(earlyReport([], undefined, '1.2.3', RUN, NOW).verdict).toBe('unknown');
});
