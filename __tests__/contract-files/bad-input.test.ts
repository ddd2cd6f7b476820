import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { CheckResult } from '../../src/checks/check.js';
import { contractChecks } from '../../src/contract/check.js';
import { checksIn, checksOf, findingsOf, mended, notGreen, wanted, written } from './checkout.js';

const VALUES = 'charts/argocd-apps/values.yaml';
const SET = 'charts/argocd-apps/templates/applicationset-umbrella.yaml';
const POLICY = 'charts/vault-config/templates/05-policy.yaml';

/** Rows that cannot be told without the overlays. */
const OVERLAY_ROWS = [
  'environment',
  'application',
  'overlay-keys',
  'mount',
  'vault-address',
  'kubernetes-host',
  'vault-server',
];

function stateOf(checks: readonly CheckResult[], word: string): string | undefined {
  return checks.find(({ id }) => id === `contract.${word}`)?.state;
}

function withValues(change: (text: string) => string): readonly CheckResult[] {
  const repos = mended();
  repos.gitops.set(VALUES, change(repos.gitops.get(VALUES) ?? ''));
  return checksOf(repos, 'prodtest');
}

const BOMB = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...Array.from(
    { length: 12 },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`,
  ),
].join('\n');

describe('overlays that cannot be taken at their word make no row green that stands on them', () => {
  test.each([
    [
      'a duplicate key',
      (text: string) => text.replace('envFilter:', 'repoUrl: https://other.example.com\nenvFilter:'),
      'says the same key twice, line 3',
    ],
    [
      'a duplicate key in an overlay',
      (text: string) =>
        text.replace(
          '    appNamespace: bitiq-prodtest',
          '    appNamespace: bitiq-prodtest\n    appNamespace: bitiq-prod',
        ),
      'says the same key twice',
    ],
    [
      'tabs',
      (text: string) => text.replace('    appNamespace: bitiq-prodtest', '\t\tappNamespace: bitiq-prodtest'),
      'line',
    ],
    ['an alias bomb', (text: string) => `${BOMB}\n${text}`, 'has an alias that stands for nothing or for too much'],
    ['10 MB', (text: string) => `${text}# ${'x'.repeat(10 * 1024 * 1024)}\n`, 'is larger than 2 MiB'],
    ['no YAML at all', () => '{{{ ][', 'line 1'],
    ['an empty file', () => '', 'is empty'],
    ['envs that are no list', (text: string) => text.replace('envs:', 'envs: {}\nothers:'), 'has no list envs'],
    ['a binary file', () => '\u0000\u0001\ufffd\u0000PNG\u0000', VALUES],
  ])('%s', (_, change, said) => {
    const checks = withValues(change);
    for (const word of OVERLAY_ROWS) expect(`${word} ${stateOf(checks, word)}`).toBe(`${word} unknown`);
    for (const word of ['reviewer', 'resource-paths', 'config-path', 'gitops-role', 'secret-auth'])
      expect(stateOf(checks, word)).not.toBe('green');
    expect(checks.find(({ id }) => id === 'contract.mount')?.detail).toContain(said);
  });
});

test('anchors, aliases and merge keys are followed', () => {
  const checks = withValues((text) =>
    text
      .replace(
        '    capacityEnabled: false\n    vaultRuntimeEnabled: true\n    vaultRuntimeAddress: https',
        '    capacityEnabled: false\n    vaultRuntimeEnabled: true\n    vaultRuntimeAddress: &vault https',
      )
      .replaceAll(/vaultConfigAddress: https:.*/g, 'vaultConfigAddress: *vault'),
  );
  expect(notGreen(checks)).toEqual([]);
});

test('an environment twice is found at the second', () => {
  const checks = withValues((text) => `${text}  - name: prodtest\n    appNamespace: bitiq-other\n`);
  const [found] = findingsOf(checks, 'contract.environment');
  expect(found).toMatchObject({ file: VALUES, seen: 'a second element with name: prodtest' });
  expect(stateOf(checks, 'mount')).toBe('green');
});

describe('templates and scripts that are not understood', () => {
  test.each([
    ['a function that is not known', '{{ lookup "v1" "Secret" "" "" }}', 'the function `lookup`'],
    ['a named template', '{{ template "names" . }}', '`template` is not followed'],
    ['an action that does not end', '{{ if .Values.enabled', 'an action that does not end'],
    ['a block that does not end', '{{ if .Values.enabled }}', 'without an end'],
    ['a field of nothing', '{{ .Values.nothing.at.all }}', 'of a value that is not there'],
  ])('%s makes the rows of its chart unknown, by file and line', (_, text, said) => {
    const repos = mended();
    repos.gitops.set(POLICY, `# first\n${text}\n`);
    const checks = checksOf(repos, 'prodtest');
    for (const word of ['reviewer', 'resource-paths', 'connection-role', 'env-scope', 'drift-detection'])
      expect(`${word} ${stateOf(checks, word)}`).toBe(`${word} unknown`);
    const told = checks.find(({ id }) => id === 'contract.reviewer');
    expect(told?.detail).toContain(POLICY);
    expect(told?.detail).toContain('line 2');
    expect(told?.detail).toContain(said);
    expect(told?.hint).toContain('contract.reviewer');
  });

  test('text that grows without end is given up', () => {
    const repos = mended();
    const grows = '{{ $x = printf "%s%s" $x $x }}'.repeat(60);
    repos.gitops.set(POLICY, `{{ $x := "xx" }}${grows}`);
    expect(stateOf(checksOf(repos, 'prodtest'), 'reviewer')).toBe('unknown');
  });

  test('a bootstrap script of another make is not guessed at', () => {
    const repos = mended();
    repos.gitops.set('scripts/bootstrap.sh', '#!/usr/bin/env bash\nhelm install\n');
    const checks = checksOf(repos, 'prodtest');
    expect(stateOf(checks, 'environment')).toBe('unknown');
    expect(stateOf(checks, 'application')).toBe('unknown');
    expect(checks.find(({ id }) => id === 'contract.environment')?.detail).toContain('no `case "$ENV"` was found');
  });

  test('an ApplicationSet that renders nothing', () => {
    const repos = mended();
    repos.gitops.set(SET, '{{- if false }}\nkind: ApplicationSet\n{{- end }}\n');
    const checks = checksOf(repos, 'prodtest');
    for (const word of ['application', 'reviewer', 'gitops-role', 'secret-auth', 'plumbing'])
      expect(`${word} ${stateOf(checks, word)}`).toBe(`${word} unknown`);
  });
});

describe('files that are not there', () => {
  test('an empty checkout is green in nothing', () => {
    const empty = written(new Map([['README.md', 'empty\n']]));
    const green = checksIn(empty, empty, 'prodtest').filter(({ state }) => state === 'green' || state === 'skipped');
    expect(green.map(({ id }) => id)).toEqual(['contract.guardrails']);
  });

  test('a checkout that was not given skips its rows, and says which input turns them on', () => {
    const checks = contractChecks({}, wanted('prodtest'));
    expect(new Set(checks.map(({ state }) => state))).toEqual(new Set(['skipped']));
    expect(checks[0]?.detail).toContain('clusters-path');
    expect(checks.at(-1)?.detail).toContain('gitops-path');
  });

  test('a row that is named in skip-checks is skipped', () => {
    const checks = checksOf(mended(), 'prodtest', { mount: 'other', skipChecks: ['contract.mount'] });
    expect(stateOf(checks, 'mount')).toBe('skipped');
  });
});

describe('files made to be slow are read all the same', () => {
  const LONG = 350_000;
  test.each([
    ['blanks after a name', 'Makefile', `prod${' '.repeat(LONG)}x\n`],
    ['a case that never ends', 'scripts/prune.sh', 'case "$ENV" in\n'.repeat(LONG / 15)],
    ['a long subject of a case', 'scripts/prune.sh', `case ${' x'.repeat(LONG / 2)}\n`],
    ['names without end', 'Makefile', 'local prod '.repeat(LONG / 11)],
    ['actions that never end', POLICY, '{{"'.repeat(60_000)],
    ['comments that never end', POLICY, '{{/*'.repeat(45_000)],
    ['brackets without end', POLICY, `{{ ${'('.repeat(1900)} }}`],
    ['blocks without end', POLICY, '{{ if true }}'.repeat(15_000)],
    ['loops within loops', POLICY, `${'{{ range list 1 2 3 4 5 6 7 8 9 }}'.repeat(40)}x${'{{ end }}'.repeat(40)}`],
  ])('%s', (_, file, text) => {
    const repos = mended();
    repos.gitops.set(file, text);
    const checks = checksOf(repos, 'prodtest');
    expect(stateOf(checks, file === POLICY ? 'reviewer' : 'mount')).toBe(file === POLICY ? 'unknown' : 'green');
  });
});

test('what a link leads out of the checkout is not read', () => {
  const { clusters, gitops } = mended();
  const folder = written(gitops);
  const outside = written(new Map([['values.yaml', gitops.get(VALUES) ?? '']]));
  rmSync(join(folder, VALUES));
  symlinkSync(join(outside, 'values.yaml'), join(folder, VALUES));
  const checks = checksIn(written(clusters), folder, 'prodtest');
  expect(stateOf(checks, 'mount')).toBe('unknown');
  expect(checks.find(({ id }) => id === 'contract.mount')?.detail).toContain('leads out of the checkout');
});

test('a folder where a file is expected is not green', () => {
  const { clusters, gitops } = mended();
  const folder = written(gitops);
  rmSync(join(folder, 'scripts/bootstrap.sh'));
  mkdirSync(join(folder, 'scripts/bootstrap.sh'));
  expect(stateOf(checksIn(written(clusters), folder, 'prodtest'), 'environment')).toBe('unknown');
});

test('a binary file among the templates makes its chart unknown', () => {
  const { clusters, gitops } = mended();
  const folder = written(gitops);
  writeFileSync(join(folder, POLICY), Buffer.from([0, 1, 2, 255, 254, 0, 10, 0]));
  expect(stateOf(checksIn(written(clusters), folder, 'prodtest'), 'reviewer')).toBe('unknown');
});

test('what files say is shown without commands, credentials and control characters', () => {
  const checks = withValues((text) =>
    text.replace(
      /(- name: prodtest\n(?: {4}.*\n)*?) {4}vaultRuntimeAddress: .*/,
      '$1    vaultRuntimeAddress: "https://me:hunter2@vault.example.com/::error::\\u001b[31m"',
    ),
  );
  const [found] = findingsOf(checks, 'contract.vault-address');
  expect(found?.seen).toContain('vaultRuntimeAddress: https://vault.example.com');
  for (const part of ['hunter2', '::error', '\u001b']) expect(found?.seen).not.toContain(part);
});

test('findings begin with the folder that was given', () => {
  const paths = { clusters: './src/clusters/', gitops: '.' };
  const checks = checksOf(mended(), 'prodtest', { mount: 'other', cluster: 'other', paths });
  expect(findingsOf(checks, 'contract.mount')[0]?.file).toBe(VALUES);
  expect(findingsOf(checks, 'contract.cluster-definition')[0]?.file).toBe('src/clusters/clusters/other/cluster.yaml');
});
