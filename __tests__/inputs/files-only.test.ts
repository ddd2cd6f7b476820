import { describe, expect, test } from '@jest/globals';
import { intentOf, refusal, type Words } from './given.js';

/** Checkouts, and credentials for nothing: what a pull request from a fork has. */
const FILES: Words = {
  mode: 'plan',
  'kube-server': '',
  'kube-token': '',
  'vault-url': '',
  'vault-token': '',
  'clusters-path': 'clusters',
};

describe('a plan that has only files to look at', () => {
  test('needs neither a cluster nor Vault', () => {
    expect(intentOf(FILES)).toMatchObject({
      filesOnly: true,
      cluster: 'prodtest',
      vault: { url: '', method: 'token' },
    });
    expect(intentOf({ ...FILES, 'clusters-path': '', 'gitops-path': 'gitops' })).toMatchObject({ filesOnly: true });
  });

  test('is told where Vault is, and in which namespace', () => {
    const { vault } = intentOf({ ...FILES, 'vault-url': 'https://vault.example.com', 'vault-namespace': 'team' });
    expect(vault).toMatchObject({ url: 'https://vault.example.com', namespace: 'team' });
  });

  test.each<[string, Words]>([
    ['a kubeconfig', { kubeconfig: './kubeconfig' }],
    ['a Vault token', { 'vault-token': 'planted-token' }],
    ['a Vault role', { 'vault-role': 'bind' }],
  ])('is none with %s: what is missing beside it is an error, not a smaller look', (_, more) => {
    expect(
      refusal(
        { ...FILES, 'vault-url': 'https://vault.example.com', ...more },
        { oidc: !('kubeconfig' in more) && !('vault-token' in more) },
      ).code,
    ).toMatch(/KUBECONFIG_MISSING|OIDC_PERMISSION/);
  });

  test('is one by checks: contract, whatever is set around it', () => {
    const around = { env: { KUBECONFIG: '/home/me/.kube/config', VAULT_TOKEN: 'planted-token' } };
    expect(intentOf({ ...FILES, checks: 'contract' }, around).filesOnly).toBe(true);
    expect(refusal({ checks: 'contract', 'clusters-path': '' }).message).toMatch(
      /neither clusters-path nor gitops-path/,
    );
  });

  test('is no other mode', () => {
    expect(
      refusal({ ...FILES, mode: 'verify', 'vault-url': 'https://vault.example.com', 'vault-token': 'x-token' }).code,
    ).toBe('KUBECONFIG_MISSING');
  });

  test('leaves a cluster that does not fit to the findings', () => {
    expect(intentOf({ ...FILES, env: 'stage' })).toMatchObject({ filesOnly: true, cluster: 'stage' });
  });
});
