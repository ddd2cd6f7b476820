import { describe, expect, test } from '@jest/globals';
import {
  basePolicy,
  connectionNeeds,
  hclString,
  missingCapabilities,
  mountPolicy,
  samePolicy,
} from '../../src/binding/policy.js';
import { capabilitiesOn, pathRules } from '../../src/binding/policy-text.js';
import { intent } from '../fixtures/intent.js';

const TEXTS = [basePolicy(), mountPolicy(intent())];
const GITOPS = 'auth/kubernetes-prodtest/role/gitops-prodtest';

describe('the connection policies', () => {
  test('grant what vault-config-operator calls', () => {
    for (const { path, capabilities } of connectionNeeds(intent()))
      expect(capabilitiesOn(TEXTS, path)).toEqual(expect.arrayContaining([...capabilities]));
  });

  test.each([
    ['auth/kubernetes-prodtest/config', 'update'],
    ['auth/kubernetes-prodtest/role/kube-auth', 'update'],
    ['auth/kubernetes-prod/role/gitops-prodtest', 'update'],
    ['sys/policies/acl/kube-auth', 'update'],
    ['sys/policies/acl/kube-auth-kubernetes-prodtest', 'update'],
    ['sys/auth/kubernetes-prodtest', 'sudo'],
    ['sys/auth/kubernetes-prodtest/tune', 'update'],
  ])('do not grant %s %s', (path, capability) => {
    expect(capabilitiesOn(TEXTS, path)).not.toContain(capability);
  });

  test('hold no wildcard', () => {
    expect(TEXTS.flatMap(pathRules).filter(({ pattern }) => /[*+]/.test(pattern))).toEqual([]);
  });

  test('pin the policies of the gitops role and leave its other parameters free', () => {
    const stanza =
      mountPolicy(intent())
        .split('path ')
        .find((part) => part.startsWith(`"${GITOPS}"`)) ?? '';
    expect(stanza).toMatch(/"token_policies" = \[\["gitops-prodtest"\]\]\s+"\*" = \[\]/);
    expect(stanza).toMatch(/denied_parameters = \{\s+"policies" = \[\]/);
    expect(pathRules(mountPolicy(intent())).find(({ pattern }) => pattern === GITOPS)?.denied).toEqual(['policies']);
  });

  test('of mounts in folders have names without slashes', () => {
    const needs = connectionNeeds(intent({ mount: 'k8s/prodtest' }));
    expect(needs.map(({ path }) => path)).toContain('auth/k8s/prodtest/config');
  });
});

describe('a pinned text', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: HCL's own placeholder, which must not open here
  const text = 'path "kv/a\\b/*" {\n\tcapabilities = ["read"]\r\n}\n# ${auth/"x"/@accessor} {{identity.entity.id}} é\n';

  test('is one HCL string that reads back as it was', () => {
    const quoted = hclString(text);
    expect(quoted).not.toMatch(/[\n\r\t]/);
    // Escapes that HCL shares with JSON are all that is used, and no `${` opens a span where they would not count.
    expect(JSON.parse(quoted)).toBe(text);
    expect(quoted).not.toContain('${');
  });

  test('does not end the policy that holds it', () => {
    const rules = pathRules(mountPolicy(intent(), 'path "*" { capabilities = ["sudo"] }\n'));
    expect(rules.map(({ pattern }) => pattern)).not.toContain('*');
    expect(rules).toHaveLength(3);
  });

  test('changes the policy', () => {
    expect(samePolicy(mountPolicy(intent(), 'one'), mountPolicy(intent(), 'two'))).toBe(false);
    expect(samePolicy(mountPolicy(intent(), 'one'), mountPolicy(intent()))).toBe(false);
  });
});

describe('the same policy', () => {
  const text = 'path "a" {\n  capabilities = ["read"]\n}\n';
  test.each([
    ['itself', text, true],
    ['comments', `# made by hand\n${text}\n  # end\n`, true],
    ['white space around lines', text.replaceAll('\n', '  \r\n\n').replaceAll('  cap', '\tcap'), true],
    ['another capability', text.replace('read', 'update'), false],
    ['another path', text.replace('"a"', '"b"'), false],
    ['a stanza more', text + text.replace('"a"', '"b"'), false],
  ])('%s: %s', (_name, other, expected) => {
    expect(samePolicy(text, other)).toBe(expected);
  });
});

describe('missing capabilities', () => {
  const needs = [
    { path: 'a', capabilities: ['read', 'update'] },
    { path: 'b', capabilities: ['read'] },
  ];
  test.each([
    [{ a: ['read', 'update', 'list'], b: ['read'] }, []],
    [{ a: ['root'], b: ['root'] }, []],
    [
      { a: ['read'], b: ['deny'] },
      [
        { path: 'a', capabilities: ['update'] },
        { path: 'b', capabilities: ['read'] },
      ],
    ],
    [{}, needs],
  ])('%j', (answers, expected) => {
    expect(missingCapabilities(needs, answers as Record<string, string[]>)).toEqual(expected);
  });
});
