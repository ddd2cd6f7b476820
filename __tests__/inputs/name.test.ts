import { describe, expect, test } from '@jest/globals';
import { BINDING_ROWS } from '../../src/checks/table.js';
import { intentOf, refusal, refusals } from './given.js';

const LONG = 'a'.repeat(64);

describe('mount', () => {
  test.each([
    ['kubernetes-prodtest', 'kubernetes-prodtest'],
    ['kubernetes-prodtest/', 'kubernetes-prodtest'],
    ['team/k8s//', 'team/k8s'],
    ['k8s.{env}', 'k8s.prodtest'],
    ['{cluster}/{env}', 'west/prodtest'],
    ['K8s_1', 'K8s_1'],
    ['authentic', 'authentic'],
    ['a'.repeat(128), 'a'.repeat(128)],
  ])('%s is %s', (mount, path) => {
    expect(intentOf({ mount, cluster: 'west' }).mount).toBe(path);
  });

  test.each([
    ['auth/kubernetes-prodtest', 'Write it without auth/: kubernetes-prodtest.'],
    ['/auth/kubernetes-prodtest/', 'Write it without auth/: kubernetes-prodtest.'],
    ['auth/{env}', 'Write it without auth/: prodtest.'],
    ['/kubernetes-prodtest', 'Set mount to a path such as kubernetes-prodtest.'],
    ['../sys', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a/../b', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a/..', 'Set mount to a path such as kubernetes-prodtest.'],
    ['auth/../sys', 'Set mount to a path such as kubernetes-prodtest.'],
    ['auth/', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a b', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a//b', 'Set mount to a path such as kubernetes-prodtest.'],
    ['/', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a?b=c', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a#b', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a%2e%2e', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a*', 'Set mount to a path such as kubernetes-prodtest.'],
    ['+', 'Set mount to a path such as kubernetes-prodtest.'],
    ['küche', 'Set mount to a path such as kubernetes-prodtest.'],
    ['a'.repeat(129), 'Set mount to a path such as kubernetes-prodtest.'],
  ])('%s is refused', (mount, hint) => {
    const found = refusal({ mount });
    expect(found.code).toBe('INPUT_INVALID');
    expect(found.message).toMatch(/^mount is .*, which cannot be an auth mount$/);
    expect(found.hint).toBe(hint);
  });

  test.each(['k8s-{bogus}', 'k8s-{ENV}', 'k8s-{ env }', 'k8s-{app-namespace}', '{bogus}', 'k8s-{}'])(
    '%s: a placeholder that stands for nothing is told, and what there is',
    (mount) => {
      const { message, hint } = refusal({ mount });
      expect(message).toMatch(/^mount has the placeholder \{.*\}, which stands for nothing$/);
      expect(hint).toBe('Use {env} or {cluster}.');
    },
  );
});

describe('names on the cluster', () => {
  const namespaces = ['reviewer-namespace', 'connection-namespace', 'app-namespace'];
  const accounts = ['reviewer-service-account', 'connection-service-account'];

  test.each(namespaces.flatMap((id) => ['A', 'a.b', 'a/b', '..', 'a b', '-a', 'a_b', LONG].map((name) => [id, name])))(
    '%s: %s is refused',
    (id, name) => {
      expect(refusal({ [id]: name })).toMatchObject({
        code: 'INPUT_INVALID',
        message: `${id} is ${name}, which is no namespace`,
      });
    },
  );

  test.each(accounts.flatMap((id) => ['A', 'a..b', 'a/b', '../x', 'a b', 'a_b', LONG].map((name) => [id, name])))(
    '%s: %s is refused',
    (id, name) => {
      expect(refusal({ [id]: name }).message).toBe(`${id} is ${name}, which is no name of a ServiceAccount`);
    },
  );

  test('what Kubernetes takes is taken', () => {
    const intent = intentOf({
      'reviewer-namespace': 'a'.repeat(63),
      'reviewer-service-account': 'vault.token-reviewer.2',
      'connection-namespace': '{env}-ops',
      'connection-service-account': '{cluster}.vco',
    });
    expect(intent.reviewer).toEqual({ namespace: 'a'.repeat(63), name: 'vault.token-reviewer.2' });
    expect(intent.connection).toEqual({ namespace: 'prodtest-ops', name: 'prodtest.vco' });
  });
});

describe('names in Vault', () => {
  const ids = ['connection-role', 'connection-policy', 'gitops-role', 'gitops-policy'];

  test.each(
    ids.flatMap((id) => ['Kube-Auth', 'a/b', '../x', 'a b', '*', '-a', 'a'.repeat(129)].map((name) => [id, name])),
  )('%s: %s is refused', (id, name) => {
    expect(refusal({ [id]: name }).message).toBe(`${id} is ${name}, which is no name in Vault`);
  });

  test('what Vault takes is taken', () => {
    const intent = intentOf({ 'gitops-policy': 'gitops_{env}.v2', 'gitops-role': 'a'.repeat(128) });
    expect([intent.gitopsPolicy, intent.gitopsRole]).toEqual(['gitops_prodtest.v2', 'a'.repeat(128)]);
  });
});

describe.each(['applications', 'secrets'] as const)('%s', (id) => {
  const refs = (text: string): readonly string[] =>
    intentOf({ [id]: text })[id].map(({ namespace, name }) => `${namespace}/${name}`);

  test.each([
    ['none', []],
    [' none \n', []],
    ['a/b', ['a/b']],
    ['a/b,c/d', ['a/b', 'c/d']],
    ['a/b, c/d\n\n  e/f.g  \r\n', ['a/b', 'c/d', 'e/f.g']],
    ['# first, the one of quay/ci\na/b # pulls, and pushes\n  #c/d\ne/f,#g/h\r\n# end', ['a/b', 'e/f']],
    ['{env}/x-{cluster}\n{app-namespace}/y', ['prodtest/x-prodtest', 'bitiq-prodtest/y']],
    [',', []],
    ['# nothing yet', []],
  ])('%j', (text, wanted) => {
    expect(refs(text)).toEqual(wanted);
  });

  test.each(['b', 'a/', '/b', 'a/b/c', 'A/b', 'a/B', 'a b/c', 'a.b/c', '../b', 'a/../b', 'a/b;c/d', '*/*'])(
    '%s is refused',
    (item) => {
      expect(refusal({ [id]: `x/y\n${item}` })).toEqual({
        code: 'INPUT_INVALID',
        message: `${id} has ${item}, which is not namespace/name`,
        hint: `Write ${id} as lines of namespace/name.`,
      });
    },
  );

  test('a placeholder that stands for nothing is told once', () => {
    expect(refusal({ [id]: '{bogus}/x' })).toMatchObject({
      message: `${id} has the placeholder {bogus}, which stands for nothing`,
      hint: 'Use {env} or {cluster} or {app-namespace}.',
    });
  });

  test('none beside others is no list of nothing', () => {
    expect(refusal({ [id]: 'none\na/b' }).message).toBe(`${id} has none, which is not namespace/name`);
  });

  test('each of several mistakes is told', () => {
    expect(refusals({ [id]: 'a\nb/c\nd' }).map(({ message }) => message)).toEqual([
      `${id} has a, which is not namespace/name`,
      `${id} has d, which is not namespace/name`,
    ]);
  });
});

describe('checks', () => {
  test.each([
    ['all', ['contract', 'binding', 'gitops']],
    ['gitops', ['gitops']],
    ['gitops, binding', ['binding', 'gitops']],
    ['binding\nall', ['contract', 'binding', 'gitops']],
  ])('%j', (text, wanted) => {
    expect(intentOf({ checks: text }).checks).toEqual(wanted);
  });

  test.each([
    ['bindings', 'checks has bindings, which is no category', 'Did you mean binding?'],
    ['binding, argo', 'checks has argo, which is no category', 'Set checks to contract, binding, gitops or all.'],
    ['none', 'checks names no category', 'Set checks to all.'],
  ])('%s is refused', (checks, message, hint) => {
    expect(refusal({ checks })).toEqual({ code: 'INPUT_INVALID', message, hint });
  });
});

describe('skip-checks', () => {
  test.each(BINDING_ROWS)('$id can be skipped', ({ id }) => {
    expect(intentOf({ 'skip-checks': id }).skipChecks).toEqual([id]);
  });

  test('several, a listed Secret among them', () => {
    const { skipChecks } = intentOf({
      'skip-checks': 'argocd.instance, secret.shop/db # made later\nvco.resources',
      secrets: 'shop/db',
    });
    expect(skipChecks).toEqual(['argocd.instance', 'secret.shop/db', 'vco.resources']);
  });

  test.each([
    ['mount.hosts', 'Did you mean mount.host?'],
    ['login-proof', 'Did you mean login.proof?'],
    ['secret.openshift-pipelines/quay-aut', 'Did you mean secret.openshift-pipelines/quay-auth?'],
    ['everything-there-is', 'See docs/checks.md for every id.'],
  ])('%s is refused', (id, hint) => {
    expect(refusal({ 'skip-checks': id })).toEqual({
      code: 'INPUT_INVALID',
      message: `skip-checks has ${id}, which is no check of this run`,
      hint,
    });
  });

  test('a Secret that is not on the list of this run is none of its checks', () => {
    expect(refusal({ 'skip-checks': 'secret.openshift-pipelines/quay-auth', secrets: 'none' }).code).toBe(
      'INPUT_INVALID',
    );
  });
});
