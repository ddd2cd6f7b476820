import { describe, expect, test } from '@jest/globals';
import type { ApplicationFact, GitopsFacts } from '../../src/binding/facts.js';
import { ForeignText } from '../../src/binding/foreign.js';
import { absent } from '../../src/binding/observed.js';
import type { CheckResult } from '../../src/checks/check.js';
import { GITOPS_ROWS, gitopsChecks, gitopsPending } from '../../src/checks/gitops.js';
import { gitopsGrants } from '../../src/checks/gitops-grants.js';
import {
  application,
  applicationSet,
  condition,
  FORBIDDEN,
  facts,
  HEALTHY_SECRET,
  intent,
  NOW,
  resource,
  seen,
} from './gitops-facts.js';

function check(id: string, seenFacts: GitopsFacts, wanted = intent()): CheckResult {
  const found = gitopsChecks(seenFacts, wanted, NOW).find((result) => result.id === id);
  if (found === undefined) throw new Error(`no row ${id}`);
  return found;
}

const BAD_MESSAGE = 'secret hunter2hunter2 https://u:hunter2hunter2@host/x';

/** id, what is broken, how it reads. */
const RED: [string, Partial<GitopsFacts>, RegExp][] = [
  ['argocd.instance', { argocd: seen() }, /^no ArgoCD openshift-gitops\/openshift-gitops$/],
  [
    'argocd.instance',
    { argocd: seen({ ref: { namespace: 'openshift-gitops', name: 'other' }, phase: 'Available', components: {} }) },
    /there: openshift-gitops\/other/,
  ],
  [
    'argocd.instance',
    {
      argocd: seen({
        ref: { namespace: 'openshift-gitops', name: 'openshift-gitops' },
        phase: 'Available',
        components: {},
      }),
    },
    /^applicationSetController not set$/,
  ],
  [
    'argocd.instance',
    {
      argocd: seen({
        ref: { namespace: 'openshift-gitops', name: 'openshift-gitops' },
        phase: 'Pending',
        components: { applicationSetController: 'Running' },
      }),
    },
    /^phase Pending$/,
  ],
  ['argocd.applicationsets', { applicationSets: seen() }, /no ApplicationSet exists/],
  ['argocd.applicationsets', { applicationSets: seen(applicationSet('empty')) }, /empty: owns no Application/],
  ['argocd.applicationsets', { applicationSets: seen(applicationSet('apps-by-env', [])) }, /not reconciled yet/],
  [
    'argocd.applicationsets',
    {
      applicationSets: seen(
        applicationSet('apps-by-env', [
          condition('ErrorOccurred', 'True', { reason: 'ApplicationGenerationFromParamsError', message: BAD_MESSAGE }),
          condition('ResourcesUpToDate', 'False'),
        ]),
      ),
    },
    /ErrorOccurred \(ApplicationGenerationFromParamsError\)/,
  ],
  [
    'argocd.applicationsets',
    { applicationSets: seen(applicationSet('apps-by-env', [condition('ErrorOccurred', 'False')])) },
    /ResourcesUpToDate not True/,
  ],
  ['argocd.applications', { applications: seen() }, /no Application exists/],
  ['argocd.applications', { applications: seen(application('web', { sync: '' })) }, /web: never compared/],
  [
    'argocd.applications',
    { applications: seen(application('web', { health: 'Degraded', sync: 'OutOfSync' }), application('api')) },
    /^1 of 2 Applications not right: openshift-gitops\/web: sync OutOfSync, health Degraded$/,
  ],
  [
    'argocd.applications',
    {
      applications: seen(
        application('web', {
          operationPhase: 'Failed',
          operationMessage: new ForeignText('one or more objects failed to apply: spec.path: Required value'),
        }),
      ),
    },
    /operation Failed \(required field missing \(spec\.path\)\)/,
  ],
  [
    'argocd.applications',
    { applications: seen(application('web', { conditions: [condition('SyncError', '', { message: BAD_MESSAGE })] })) },
    /web: SyncError$/,
  ],
  [
    'argocd.repo-access',
    {
      applications: seen(
        application('web', {
          sync: 'Unknown',
          conditions: [condition('ComparisonError', '', { message: 'failed to list refs: authorization failed: x' })],
        }),
      ),
    },
    /^access refused: openshift-gitops\/web \(github\.com\/bitiq-io\/gitops\.git\)$/,
  ],
  [
    'application.vault-config',
    { applications: seen(application('vault-runtime-prodtest')) },
    /no Application openshift-gitops\/vault-config-prodtest/,
  ],
  [
    'application.vault-runtime',
    { applications: seen(application('vault-runtime-prodtest', { health: 'Missing' })) },
    /^health Missing$/,
  ],
  ['vco.resources', { vco: seen() }, /no resource of vault-config-operator exists/],
  ['vco.resources', { vco: seen(resource('Policy', [])) }, /Policy openshift-gitops\/it: not reconciled yet/],
  ['vso.resources', { vso: seen() }, /no resource of vault-secrets-operator exists/],
  ['vso.resources', { vso: seen(resource('VaultStaticSecret', [])) }, /not reconciled yet/],
  [
    'secret.ci/quay-auth',
    { secrets: { 'ci/quay-auth': absent } },
    /absent; although VaultStaticSecret openshift-gitops\/it says/,
  ],
  ['secret.ci/quay-auth', { secrets: { 'ci/quay-auth': absent }, vso: seen() }, /no VaultStaticSecret has it/],
  ['secret.ci/quay-auth', { secrets: { 'ci/quay-auth': absent }, vso: absent }, /is not installed/],
  ['secret.ci/quay-auth', { secrets: { 'ci/quay-auth': absent }, vso: FORBIDDEN }, /cannot be read/],
];

const UNREADABLE: [string, Partial<GitopsFacts>][] = [
  ['argocd.instance', { argocd: FORBIDDEN }],
  ['argocd.applicationsets', { applicationSets: FORBIDDEN }],
  ['argocd.applicationsets', { applications: FORBIDDEN }],
  ['argocd.applications', { applications: FORBIDDEN }],
  ['argocd.repo-access', { applications: FORBIDDEN }],
  ['application.vault-config', { applications: FORBIDDEN }],
  ['application.vault-runtime', { applications: FORBIDDEN }],
  ['vco.resources', { vco: FORBIDDEN }],
  ['vso.resources', { vso: FORBIDDEN }],
  ['secret.ci/quay-auth', { secrets: { 'ci/quay-auth': FORBIDDEN }, vso: seen() }],
];

describe('the GitOps checklist', () => {
  test('is green on a finished bootstrap, without hints', () => {
    const results = gitopsChecks(facts(), intent(), NOW);
    expect(results.map(({ id, state, hint }) => [id, state, hint])).toEqual([
      ['argocd.instance', 'green', ''],
      ['argocd.applicationsets', 'green', ''],
      ['argocd.applications', 'green', ''],
      ['argocd.repo-access', 'green', ''],
      ['application.vault-config', 'green', ''],
      ['application.vault-runtime', 'green', ''],
      ['vco.resources', 'green', ''],
      ['vso.resources', 'green', ''],
      ['secret.ci/quay-auth', 'green', ''],
    ]);
  });

  test.each(RED)('%s is red: %j', (id, broken, detail) => {
    const result = check(id, facts(broken));
    expect(result.state).toBe('red');
    expect(result.detail).toMatch(detail);
    expect(result.hint).not.toBe('');
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test.each(UNREADABLE)('%s is unknown when %j cannot be read', (id, broken) => {
    const result = check(id, facts(broken));
    expect(result).toMatchObject({ state: 'unknown', code: 'CLUSTER_FORBIDDEN' });
    expect(result.hint).toMatch(/^Grant (list|get) on/);
  });

  test('has a green, a red and an unknown case for every row', () => {
    const ids = gitopsChecks(facts(), intent(), NOW).map(({ id }) => id);
    expect(new Set(RED.map(([id]) => id))).toEqual(new Set(ids));
    expect(new Set(UNREADABLE.map(([id]) => id))).toEqual(new Set(ids));
  });

  test('documents every row it can show, with the same text', () => {
    const shown = gitopsChecks(facts(), intent({ applications: [] }), NOW);
    for (const { id, description } of shown) {
      const row = GITOPS_ROWS.find((candidate) => candidate.id === id.replace('ci/quay-auth', '<namespace>/<name>'));
      expect(row?.description.replace('<namespace>/<name>', 'ci/quay-auth')).toBe(description);
    }
    expect(new Set(GITOPS_ROWS.map(({ id }) => id)).size).toBe(GITOPS_ROWS.length);
    for (const { hint } of GITOPS_ROWS) expect(hint).toMatch(/\.$/);
  });

  test('is red with what to install on a cluster that has none of it', () => {
    const nothing = { argocd: absent, applicationSets: absent, applications: absent, vco: absent, vso: absent };
    const results = gitopsChecks(facts({ ...nothing, secrets: { 'ci/quay-auth': absent } }), intent(), NOW);
    const states = Object.fromEntries(results.map(({ id, state }) => [id, state]));
    expect(states).toEqual({
      'argocd.instance': 'red',
      'argocd.applicationsets': 'red',
      'argocd.applications': 'red',
      'argocd.repo-access': 'skipped',
      'application.vault-config': 'red',
      'application.vault-runtime': 'red',
      'vco.resources': 'red',
      'vso.resources': 'red',
      'secret.ci/quay-auth': 'red',
    });
    expect(results.find(({ id }) => id === 'argocd.instance')?.hint).toContain(
      'make bootstrap-gitops CLUSTER=prodtest',
    );
  });

  test('shows rows named in skip-checks as skipped, whatever they would be', () => {
    const wanted = intent({ skipChecks: ['vco.resources', 'secret.ci/quay-auth'] });
    expect(check('vco.resources', facts({ vco: seen() }), wanted)).toMatchObject({ state: 'skipped', hint: '' });
    expect(check('secret.ci/quay-auth', facts({ secrets: {} }), wanted).state).toBe('skipped');
  });

  test('is pending, row by row, where a mode does not look at it', () => {
    const wanted = intent({ skipChecks: ['vco.resources'] });
    const rows = gitopsPending(wanted);
    expect(rows.map(({ id }) => id)).toEqual(gitopsChecks(facts(), wanted, NOW).map(({ id }) => id));
    for (const { id, state } of rows) expect([id, state]).toEqual([id, id === 'vco.resources' ? 'skipped' : 'pending']);
  });

  test('gives other listed Applications their own row, and a name listed twice one', () => {
    const other = { namespace: 'team', name: 'web' };
    const wanted = intent({ applications: [...intent().applications, other, other] });
    const ids = gitopsChecks(facts(), wanted, NOW).map(({ id }) => id);
    expect(ids.filter((id) => id.startsWith('application.'))).toEqual([
      'application.vault-config',
      'application.vault-runtime',
      'application.team/web',
    ]);
    expect(check('application.team/web', facts(), wanted).state).toBe('red');
  });

  test('a Secret nobody looked at is pending', () => {
    expect(check('secret.ci/quay-auth', facts({ secrets: {} })).state).toBe('pending');
  });

  test('an absent Secret is blamed on the VaultStaticSecret that failed, with its cause', () => {
    const message =
      'URL: GET https://v:8200/v1/gitops/data/ci/quay\nCode: 403. Errors:\n\n* 1 error occurred:\n\t* permission denied';
    const maker = {
      ...HEALTHY_SECRET,
      conditions: [condition('Healthy', 'False'), condition('SecretSynced', 'False', { message })],
    };
    const result = check('secret.ci/quay-auth', facts({ vso: seen(maker), secrets: { 'ci/quay-auth': absent } }));
    expect(result.detail).toBe(
      'absent; VaultStaticSecret openshift-gitops/it: policy denies the path (403, gitops/data/ci/quay)',
    );
    expect(result.code).toBe('VAULT_FORBIDDEN');
  });

  test('repository access counts the last operation only while nothing newer was compared', () => {
    const failed = { operationPhase: 'Error', operationMessage: new ForeignText('authentication required') };
    const state = (sync: string) =>
      check('argocd.repo-access', facts({ applications: seen(application('web', { ...failed, sync })) })).state;
    expect([state('Unknown'), state(''), state('Synced'), state('OutOfSync')]).toEqual([
      'red',
      'red',
      'green',
      'green',
    ]);
  });

  test('a sync that failed says that it is not tried again, and what was not applied', () => {
    const stuck = application('vault-config-prodtest', {
      sync: 'OutOfSync',
      operationPhase: 'Failed',
      operationMessage: new ForeignText('one or more objects failed to apply'),
      failures: [
        { kind: 'Policy', name: 'gitops', message: new ForeignText('no matches for kind "Policy" in version x') },
      ],
    });
    const seenFacts = facts({ applications: seen(stuck) });
    const row = check('application.vault-config', seenFacts);
    expect(row.detail).toBe(
      'sync OutOfSync, operation Failed (sync failed), Policy gitops failed (CRD missing when it was applied (Policy))',
    );
    expect(row.hint).toContain('does not retry by itself: argocd app sync vault-config-prodtest');
    expect(row.hint).toContain('refresh=hard');
    expect(check('argocd.applications', seenFacts).hint).toBe(row.hint);
  });

  test.each<[Partial<ApplicationFact>, RegExp]>([
    [{ deleting: true }, /^being deleted$/],
    [{ outdated: true }, /^not compared since its source changed$/],
    [{ operationPhase: 'Running', retries: 3 }, /^operation retried 3 times$/],
  ])('an Application that is Synced and Healthy is red when %j', (more, detail) => {
    const seenFacts = facts({ applications: seen(application('vault-config-prodtest', more)) });
    expect(check('application.vault-config', seenFacts)).toMatchObject({
      state: 'red',
      detail: expect.stringMatching(detail),
    });
  });

  test('repository access is told once for each repository, however its URL is spelled', () => {
    const refused = (name: string, url: string) =>
      application(name, {
        sync: 'Unknown',
        repoUrls: [new ForeignText(url)],
        conditions: [condition('ComparisonError', '', { message: 'failed to list refs: authorization failed: x' })],
      });
    const urls = [
      'git@git.example:Team/gitops.git',
      'ssh://git@git.example/team/gitops',
      'https://git.example/team/gitops',
    ];
    const { detail } = check(
      'argocd.repo-access',
      facts({ applications: seen(...urls.map((url, index) => refused(`app-${index}`, url))) }),
    );
    expect(detail).toBe(
      'access refused: openshift-gitops/app-0 and 1 more (git.example:Team/gitops.git); openshift-gitops/app-2 (git.example/team/gitops)',
    );
  });

  test.each<[string, Partial<ApplicationFact>, string, RegExp]>([
    [
      'chart error',
      { conditions: [condition('ComparisonError', '', { message: 'helm template . failed' })] },
      'green',
      /^1/,
    ],
    [
      'network error',
      { conditions: [condition('ComparisonError', '', { message: 'failed to list refs: dial tcp: x' })] },
      'unknown',
      /^not told yet, for nothing was compared: openshift-gitops\/web \(/,
    ],
    ['no comparison', {}, 'unknown', /^not told yet/],
  ])('repository access with a %s is %j', (_what, more, state, detail) => {
    const row = check(
      'argocd.repo-access',
      facts({ applications: seen(application('web', { sync: 'Unknown', ...more })) }),
    );
    expect(row).toMatchObject({ state, detail: expect.stringMatching(detail) });
    expect(row.severity).toBe(state === 'unknown' ? 'warning' : 'error');
  });

  test('repository access says when an error may still be hidden', () => {
    const old = application('web', { reconciledAt: NOW - 5 * 60_000 });
    expect(check('argocd.repo-access', facts({ applications: seen(old) }))).toMatchObject({
      state: 'green',
      detail: '1 Application, last compared 5 m ago; Argo CD tells of a repository error only after 180 s',
    });
  });

  test('repository access looks at ApplicationSets too, whose Git generators read repositories', () => {
    const broken = applicationSet('git', [condition('ErrorOccurred', 'True', { message: 'authorization failed' })]);
    const { state, detail } = check('argocd.repo-access', facts({ applicationSets: seen(broken) }));
    expect([state, detail]).toEqual(['red', 'access refused: ApplicationSet openshift-gitops/git']);
  });

  test('names ten of many and counts the rest', () => {
    const many = Array.from({ length: 25 }, (_, index) => application(`app-${index}`, { health: 'Degraded' }));
    const { detail } = check('argocd.applications', facts({ applications: seen(...many) }));
    expect(detail.match(/app-\d+/g)).toHaveLength(10);
    expect(detail).toMatch(/^25 of 25 .*; and 15 more$/);
  });

  test('an Application that was not compared for hours says so', () => {
    const old = application('vault-config-prodtest', { reconciledAt: NOW - 5 * 3_600_000 });
    expect(check('application.vault-config', facts({ applications: seen(old) })).detail).toContain('5 h ago');
  });
});

describe('grants', () => {
  test('name every Secret and every namespace that is looked at, and only get and list', () => {
    const grants = gitopsGrants(intent({ applications: [{ namespace: 'team', name: 'web' }] }));
    expect(grants).toContainEqual({ verb: 'get', group: '', resource: 'secrets', namespace: 'ci', name: 'quay-auth' });
    expect(grants).toContainEqual({ verb: 'list', group: 'argoproj.io', resource: 'applications', namespace: 'team' });
    expect(grants.filter(({ verb }) => verb !== 'list').map(({ resource: name }) => name)).toEqual(['secrets']);
  });
});
