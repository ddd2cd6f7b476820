import { expect, test } from '@jest/globals';
import { CODES, type Code } from '../../src/binding/errors.js';
import { isUnread } from '../../src/report/unread.js';

test('what says that nothing could be seen is told from what says that something is wrong', () => {
  const codes = Object.keys(CODES) as readonly Code[];
  const unread = codes.filter((code) => isUnread({ code, message: 'seen', hint: 'Do.' }));
  expect(unread).toEqual([
    'CLUSTER_UNREACHABLE',
    'CLUSTER_TLS',
    'CLUSTER_ERROR',
    'VAULT_UNREACHABLE',
    'VAULT_TLS',
    'VAULT_SEALED',
    'VAULT_NO_LEADER',
    'VAULT_ERROR',
    'OIDC_UNAVAILABLE',
    'TIMEOUT',
    'CANCELLED',
  ]);
});
