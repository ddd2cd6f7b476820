import { describe, expect, test } from '@jest/globals';
import { runnerLog } from '../../src/adapters/runner-log.js';
import type { CheckResult, ContractFinding } from '../../src/checks/check.js';
import { annotations } from '../../src/report/annotations.js';
import { renderJson } from '../../src/report/json.js';
import { logLines } from '../../src/report/log.js';
import { byteLength } from '../../src/report/markdown.js';
import type { Report } from '../../src/report/model.js';
import { hideNames } from '../../src/report/redact.js';
import { renderSummary } from '../../src/report/summary.js';
import { redVerify, row } from './sample.js';

function finding(line: number, more: Partial<ContractFinding> = {}): ContractFinding {
  return {
    repo: 'gitops',
    file: 'gitops/charts/argocd-apps/values.yaml',
    line,
    seen: `vaultConfigMountPath: kubernetes-${line}`,
    expected: 'vaultConfigMountPath: kubernetes-prodtest',
    edit: 'Set vaultConfigMountPath: kubernetes-prodtest.',
    ...more,
  };
}

function contract(id: string, findings: readonly ContractFinding[], more: Partial<CheckResult> = {}): CheckResult {
  const detail = `${findings[0]?.file}:${findings[0]?.line}: ${findings[0]?.seen}`;
  return row(id, 'it is so', { category: 'contract', state: 'red', detail, hint: 'Set it.', findings, ...more });
}

function report(...checks: readonly CheckResult[]): Report {
  const decides = checks.some(({ severity, state }) => severity === 'error' && state === 'red');
  return { ...redVerify(), verdict: decides ? 'red' : 'green', checks, blockers: [], errors: [], warnings: [] };
}

describe('annotations', () => {
  test('what was found stands beside its line, one for each line', () => {
    const told = annotations(
      report(
        contract('contract.mount', [finding(7), finding(9)]),
        contract('contract.vault-server', [finding(7, { seen: 'other' })]),
      ),
    );
    expect(told.map(({ level, place }) => `${level} ${place?.file}:${place?.line}`)).toEqual([
      'error undefined:undefined',
      'error gitops/charts/argocd-apps/values.yaml:7',
      'error gitops/charts/argocd-apps/values.yaml:9',
    ]);
    expect(told[1]?.title).toBe('contract.mount, contract.vault-server');
    expect(told[1]?.message.split('\n')).toEqual([
      'vaultConfigMountPath: kubernetes-7; expected: vaultConfigMountPath: kubernetes-prodtest. Next: Set vaultConfigMountPath: kubernetes-prodtest.',
      'other; expected: vaultConfigMountPath: kubernetes-prodtest. Next: Set vaultConfigMountPath: kubernetes-prodtest.',
    ]);
  });

  test('each row is told before any is told twice', () => {
    const many = Array.from({ length: 20 }, (_, index) => finding(index + 1));
    const told = annotations(report(contract('contract.mount', many), contract('contract.reviewer', [finding(99)])));
    expect(told.map(({ place }) => place?.line)).toEqual([undefined, 1, 99, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('there are never more than ten errors and ten warnings', () => {
    const many = Array.from({ length: 50 }, (_, index) => finding(index + 1));
    const told = annotations(
      report(contract('contract.mount', many), contract('contract.env-scope', many, { severity: 'warning' })),
    );
    expect(told.filter(({ level }) => level === 'error')).toHaveLength(10);
    expect(told.filter(({ level }) => level === 'warning')).toHaveLength(10);
    const green = annotations(report(contract('contract.env-scope', many, { severity: 'warning' })));
    expect(green.map(({ level }) => level)).toEqual(Array(10).fill('warning'));
    expect(green.filter(({ place }) => place === undefined).length).toBeGreaterThan(0);
  });
});

describe('the log', () => {
  test('a runner is told file and line, as properties that cannot be broken out of', () => {
    const written: string[] = [];
    const write = process.stdout.write;
    process.stdout.write = ((text: string) => written.push(text)) as unknown as typeof write;
    try {
      runnerLog(true, () => undefined).error('contract.mount', 'seen', { file: 'a,b:c\n::error::d.yaml', line: 7 });
    } finally {
      process.stdout.write = write;
    }
    expect(written.join('')).toMatch(/^::error title=contract\.mount,file=a%2Cb%3Ac[^\n]*,line=7::seen\n$/);
    expect(written.join('').match(/::error/g)).toHaveLength(1);
  });

  test('a laptop is told them in the line', () => {
    const lines: string[] = [];
    runnerLog(false, (line) => lines.push(line)).warning('contract.mount', 'seen', { file: 'values.yaml', line: 7 });
    expect(lines).toEqual(['warning: values.yaml:7: contract.mount: seen']);
  });

  test('each place is a line with its next step, and a long list ends in a count', () => {
    const many = Array.from({ length: 120 }, (_, index) => finding(index + 1));
    const lines = logLines(report(contract('contract.mount', many)));
    expect(lines).toContain(
      '           gitops/charts/argocd-apps/values.yaml:2: vaultConfigMountPath: kubernetes-2; expected: vaultConfigMountPath: kubernetes-prodtest',
    );
    expect(lines).toContain('             next: Set vaultConfigMountPath: kubernetes-prodtest.');
    expect(lines.join('\n')).toContain('and 20 more, see the report');
  });
});

describe('the summary', () => {
  test('has the first places of a row, and how many there are besides', () => {
    const many = Array.from({ length: 30 }, (_, index) => finding(index + 1));
    const summary = renderSummary(report(contract('contract.mount', many)));
    expect(summary).toContain('`gitops/charts/argocd-apps/values.yaml:1`');
    expect(summary).toContain('and 24 more, see the report');
    expect(summary).not.toContain('values.yaml:25`');
  });

  test('stays small however much was found', () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      finding(index + 1, { seen: 'x'.repeat(5000), edit: 'y'.repeat(5000) }),
    );
    const checks = Array.from({ length: 300 }, (_, index) => contract(`contract.row-${index}`, many));
    expect(byteLength(renderSummary(report(...checks)))).toBeLessThan(900 * 1024);
  });
});

test('the JSON report has every finding, and other rows have none', () => {
  const json = JSON.parse(renderJson(report(contract('contract.mount', [finding(7)]), row('mount.host', 'so'))));
  expect(json.checks[0].findings).toEqual([finding(7)]);
  expect(Object.keys(json.checks[1])).not.toContain('findings');
});

test('hide-names keeps the file and hides the host in what was seen there', () => {
  const file = 'clusters/prodtest/install-config.yaml.tmpl';
  const seen = 'vaultRuntimeAddress: https://vault.internal.example.com';
  const { checks } = hideNames(report(contract('contract.vault-address', [finding(7, { file, seen })])));
  expect(checks[0]?.findings?.[0]?.file).toBe(file);
  expect(checks[0]?.findings?.[0]?.seen).not.toContain('example.com');
});
