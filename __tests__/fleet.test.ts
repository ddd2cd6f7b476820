import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openCheckout } from '../src/adapters/checkout.js';
import type { FleetIntent } from '../src/binding/intent.js';
import { fleetReport } from '../src/fleet.js';
import type { Report } from '../src/report/model.js';
import { outputs } from '../src/report/outputs.js';
import { renderSummary } from '../src/report/summary.js';
import { type ClustersFolder, clustersFolder } from './fixtures/clusters.js';

let folder: ClustersFolder | undefined;
afterEach(() => folder?.remove());

function open(...given: Parameters<typeof clustersFolder>): ClustersFolder {
  folder = clustersFolder(...given);
  return folder;
}

function fleet(wanted: Partial<FleetIntent> = {}, reports?: readonly unknown[]): Report {
  const clusters = openCheckout(folder?.path ?? '');
  if (!clusters) throw new Error('no checkout');
  const intent: FleetIntent = {
    mode: 'fleet',
    env: '',
    clusters: ['*'],
    clustersPath: folder?.path ?? '',
    mount: 'kubernetes-{env}',
    timeoutSeconds: 600,
    hideNames: false,
    ...wanted,
  };
  return fleetReport(intent, { clusters, reports, run: 'local', version: '1.0.0', now: () => 0 });
}

const clustersOf = (report: Report): readonly string[] => report.fleet?.members.map(({ cluster }) => cluster) ?? [];
const details = ({ checks, blockers }: Report): readonly string[] => [
  ...checks.filter(({ state }) => state !== 'green').map(({ id, detail }) => `${id}: ${detail}`),
  ...blockers.map(({ code, message, hint }) => `${code}: ${message} ${hint}`),
];

describe('which clusters have a job', () => {
  test('all, by name, with env and mount', () => {
    open({ prod: 'prod', crc: 'local', ephemeral: 'prodtest' });
    const report = fleet();
    expect(report.verdict).toBe('green');
    expect(report.fleet?.members).toEqual([
      { cluster: 'crc', env: 'local', mount: 'kubernetes-local', turn: expect.any(Number) },
      { cluster: 'ephemeral', env: 'prodtest', mount: 'kubernetes-prodtest', turn: expect.any(Number) },
      { cluster: 'prod', env: 'prod', mount: 'kubernetes-prod', turn: expect.any(Number) },
    ]);
  });

  test('names and globs, each cluster once', () => {
    open({ 'eu-1': 'prod', 'eu-2': 'stage', 'us-1': 'local' });
    expect(clustersOf(fleet({ clusters: ['eu-*', 'eu-2', '?u-1'], mount: '{cluster}' }))).toEqual(['eu-1', 'eu-2']);
  });

  test.each([
    [['!eu-2'], ['eu-1', 'us-1']],
    [['eu-*', '!eu-1'], ['eu-2']],
    [['eu-1', '!eu-1'], []],
  ])('%j leaves out what has a !', (clusters, left) => {
    open({ 'eu-1': 'prod', 'eu-2': 'stage', 'us-1': 'local' });
    const report = fleet({ clusters });
    expect([report.verdict, clustersOf(report)]).toEqual(['green', left]);
  });

  test('those of one environment', () => {
    open({ a: 'prod', b: 'stage', c: 'prod' });
    expect(clustersOf(fleet({ env: 'prod', mount: 'k8s/{cluster}' }))).toEqual(['a', 'c']);
  });

  test('a folder without cluster.yaml is none', () => {
    open({ prod: 'prod' }).write('clusters/_example/aws/cluster.yaml', 'name: x\n');
    expect(clustersOf(fleet())).toEqual(['prod']);
  });

  test.each([
    [['us-*'], 'no cluster fits us-*; there are eu, prod'],
    [['prdo'], 'no cluster fits prdo; there are eu, prod Did you mean prod?'],
    [['!prdo'], 'no cluster fits !prdo; there are eu, prod'],
  ])('%j fits nothing', (clusters, told) => {
    open({ prod: 'prod', eu: 'stage' });
    const report = fleet({ clusters });
    expect(report.verdict).toBe('red');
    expect(details(report).join()).toContain(`CLUSTER_UNKNOWN: ${told}`);
  });

  test('an empty repository', () => {
    open({});
    expect(details(fleet()).join()).toContain('no cluster fits *; there are no cluster.yaml below clusters/');
  });
});

describe('one broken cluster.yaml stops its own cluster and no other', () => {
  test.each([
    [
      'clusters/bad/cluster.yaml',
      'name: bad\ngitops:\n  env: moon\n',
      ':3: gitops.env: moon, expected gitops.env must be one of local, prod, prodtest, stage',
    ],
    [
      'clusters/bad/cluster.yaml',
      'name: bad\ngitops:\n  env: prod\nextra: 1\n',
      ':4: extra: 1, expected extra is not in the schema',
    ],
    ['clusters/bad/cluster.yaml', 'name: bad\n', ':1: gitops, expected gitops must be there'],
    [
      'clusters/bad/cluster.yaml',
      'name: Bad_One\ngitops: {env: stage}\n',
      ':1: name: Bad_One, expected name must match',
    ],
    ['clusters/bad/cluster.yaml', 'name: bad\nname: bad\ngitops: {env: stage}\n', ':2: a key that is there already'],
    ['clusters/bad/cluster.yaml', 'name: bad\ngitops:\n\tenv: stage\n', ':3: a tab that indents'],
    ['clusters/bad/cluster.yaml', '', ':1: an empty file'],
    ['clusters/Bad.One/cluster.yaml', 'name: bad\ngitops: {env: stage}\n', ':1: folder Bad.One'],
    ['clusters/bad/cluster.yaml', `a: ${'x'.repeat(3_000_000)}`, ':1: clusters/bad/cluster.yaml is larger than 2 MiB'],
  ])('%s: %j', (file, text, told) => {
    open({ prod: 'prod', eu: 'stage' }).write(file, text);
    const report = fleet();
    expect(report.verdict).toBe('red');
    expect(clustersOf(report)).toContain('prod');
    expect(clustersOf(report).join()).not.toMatch(/bad/i);
    expect(details(report).join()).toContain(`${file}${told}`);
  });

  test('a link out of the checkout is not followed', () => {
    const { path } = open({ prod: 'prod' });
    symlinkSync('/etc', join(path, 'clusters/out'));
    open({ prod: 'prod' });
    expect(clustersOf(fleet())).toEqual(['prod']);
  });

  test('a schema that is none lets no cluster through unseen', () => {
    open({ prod: 'prod' }).write('schemas/cluster.schema.json', '{');
    expect(details(fleet()).join()).toContain('schemas/cluster.schema.json is no JSON schema');
  });

  test('without a schema what is needed is still asked for', () => {
    open({ prod: 'prod' }, null).write('clusters/bad/cluster.yaml', 'name: bad\n');
    expect(details(fleet())).toEqual([expect.stringContaining('no gitops.env')]);
    expect(clustersOf(fleet())).toEqual(['prod']);
  });
});

describe('mounts', () => {
  test('two clusters that claim one are left out, both, and named', () => {
    open({ a: 'prod', b: 'prod', c: 'stage' });
    const report = fleet();
    expect(report.verdict).toBe('red');
    expect(clustersOf(report)).toEqual(['c']);
    expect(details(report)).toEqual([
      'fleet.mounts: auth/kubernetes-prod: clusters/a/cluster.yaml and clusters/b/cluster.yaml',
    ]);
  });

  test('a claim counts although the other cluster was not asked for', () => {
    open({ a: 'prod', b: 'prod' });
    expect(fleet({ clusters: ['a'] }).verdict).toBe('red');
  });
});

describe('the matrix', () => {
  test('a thousand clusters: pages of at most 256, every cluster exactly once', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `c${String(index).padStart(4, '0')}`);
    open(Object.fromEntries(names.map((name) => [name, 'prod'])));
    const report = fleet({ mount: '{cluster}' });
    const pages = JSON.parse(outputs(report)['matrix'] ?? '') as { include: { cluster: string; turn: number }[] }[];
    expect(pages.map(({ include }) => include.length)).toEqual([256, 256, 256, 232]);
    expect(pages.flatMap(({ include }) => include.map(({ cluster }) => cluster))).toEqual(names);
    const turns = pages.flatMap(({ include }) => include.map(({ turn }) => turn));
    expect(Math.max(...turns)).toBeLessThan(1000);
    expect(new Set(turns).size).toBeGreaterThan(500);
  });

  test('more than an output holds is refused, not dropped', () => {
    const names = Array.from({ length: 6000 }, (_, index) => `cluster-with-a-long-name-${index}`);
    open(Object.fromEntries(names.map((name) => [name, 'prod'])), null);
    expect(details(fleet({ mount: '{cluster}' })).join()).toContain('FLEET_TOO_LARGE');
  });
});

describe('one table after the jobs', () => {
  const report = (cluster: string, more: Readonly<Record<string, unknown>> = {}) => ({
    schemaVersion: 1,
    verdict: 'green',
    mode: 'rotate',
    cluster,
    mount: cluster,
    reviewerTokenExpiresAt: '1970-01-04T00:00:00Z',
    reviewerTokenIssuedAt: '1969-12-31T23:00:00Z',
    drift: false,
    causes: [],
    startedAt: '1970-01-01T00:00:00Z',
    run: 'https://github.com/o/r/actions/runs/1',
    ...more,
  });
  const lines = (...reports: readonly unknown[]) => fleet({ mount: '{cluster}' }, reports).fleet?.lines ?? [];

  test('green only when each has a green report', () => {
    open({ a: 'prod', b: 'stage' });
    const all = fleet({ mount: '{cluster}' }, [report('a'), report('b')]);
    expect(all.verdict).toBe('green');
    expect(fleet({ mount: '{cluster}' }, [report('a')]).verdict).toBe('red');
  });

  test('the worst first: red, missing, unknown, then by when logins stop', () => {
    open({ a: 'prod', b: 'stage', c: 'prod', d: 'prod', e: 'prod' });
    const found = lines(
      report('a'),
      report('b', { reviewerTokenExpiresAt: '1970-01-02T00:00:00Z' }),
      report('c', { verdict: 'unknown' }),
      report('e', { verdict: 'red', causes: [{ id: 'mount.owner', seen: 'another cluster' }] }),
    );
    expect(found.map(({ cluster, verdict }) => `${cluster} ${verdict}`)).toEqual([
      'e red',
      'd missing',
      'c unknown',
      'b green',
      'a green',
    ]);
    expect(found[0]?.cause).toBe('mount.owner: another cluster');
    const told = outputs(fleet({ mount: '{cluster}' }, [report('b'), report('c', { verdict: 'unknown' })]));
    expect(JSON.parse(told['failed-clusters'] ?? '')).toEqual(['a', 'd', 'e', 'c']);
    expect(outputs(fleet({ mount: '{cluster}' }))).not.toHaveProperty('failed-clusters');
  });

  test('the newest of several counts, and what is no report counts for nothing', () => {
    open({ a: 'prod' });
    const later = report('a', { verdict: 'red', startedAt: '1970-01-01T00:00:09Z' });
    expect(lines(later, report('a'), 7, null, [], { verdict: 'green' })[0]?.verdict).toBe('red');
    expect(lines(report('b'), { ...report('a'), mount: 'other' })[0]?.verdict).toBe('missing');
  });

  test('hostile words in a report stay words', () => {
    open({ a: 'prod' });
    const seen = '<img src=x> @octocat [x](http://evil) | `a` ::error::x';
    const made = fleet({ mount: '{cluster}' }, [report('a', { verdict: 'red', causes: [{ id: 'x', seen }] })]);
    const summary = renderSummary(made);
    expect(summary).toContain('### Fleet: 1 red');
    expect(summary.replace(/`[^`]*`/g, '').replace(/<code>[^<]*<\/code>/g, '')).not.toMatch(
      /<img|@octocat|\]\(|::error/,
    );
  });
});
