import { describe, expect, test } from '@jest/globals';
import { capabilitiesOn, pathRules } from '../../src/binding/policy-text.js';

const rule = (path: string, ...capabilities: string[]): string =>
  `path "${path}" { capabilities = [${capabilities.map((name) => `"${name}"`).join(', ')}] }\n`;
const CONFIG = 'auth/kubernetes-prodtest/config';

/** Each row was answered alike by capabilities-self of a real server, or follows its documented order. */
const RANKS: [string, string[], string[]][] = [
  ['exactly', [rule(CONFIG, 'read', 'update')], ['read', 'update']],
  ['nothing', [rule('auth/kubernetes/config', 'update')], []],
  ['a glob', [rule('auth/*', 'update')], ['update']],
  ['a glob of another mount', [rule('auth/kubernetes/*', 'update')], []],
  ['a glob within a segment', [rule('auth/kubernetes-*', 'update')], ['update']],
  ['any mount', [rule('auth/+/config', 'update')], ['update']],
  ['a segment is one segment', [rule('+/config', 'update')], []],
  ['the exact path beats a glob', [rule('auth/*', 'create', 'update'), rule(CONFIG, 'read')], ['read']],
  ['also within one policy', [rule(CONFIG, 'read') + rule('*', 'update')], ['read']],
  ['the longer glob wins', [rule('auth/*', 'update'), rule('auth/kubernetes-prodtest/*', 'read')], ['read']],
  ['a glob beats an earlier wildcard', [rule('auth/+/config', 'update'), rule('auth/kubernetes-*', 'read')], ['read']],
  ['the same path in two policies adds up', [rule(CONFIG, 'read'), rule(CONFIG, 'update')], ['read', 'update']],
  ['deny wins over both', [rule(CONFIG, 'read'), rule(CONFIG, 'deny')], []],
  ['commented out', [`# ${rule(CONFIG, 'update')}// ${rule(CONFIG, 'update')}/* ${rule(CONFIG, 'update')} */`], []],
  ['the old shorthand', [`path "${CONFIG}" { policy = "write" }`], ['create', 'read', 'update', 'delete', 'list']],
  [
    'parameters before capabilities',
    [`path "${CONFIG}" {\n allowed_parameters = { "x" = ["}"] }\n capabilities = ["update"]\n}`],
    ['update'],
  ],
  ['no HCL', ['{"path": {}}'], []],
];

describe('what policies allow on the mount config', () => {
  test.each(RANKS)('%s', (_name, texts, expected) => {
    expect([...capabilitiesOn(texts, CONFIG)].sort()).toEqual([...expected].sort());
  });

  test('denied parameters are named', () => {
    const text = `path "${CONFIG}" {\n capabilities = ["update"]\n denied_parameters = { "token_reviewer_jwt" = [""]\n pem_keys = [] }\n}`;
    expect(pathRules(text)).toEqual([
      { pattern: CONFIG, capabilities: ['update'], denied: ['token_reviewer_jwt', 'pem_keys'] },
    ]);
  });
});
