import { describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import type { Facts, Grant, PathGrant } from '../../src/binding/facts.js';
import { grantTexts } from '../../src/binding/grant-text.js';
import type { Intent } from '../../src/binding/intent.js';
import { absent, present } from '../../src/binding/observed.js';
import { planPaths } from '../../src/binding/path-permission.js';
import { describeGrant, planGrants } from '../../src/binding/permission.js';
import { makePlan } from '../../src/binding/plan.js';
import { missingCapabilities } from '../../src/binding/policy.js';
import { capabilitiesOn, pathRules } from '../../src/binding/policy-text.js';
import { rbacYaml } from '../../src/binding/rbac.js';
import { gitopsGrants } from '../../src/checks/gitops-grants.js';
import { CA, OTHER_CA } from '../fixtures/certificates.js';
import { config, emptyFacts, healthyFacts, ROW, runbookFacts, survey } from '../fixtures/facts.js';
import { intent } from '../fixtures/intent.js';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

function manifests(text: string): readonly Manifest[] {
  return loadAll(text) as Manifest[];
}

/** Whether RBAC as applied from `text` allows what SelfSubjectAccessReview would be asked. */
function allows(text: string, grant: Grant): boolean {
  const resource = grant.subresource ? `${grant.resource}/${grant.subresource}` : grant.resource;
  return manifests(text).some(({ kind, metadata, rules = [] }) => {
    const covers = kind === 'ClusterRole' || (kind === 'Role' && metadata.namespace === grant.namespace);
    return (
      covers &&
      rules.some(
        (rule) =>
          rule.apiGroups.includes(grant.group) &&
          rule.resources.includes(resource) &&
          rule.verbs.includes(grant.verb) &&
          (rule.resourceNames === undefined || rule.resourceNames.includes(grant.name ?? '')),
      )
    );
  });
}

const OWN: Partial<Intent> = { reviewer: { namespace: 'vault-reviewer', name: 'reviewer' } };
const SECRETS = [{ namespace: 'openshift-pipelines', name: 'quay-auth' }];
const WORLDS: [string, Facts, Intent][] = [
  ['an empty cluster', emptyFacts(), intent()],
  ['an empty cluster, a reviewer namespace of its own', emptyFacts(), intent(OWN)],
  ['one policy for all', emptyFacts(), intent({ connectionPolicyScope: 'shared' })],
  ['other names', emptyFacts(), intent({ mount: 'k8s/prod', connectionRole: 'vco', connectionPolicy: 'vco' })],
  ['nothing to do', healthyFacts(), intent()],
  ['adoption', runbookFacts(), intent()],
  ['a new host by canary', healthyFacts(), intent({ kubernetesHost: 'https://api.new.example.com:6443' })],
  [
    'another CA by canary',
    healthyFacts({ vault: { config: present(config({ kubernetesCaCert: OTHER_CA })) } }),
    intent(),
  ],
  ['an interrupted run', healthyFacts({ cluster: { anchors: { a: ROW, b: ROW, proof: ROW } } }), intent()],
  [
    'lost roles and policies',
    healthyFacts({ vault: { connectionRole: absent, probeRole: absent, mountPolicy: absent } }),
    intent(),
  ],
];

function asked(facts: Facts, wanted: Intent): { grants: readonly Grant[]; paths: readonly PathGrant[] } {
  const view = survey(facts, wanted);
  const plan = makePlan(view);
  return { grants: planGrants(plan, view), paths: planPaths(plan, view) };
}

function text(identity: string, facts: Facts, wanted: Intent) {
  const found = grantTexts(survey(facts, wanted), gitopsGrants(wanted)).find((entry) => entry.identity === identity);
  if (!found) throw new Error(`no identity ${identity}`);
  return found;
}

describe('what the plan of bind asks for is what is printed for bind', () => {
  test.each(WORLDS)('on the cluster: %s', (_name, facts, wanted) => {
    const { rbac } = text('bind', facts, wanted);
    const lacking = asked(facts, wanted).grants.filter((grant) => !allows(rbac, grant));
    // The text itself makes the namespaces, so that its Roles can be made.
    const made = manifests(rbac).filter(({ kind }) => kind === 'Namespace');
    expect(made.map(({ metadata }) => metadata.name)).toContain(wanted.reviewer.namespace);
    expect(lacking.map(describeGrant).filter((grant) => grant !== 'create namespaces')).toEqual([]);
  });

  test.each(WORLDS)('in Vault: %s', (_name, facts, wanted) => {
    const policy = text('bind', facts, wanted).vaultPolicy;
    const { paths } = asked(facts, wanted);
    const held = Object.fromEntries(paths.map(({ path }) => [path, capabilitiesOn([policy], path)]));
    expect(missingCapabilities(paths, held)).toEqual([]);
  });

  test.each(WORLDS)('and what a gate asks for is what is printed for verify: %s', (_name, facts, over) => {
    const wanted: Intent = { ...over, mode: 'verify' };
    const { grants, paths } = asked(facts, wanted);
    const { rbac, vaultPolicy } = text('verify', facts, wanted);
    expect(grants.filter((grant) => !allows(rbac, grant)).map(describeGrant)).toEqual([]);
    expect(paths.filter(({ path }) => !capabilitiesOn([vaultPolicy], path).includes('read'))).toEqual([]);
    expect(paths.every(({ capabilities }) => capabilities.join() === 'read')).toBe(true);
  });

  test('the Roles of the text have a namespace to be in', () => {
    const wanted = intent(OWN);
    const all = manifests(text('bind', emptyFacts(), wanted).rbac);
    const spaces = all.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    const used = all.flatMap(({ metadata }) => metadata.namespace ?? []);
    expect(used.filter((name) => !spaces.includes(name))).toEqual([]);
  });

  test('the checklist is read by verify, and by a bind that waits for it', () => {
    const secret: Grant = {
      verb: 'get',
      group: '',
      resource: 'secrets',
      namespace: 'openshift-pipelines',
      name: 'quay-auth',
    };
    const wanted = intent({ secrets: SECRETS });
    expect(allows(text('verify', healthyFacts(), wanted).rbac, secret)).toBe(true);
    expect(allows(text('bind', healthyFacts(), wanted).rbac, secret)).toBe(false);
    expect(allows(text('bind', healthyFacts(), { ...wanted, waitSeconds: 60 }).rbac, secret)).toBe(true);
  });
});

describe('what is asked for is no more than the plan needs', () => {
  const has = (grants: readonly Grant[], wanted: string): boolean =>
    grants.some((grant) => describeGrant(grant).startsWith(wanted));

  test('nothing to do takes no write', () => {
    const { grants, paths } = asked(healthyFacts(), intent());
    const verbs = grants.filter(({ subresource }) => subresource === undefined).map(({ verb }) => verb);
    expect(new Set(verbs)).toEqual(new Set(['get', 'list']));
    expect(paths.every(({ capabilities }) => capabilities.join() === 'read')).toBe(true);
  });

  test('the verb bind is asked for when the binding is made, and only then', () => {
    expect(has(asked(emptyFacts(), intent()).grants, 'bind clusterroles')).toBe(true);
    expect(has(asked(runbookFacts(), intent()).grants, 'bind clusterroles')).toBe(false);
  });

  test('sudo is asked for when a mount is enabled, and only then', () => {
    const sudo = (facts: Facts, wanted: Intent): string[] =>
      asked(facts, wanted).paths.flatMap(({ path, capabilities }) => (capabilities.includes('sudo') ? [path] : []));
    expect(sudo(emptyFacts(), intent())).toEqual(['sys/auth/kubernetes-prodtest']);
    expect(sudo(runbookFacts(), intent())).toEqual([]);
    expect(sudo(healthyFacts(), intent({ kubernetesHost: 'https://new.example.com' }))).toEqual([
      'sys/auth/kubernetes-prodtest-canary',
    ]);
  });

  test("a gate holds no token of vault-config-operator's account", () => {
    const wanted = intent({ mode: 'verify' });
    expect(has(asked(emptyFacts(), wanted).grants, 'create serviceaccounts/token default')).toBe(false);
    expect(has(asked(emptyFacts(), intent()).grants, 'create serviceaccounts/token default')).toBe(true);
  });

  test('no Secret is listed, and none but the named is read', () => {
    for (const [, facts, wanted] of WORLDS) {
      const secrets = asked(facts, wanted).grants.filter(({ resource }) => resource === 'secrets');
      expect(secrets.filter(({ verb, name }) => verb !== 'create' && name === undefined)).toEqual([]);
      expect(secrets.map(({ verb }) => verb)).not.toContain('list');
    }
  });
});

describe('the printed texts', () => {
  const wanted = intent({ secrets: SECRETS });
  const all = grantTexts(survey(healthyFacts(), wanted), gitopsGrants(wanted));

  test('name the identities', () => {
    expect(all.map(({ identity }) => identity)).toEqual([
      'bind',
      'rotate',
      'unbind',
      'verify',
      'vault-config-operator',
    ]);
  });

  test.each(all)('$identity: balanced HCL without wildcards on ours', ({ vaultPolicy }) => {
    const bare = vaultPolicy.replace(/"(?:[^"\\\n]|\\.)*"/g, '');
    expect(bare).not.toContain('"');
    expect(bare.split('{')).toHaveLength(bare.split('}').length);
    const rules = pathRules(vaultPolicy);
    expect(rules).toHaveLength(bare.match(/^path /gm)?.length ?? 0);
    for (const { pattern, capabilities } of rules) {
      expect(pattern).not.toMatch(/[*+]/);
      expect(capabilities.length).toBeGreaterThan(0);
    }
  });

  test.each(all.filter(({ rbac }) => rbac !== ''))('$identity: YAML with a binding for each role', ({ rbac }) => {
    const documents = manifests(rbac);
    const roles = documents.filter(({ kind }) => /Role$/.test(kind));
    expect(documents.filter(({ kind }) => /RoleBinding$/.test(kind))).toHaveLength(roles.length);
    expect(roles.flatMap(({ rules = [] }) => rules).every(({ verbs }) => new Set(verbs).size === verbs.length)).toBe(
      true,
    );
  });

  test.each(all.filter(({ jwtRole }) => jwtRole !== ''))('$identity: a JWT role that is JSON', ({ jwtRole }) => {
    const body = jwtRole.slice(jwtRole.indexOf('{'), jwtRole.lastIndexOf('}') + 1);
    expect(JSON.parse(body)).toMatchObject({ role_type: 'jwt', bound_claims: { repository_id: expect.any(String) } });
  });

  test('rotate may write the config that is stored and nothing else', () => {
    const policy = all.find(({ identity }) => identity === 'rotate')?.vaultPolicy ?? '';
    expect(policy).toContain(
      'required_parameters = ["kubernetes_host", "kubernetes_ca_cert", "token_reviewer_jwt", "disable_local_ca_jwt"]',
    );
    expect(policy).toContain(`"kubernetes_ca_cert" = [${JSON.stringify(CA)}]`);
    expect(policy).toContain('"disable_local_ca_jwt" = [true, "true"]');
    const writes = pathRules(policy).filter(({ capabilities }) => capabilities.includes('update'));
    expect(writes.map(({ pattern }) => pattern).filter((pattern) => !pattern.endsWith('-self'))).toEqual([
      'auth/kubernetes-prodtest/config',
    ]);
  });

  test.each(['1234', 'null', 'on', 'true', 'no'])('a namespace called %s stays a string', (name) => {
    const grants = [{ verb: 'get', group: '', resource: 'secrets', namespace: name, name }];
    const [namespace, role] = manifests(rbacYaml('bind', grants));
    expect(namespace).toMatchObject({ kind: 'Namespace', metadata: { name } });
    expect(role?.metadata.namespace).toBe(name);
    expect(role?.rules?.[0]?.resourceNames).toEqual([name]);
  });
});
