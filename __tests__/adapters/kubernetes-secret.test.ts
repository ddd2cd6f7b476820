import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClusterPort } from '../../src/ports.js';
import {
  type Answers,
  type Api,
  answering,
  clusterAt,
  exists,
  type Handle,
  notFound,
  page,
  problemIn,
  shown,
  startApi,
  status,
  thrownBy,
} from './kube-setup.js';

const PLANTED = 'planted-secret-value';
let api: Api;
let cluster: ClusterPort;
let handle: Handle;

beforeAll(async () => {
  api = await startApi((seen, response) => handle(seen, response));
  cluster = clusterAt(api.url);
});
afterEach(() => {
  api.requests.splice(0);
  api.seen.splice(0);
});
afterAll(async () => {
  cluster.close();
  await api.stop();
});

const says = (answers: Answers): void => {
  handle = answering(answers);
};

const gone = (uid: string): [number, object] => [200, { kind: 'Status', status: 'Success', details: { uid } }];

describe('a Secret', () => {
  const columnDefinitions = ['Name', 'Type', 'Data', 'Age'].map((name) => ({ name }));
  const table = (type: unknown, keys: unknown): [number, object] => [
    200,
    { kind: 'Table', columnDefinitions, rows: [{ cells: ['x', type, keys, '1d'] }] },
  ];
  const leaked: [number, object] = [
    200,
    {
      kind: 'Secret',
      metadata: { name: 'x', uid: 'u', annotations: { 'last-applied': PLANTED } },
      type: 'Opaque',
      data: { a: PLANTED },
      details: PLANTED,
      rows: [{ cells: [PLANTED] }],
    },
  ];
  const empty = table('Opaque', 0);

  afterEach(() => {
    // Whatever happened, no request could have brought a Secret's content.
    for (const { path, rawHeaders } of api.requests.filter((seen) => seen.path.includes('/secrets'))) {
      const accepts = rawHeaders.filter((_, index) => /^accept$/i.test(rawHeaders[index - 1] ?? ''));
      expect(accepts).toEqual(['application/json;as=Table;g=meta.k8s.io;v=v1']);
      expect(path).toMatch(/\?includeObject=None(&dryRun=All)?$/);
    }
  });

  test('is known by type and number of keys, wherever the columns stand', async () => {
    says({ GET: table('kubernetes.io/service-account-token', 3) });
    expect(await cluster.secretRow('ns', 'x')).toEqual({
      state: 'present',
      value: { type: 'kubernetes.io/service-account-token', keys: 3 },
    });
    const turned = ['Data', 'Type'].map((name) => ({ name }));
    says({ GET: [200, { kind: 'Table', columnDefinitions: turned, rows: [{ cells: [1, 'Opaque'] }] }] });
    expect(await cluster.secretRow('ns', 'x')).toMatchObject({ value: { type: 'Opaque', keys: 1 } });
    expect(api.seen[0]).toBe('GET /api/v1/namespaces/ns/secrets/x?includeObject=None');
  });

  test.each([
    ['as JSON in spite of all', leaked],
    ['as a table without the columns', [200, { kind: 'Table', columnDefinitions: [], rows: [{ cells: [PLANTED] }] }]],
    ['as a table without rows', [200, { kind: 'Table', columnDefinitions, rows: [] }]],
    ['with a text for a number', table('Opaque', PLANTED)],
    ['by 406', [406, status(406, 'NotAcceptable', { message: PLANTED })]],
    ['by a login page', page],
  ] as [string, [number, unknown]][])('answered %s is unreadable, and nothing of it is kept', async (_, answer) => {
    says({ GET: answer, DRY: gone('u') });
    const seen = await cluster.secretRow('ns', 'x');
    const thrown = await thrownBy(cluster.deleteAnchor('ns', 'x', 'u'));
    for (const found of [problemIn(seen), thrown]) expect(found.code).toBe('CLUSTER_ERROR');
    expect(shown(seen) + shown(thrown)).not.toContain('planted');
    expect(api.seen).toHaveLength(2);
  });

  test.each([
    ['has a key', table('Opaque', 1)],
    ['is of another type', table('kubernetes.io/service-account-token', 0)],
  ])('that %s is no anchor: it is not deleted, nor taken for one just made', async (_, row) => {
    says({ GET: row, DRY: gone('u'), POST: exists });
    for (const act of [
      cluster.deleteAnchor('ns', 'x'),
      cluster.deleteAnchor('ns', 'x', 'u'),
      cluster.createAnchor('ns', 'x', {}),
    ])
      expect(await thrownBy(act)).toMatchObject({ code: 'PLAN_CHANGED', message: expect.stringContaining('ns/x') });
    expect(api.requests.some(({ method, path }) => method === 'DELETE' && !path.includes('dryRun'))).toBe(false);
  });

  test('is deleted by the UID it was made with, and looked up when that is not known', async () => {
    const deleted: string[] = [];
    says({
      GET: empty,
      DRY: gone('now'),
      DELETE: (body) => {
        const { preconditions } = JSON.parse(body) as { preconditions: { uid: string } };
        deleted.push(preconditions.uid);
        return preconditions.uid === 'now' ? gone('now') : [409, status(409, 'Conflict')];
      },
    });
    await cluster.deleteAnchor('ns', 'x', 'now');
    await cluster.deleteAnchor('ns', 'x');
    await cluster.deleteAnchor('ns', 'x', '');
    expect(deleted).toEqual(['now', 'now', 'now']);
    await cluster.deleteAnchor('ns', 'x', 'before');
    expect(deleted.slice(3)).toEqual(['before', 'now']);
  });

  test('that nobody has is fine to delete, in the words of the API server alone', async () => {
    says({ GET: notFound, DRY: notFound, DELETE: notFound });
    await cluster.deleteAnchor('ns', 'x');
    await cluster.deleteAnchor('ns', 'x', 'u');
    says({ GET: empty, DELETE: notFound });
    await cluster.deleteAnchor('ns', 'x', 'u');
    says({ GET: empty, DRY: [404, 'planted'] });
    await expect(cluster.deleteAnchor('ns', 'x')).rejects.toMatchObject({ code: 'CLUSTER_ERROR' });
    says({ GET: empty, DELETE: [404, 'planted'] });
    await expect(cluster.deleteAnchor('ns', 'x', 'u')).rejects.toMatchObject({ code: 'CLUSTER_ERROR' });
  });

  test('is deleted by a run that was called off, too', async () => {
    const calledOff = clusterAt(api.url, { signal: AbortSignal.abort() });
    says({ GET: empty, DELETE: gone('u') });
    await calledOff.deleteAnchor('ns', 'x', 'u');
    expect(api.seen.at(-1)).toMatch(/^DELETE /);
    calledOff.close();
  });

  test('is not deleted over and over, nor on a word that is no answer', async () => {
    says({ GET: empty, DRY: gone('u'), DELETE: [409, status(409, 'Conflict')] });
    await expect(cluster.deleteAnchor('ns', 'x', 'u')).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    expect(api.seen.filter((line) => line.startsWith('DELETE'))).toHaveLength(3);
    says({ GET: empty, DRY: gone('u'), DELETE: page });
    await expect(cluster.deleteAnchor('ns', 'x', 'u')).rejects.toMatchObject({ code: 'CLUSTER_ERROR' });
    says({ GET: empty, DRY: leaked });
    expect(shown(await thrownBy(cluster.deleteAnchor('ns', 'x')))).not.toContain('planted');
  });

  test('is made empty, immutable and with its annotations; only what is known to be stored counts', async () => {
    const annotations = { 'vault-cluster-bind.bitiq.io/mount': 'm' };
    says({ POST: empty, DRY: gone('fresh') });
    expect(await cluster.createAnchor('ns', 'x', annotations)).toEqual({ uid: 'fresh' });
    const sent = JSON.parse(api.requests[0]?.body ?? '');
    expect(sent).toMatchObject({
      kind: 'Secret',
      type: 'Opaque',
      immutable: true,
      metadata: { name: 'x', annotations },
    });
    expect(sent).not.toHaveProperty('data');
    says({ POST: exists, GET: empty, DRY: gone('held') });
    expect(await cluster.createAnchor('ns', 'x', {})).toEqual({ uid: 'held' });
    says({ POST: leaked, DRY: gone('fresh') });
    expect(shown(await cluster.createAnchor('ns', 'x', {}))).not.toContain('planted');
    says({ POST: page, DRY: gone('fresh') });
    await expect(cluster.createAnchor('ns', 'x', {})).rejects.toMatchObject({ code: 'CLUSTER_ERROR' });
    says({ POST: empty, DRY: notFound });
    await expect(cluster.createAnchor('ns', 'x', {})).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    says({ PATCH: leaked });
    expect(shown(await cluster.annotateAnchor('ns', 'x', annotations))).not.toContain('planted');
    expect(api.requests.at(-1)?.headers['content-type']).toBe('application/merge-patch+json');
  });
});
