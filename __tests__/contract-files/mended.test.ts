import { describe, expect, test } from '@jest/globals';
import { CONTRACT_ROWS } from '../../src/contract/check.js';
import { checksOf, mended, notGreen } from './checkout.js';
import { BOUND } from './gitops-repo.js';

describe.each(BOUND)('env %s of repositories that are right', (env) => {
  test('is green in every row', () => {
    const checks = checksOf(mended(), env);
    expect(notGreen(checks)).toEqual([]);
    expect(checks.map(({ id }) => id)).toEqual(CONTRACT_ROWS.map(({ id }) => id));
    expect(checks.flatMap(({ findings = [] }) => findings)).toEqual([]);
  });

  test('is green without Vault and cluster, too', () => {
    expect(notGreen(checksOf(mended(), env, { vaultUrl: undefined, vaultNamespace: undefined }))).toEqual([]);
  });
});

test('an environment with a Vault in its cluster is not bound', () => {
  const found = notGreen(checksOf(mended(), 'local')).map((line) => line.split(':')[0]);
  expect(found).toEqual(
    expect.arrayContaining([
      'red contract.mount',
      'red contract.vault-server',
      'red contract.reviewer',
      'red contract.resource-paths',
      'red contract.config-path',
    ]),
  );
});
