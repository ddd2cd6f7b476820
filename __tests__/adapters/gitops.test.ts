import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startCluster } from '../../sandbox/cluster.ts';
import {
  BREAKAGES,
  ensureNamespace,
  installGitopsCrds,
  loginRefused,
  makeGitopsHealthy,
  putGitopsObject,
} from '../../sandbox/gitops.ts';
import { gitopsObject, VCO_SUCCEEDED, vcoFailed } from '../../sandbox/gitops-objects.ts';
import type { Cluster } from '../../sandbox/types.ts';
import { type GitopsReads, gitopsReads, type KubeReader } from '../../src/adapters/gitops.js';
import { applicationOf, applicationSetOf, argoInstanceOf, resourceOf } from '../../src/adapters/gitops-facts.js';
import type { GitopsFacts } from '../../src/binding/facts.js';
import { absent, type Observed, present, unreadable } from '../../src/binding/observed.js';
import { gitopsChecks } from '../../src/checks/gitops.js';
import { intent } from '../checks/gitops-facts.js';

const ARGO = 'openshift-gitops';
const ENV = 'prodtest';

/** Reads as admin through the sandbox; status codes mean what they mean to the API client. */
function readerOf(cluster: Cluster): KubeReader {
  const get = async (path: string): Promise<Observed<unknown>> => {
    const { status, body } = await cluster.request('GET', path);
    if (status === 404) return absent;
    if (status === 200) return present(body);
    return unreadable({ code: 'CLUSTER_ERROR', message: `${status}`, hint: 'x' });
  };
  return {
    get,
    async list(path, keep) {
      const seen = await get(path);
      return seen.state === 'present' ? present((seen.value as { items: unknown[] }).items.map(keep)) : seen;
    },
  };
}

async function look(reads: GitopsReads): Promise<GitopsFacts> {
  const [argocd, applicationSets, applications, vco, vso] = await Promise.all([
    reads.argocdInstances(ARGO),
    reads.applicationSets(ARGO),
    reads.applications(ARGO),
    reads.vcoResources(),
    reads.vsoResources(),
  ]);
  return { argocd, applicationSets, applications, vco, vso, secrets: {} };
}

const wanted = intent({ secrets: [] });

async function states(reads: GitopsReads): Promise<Record<string, string>> {
  const results = gitopsChecks(await look(reads), wanted, Date.now());
  return Object.fromEntries(results.map(({ id, state }) => [id, state]));
}

let cluster: Cluster;
let reads: GitopsReads;
beforeAll(async () => {
  cluster = await startCluster({ real: process.env['SANDBOX_REAL'] === '1' });
  reads = gitopsReads(readerOf(cluster));
}, 600_000);
afterAll(() => cluster?.stop());

// One cluster lives through these in order: bare, then installed but empty, then healthy, then broken.
describe('reading a cluster', () => {
  test('without any CRD and without the namespaces: absent, and nothing green', async () => {
    const facts = await look(reads);
    for (const fact of [facts.argocd, facts.applicationSets, facts.applications, facts.vco, facts.vso]) {
      expect(fact).toEqual(absent);
    }
    expect(Object.values(await states(reads))).not.toContain('green');
  });

  test('with CRDs and without the namespaces: present, empty, and nothing green', async () => {
    await installGitopsCrds(cluster);
    expect(await reads.applications(ARGO)).toEqual(present([]));
    expect(await reads.vcoResources()).toEqual(present([]));
    expect(Object.values(await states(reads))).not.toContain('green');
  }, 60_000);

  test('after a bootstrap: every row is green, and no value was kept', async () => {
    await makeGitopsHealthy(cluster, ENV);
    expect(new Set(Object.values(await states(reads)))).toEqual(new Set(['green']));
    const kept = JSON.stringify(await look(reads));
    expect(kept).not.toContain('secretMAC');
    expect(kept).not.toContain('c2VjcmV0LW1hYw==');
  }, 60_000);

  test.each(Object.keys(BREAKAGES))('%s', async (name) => {
    await BREAKAGES[name]?.(cluster, ENV);
    const results = gitopsChecks(await look(reads), wanted, Date.now());
    const row = results.find(({ id }) => id === name.split(':')[0]);
    expect(row?.state).toBe('red');
    expect(JSON.stringify(results)).not.toContain('planted');
  });

  test('asks the Events of a resource that failed and succeeded, and only of such', async () => {
    const namespace = 'tie';
    await ensureNamespace(cluster, namespace);
    const failedAt = { lastTransitionTime: '2025-12-31T00:00:00Z' };
    const status = { conditions: [vcoFailed(loginRefused(ENV), failedAt), VCO_SUCCEEDED] };
    await putGitopsObject(cluster, gitopsObject('Policy', namespace, 'healed', { status }));
    await putGitopsObject(cluster, gitopsObject('Policy', namespace, 'relapsed', { status }));
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const made = await cluster.request('POST', `/api/v1/namespaces/${namespace}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'relapsed.1', namespace },
      involvedObject: { apiVersion: 'redhatcop.redhat.io/v1alpha1', kind: 'Policy', namespace, name: 'relapsed' },
      reason: 'ProcessingError',
      type: 'Warning',
      message: 'planted in an event',
      firstTimestamp: now,
      lastTimestamp: now,
    });
    expect(made.status).toBe(201);
    const seen = await reads.vcoResources();
    const byName = (name: string) =>
      (seen.state === 'present' ? seen.value : [])
        .find(({ ref }) => ref.namespace === namespace && ref.name === name)
        ?.conditions.at(-1);
    expect(byName('healed')).toMatchObject({ type: 'ProcessingError', status: 'False' });
    expect(byName('relapsed')).toMatchObject({ type: 'ProcessingError', status: 'True', changedAt: Date.parse(now) });
    const others = (seen.state === 'present' ? seen.value : []).filter(({ ref }) => ref.namespace !== namespace);
    expect(others.flatMap(({ conditions }) => conditions).some(({ type }) => type === 'ProcessingError')).toBe(false);
  });

  test('a status of the wrong shape is read, and is not green', async () => {
    const odd = ['a string', 7, [null, 'x', { type: 3 }], { type: 'ReconcileSuccessful', status: 'True' }];
    for (const [index, conditions] of odd.entries()) {
      await putGitopsObject(cluster, gitopsObject('Policy', 'tie', `odd-${index}`, { status: { conditions } }));
    }
    const seen = await reads.vcoResources();
    const found = (seen.state === 'present' ? seen.value : []).filter(({ ref }) => ref.name.startsWith('odd-'));
    expect(found).toHaveLength(odd.length);
    expect((await states(reads))['vco.resources']).toBe('red');
  });
});

/** A reader that answers what `paths` says and 404 else, for answers that no honest server gives. */
function scripted(paths: Record<string, Observed<unknown>>): KubeReader {
  const get = async (path: string): Promise<Observed<unknown>> => paths[path] ?? absent;
  return {
    get,
    async list(path, keep) {
      const seen = await get(path);
      return seen.state === 'present' ? present((seen.value as unknown[]).map(keep)) : seen;
    },
  };
}

const kind = (name: string, more = {}) => ({ name, kind: name, namespaced: true, verbs: ['get', 'list'], ...more });
const VCO = '/apis/redhatcop.redhat.io/v1alpha1';
const FORBIDDEN = unreadable({ code: 'CLUSTER_FORBIDDEN', message: '403', hint: 'Grant list.' });

describe('kinds', () => {
  test('one that cannot be read makes the whole unreadable', async () => {
    const discovery = present({ resources: [kind('policies'), kind('entities')] });
    const paths = { [VCO]: discovery, [`${VCO}/policies`]: present([{}]), [`${VCO}/entities`]: FORBIDDEN };
    expect(await gitopsReads(scripted(paths)).vcoResources()).toEqual(FORBIDDEN);
  });

  test("are those of vault-config-operator, not its vendor's other operators, subresources or unlistable ones", async () => {
    const resources = [
      kind('policies/status'),
      kind('groupsyncs'),
      kind('patches'),
      kind('reviews', { verbs: ['create'] }),
    ];
    const paths = { [VCO]: present({ resources }), [`${VCO}/groupsyncs`]: FORBIDDEN };
    expect(await gitopsReads(scripted(paths)).vcoResources()).toEqual(absent);
  });

  test('in a version never seen are found there, and not called absent', async () => {
    const group = '/apis/secrets.hashicorp.com';
    const paths = {
      [group]: present({ versions: [{ version: 'v2' }, { version: '../../evil' }, 7] }),
      [`${group}/v2`]: present({ resources: [kind('vaultauths')] }),
      [`${group}/v2/vaultauths`]: present([{ metadata: { name: 'k8s', namespace: 'ci' } }]),
      '/apis/argoproj.io': present({ versions: [{ version: 'v1' }] }),
      [`/apis/argoproj.io/v1/namespaces/${ARGO}/applications`]: present([
        { metadata: { name: 'web', namespace: ARGO } },
      ]),
    };
    const reader = gitopsReads(scripted(paths));
    expect(await reader.vsoResources()).toMatchObject({ value: [{ kind: 'vaultauths', ref: { name: 'k8s' } }] });
    expect(await reader.applications(ARGO)).toMatchObject({ value: [{ ref: { name: 'web' } }] });
    const refused = gitopsReads(scripted({ ...paths, [group]: FORBIDDEN }));
    expect(await refused.vsoResources()).toEqual(FORBIDDEN);
  });

  test('operators show when they renewed their Lease last, the newest of several', async () => {
    const lease = (renewTime: unknown) => ({ spec: { renewTime } });
    const path = (name: string) => `/apis/coordination.k8s.io/v1/leases?fieldSelector=metadata.name%3D${name}`;
    const paths = {
      [path('b0d477c0.hashicorp.com')]: present([
        lease('2026-01-01T00:00:00.000000Z'),
        lease('2026-01-02T00:00:00Z'),
        lease(7),
      ]),
      [path('3d7d3a62.redhat.io')]: present([lease(undefined)]),
    };
    expect(await gitopsReads(scripted(paths)).heartbeats()).toEqual({
      vso: present({ renewedAt: Date.parse('2026-01-02T00:00:00Z') }),
      vco: absent,
    });
  });

  test('more than a page of them is read whole', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `kinds${index}`);
    const paths: Record<string, Observed<unknown>> = { [VCO]: present({ resources: names.map((name) => kind(name)) }) };
    for (const name of names) paths[`${VCO}/${name}`] = present([{ metadata: { name } }]);
    const seen = await gitopsReads(scripted(paths)).vcoResources();
    expect(seen.state === 'present' ? seen.value.map(({ ref }) => ref.name) : []).toEqual(names);
  });

  test('Argo CD of the older API version is found', async () => {
    const path = `/apis/argoproj.io/v1alpha1/namespaces/${ARGO}/argocds`;
    const seen = await gitopsReads(scripted({ [path]: present([{ status: { phase: 'Available' } }]) })).argocdInstances(
      ARGO,
    );
    expect(seen).toMatchObject({ state: 'present', value: [{ phase: 'Available' }] });
  });
});

/** Statuses of the wrong shape: none of them may look like success. */
const SHAPELESS: [string, unknown][] = [
  ['none', undefined],
  ['null', null],
  ['empty', {}],
  ['conditions are a string', { conditions: 'ReconcileSuccessful' }],
  ['conditions are strings', { conditions: ['Healthy', 'ReconcileSuccessful'] }],
  [
    'a condition without status',
    { conditions: [{ type: 'Healthy' }, { type: 'ReconcileSuccessful' }], lastGeneration: 1 },
  ],
  ['a status that is true', { conditions: [{ type: 'ReconcileSuccessful', status: true, observedGeneration: 1 }] }],
  ['2 MiB of a type', { conditions: [{ type: 'Healthy'.repeat(2 ** 18), status: 'True' }], lastGeneration: 1 }],
  ['strings for numbers', { conditions: [{ type: 'Healthy', status: 'True' }], lastGeneration: '1', valid: 'true' }],
];

describe('a status of any shape is not green', () => {
  test.each(SHAPELESS)('%s', (_name, status) => {
    const metadata = { name: 'x', namespace: 'ci', generation: 1 };
    const facts = {
      argocd: present([argoInstanceOf({ metadata: { name: ARGO, namespace: ARGO }, status })]),
      applicationSets: present([applicationSetOf({ metadata, status })]),
      applications: present([applicationOf({ metadata, status })]),
      vco: present([resourceOf('Policy', { metadata, status })]),
      vso: present([
        resourceOf('VaultStaticSecret', { metadata, status }),
        resourceOf('VaultAuth', { metadata, status }),
      ]),
      secrets: {},
    };
    const results = gitopsChecks(facts, wanted, Date.now());
    expect(results.filter(({ state }) => state === 'green').map(({ id }) => id)).toEqual([]);
    for (const { detail } of results) expect(detail.length).toBeLessThan(2000);
  });
});

const HOSTILE: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a string', 'x'],
  ['an array', [1]],
  ['status is a string', { status: 'x', metadata: 'y', spec: 'z' }],
  ['conditions are an object', { status: { conditions: { length: 5 } } }],
  ['numbers for names', { metadata: { name: 5, namespace: {} }, status: { phase: 7, sync: [], health: null } }],
  ['inherited names', JSON.parse('{"__proto__":{"status":{"phase":"Available"}},"status":{"constructor":1}}')],
  ['control characters', { metadata: { name: 'a\u001b[31m\n::error::x' }, status: { phase: '\u202eevil' } }],
];

describe('objects of any shape', () => {
  test.each(HOSTILE)('%s', (_name, object) => {
    for (const parse of [
      argoInstanceOf,
      applicationSetOf,
      applicationOf,
      (one: unknown) => resourceOf('Policy', one),
    ]) {
      const text = JSON.stringify(parse(object));
      expect(text).not.toMatch(/\\u001b|\\n|::error|\u202e/);
      expect(text).not.toContain('Available');
    }
  });

  test('a message of 2 MiB is cut to its two ends, where causes stand', () => {
    const message = `invalid role name "a"${'x'.repeat(2 ** 21)}Code: 400`;
    const { conditions } = resourceOf('Policy', { status: { conditions: [{ type: 'X', status: 'True', message }] } });
    expect(conditions[0]?.message.matches(/invalid role name[\s\S]*Code: 400$/)).toBe(true);
    expect(conditions[0]?.message.matches(/x{3000}/)).toBe(false);
  });

  test('a repository URL gives its host and path, never its credentials', () => {
    const urls = [
      'https://u:p%2Fplanted@h.example/o/r.git',
      'git@h.example:o/r.git',
      'https://h.example/o/r.git?token=planted',
    ];
    const sources = urls.map((repoURL) => ({ repoURL }));
    const refused = { type: 'ComparisonError', message: 'authentication required' };
    const one = applicationOf({
      metadata: { name: 'web', namespace: ARGO },
      spec: { sources },
      status: { conditions: [refused] },
    });
    const facts = {
      applications: present([one]),
      applicationSets: absent,
      argocd: absent,
      vco: absent,
      vso: absent,
      secrets: {},
    };
    const row = gitopsChecks(facts, wanted, Date.now()).find(({ id }) => id === 'argocd.repo-access');
    expect(row?.detail).toBe(`access refused: ${ARGO}/web (h.example/o/r.git, h.example:o/r.git)`);
  });
});
