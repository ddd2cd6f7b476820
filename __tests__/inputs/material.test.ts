import { describe, expect, test } from '@jest/globals';
import { formOf } from '../../src/inputs/material.js';
import { intentOf } from './given.js';

const YAML = 'apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster: {server: https://api.example.com:6443}\n';
const PEM = `-----BEGIN CERTIFICATE-----\n${'QUJD'.repeat(16)}\n-----END CERTIFICATE-----\n`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const wrapped = (text: string, end = '\n'): string => text.replace(/(.{76})/g, `$1${end}`);

describe('text', () => {
  test.each([
    ['YAML', YAML],
    ['YAML with Windows line ends', YAML.replaceAll('\n', '\r\n')],
    ['YAML of one line', 'apiVersion: v1'],
    ['YAML of one key', 'clusters:'],
    ['JSON of one line', JSON.stringify({ apiVersion: 'v1', clusters: [] })],
    ['JSON without a blank', '{"kind":"Config"}'],
    ['PEM', PEM],
    ['PEM with its line ends lost', PEM.replaceAll('\n', ' ')],
    ['PEM of a key', PEM.replaceAll('CERTIFICATE', 'RSA PRIVATE KEY')],
  ])('%s', (_, value) => {
    expect(formOf(value.trim())).toBe('inline');
  });
});

describe('base64', () => {
  test.each([
    ['of YAML', base64(YAML)],
    ['of PEM', base64(PEM)],
    ['wrapped', wrapped(base64(YAML))],
    ['wrapped with Windows line ends', wrapped(base64(YAML), '\r\n')],
    ['for URLs', Buffer.from(`${YAML}???>>>`).toString('base64url')],
    ['short, with one padding', 'Y2E='],
    ['short, with two', 'Y2FhYQ=='],
  ])('%s', (_, value) => {
    expect(formOf(value)).toBe('base64');
  });
});

describe('a path', () => {
  test.each([
    ['absolute', '/home/runner/.kube/config'],
    ['relative', './clusters/prod/.work/kubeconfig'],
    ['of a parent', '../clusters/kubeconfig'],
    ['below home', '~/.kube/config'],
    ['without a folder', 'kubeconfig.yaml'],
    ['of one word', 'garbage'],
    ['of many words', 'my kube config'],
    ['long', `/${'folder/'.repeat(30)}config`],
    ['long and relative', `${'folder/'.repeat(30)}kube.config`],
    ['padded as base64 is not', '===='],
    ['of Windows', 'C:\\Users\\me\\.kube\\config'],
  ])('%s', (_, value) => {
    expect(formOf(value)).toBe('path');
  });
});

test('what was meant is told with the source, for those who wonder at a missing file', () => {
  const byKubeconfig = { 'kube-server': '', 'kube-token': '' };
  const access = (kubeconfig: string): unknown => {
    const { access } = intentOf({ ...byKubeconfig, kubeconfig });
    return access?.via === 'kubeconfig' && [access.material.form, access.material.source];
  };
  expect(access(YAML)).toEqual(['inline', 'kubeconfig']);
  expect(access(base64(YAML))).toEqual(['base64', 'kubeconfig']);
  expect(access('garbage')).toEqual(['path', 'kubeconfig']);
});
