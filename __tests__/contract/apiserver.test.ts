import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startCluster } from '../../sandbox/cluster.ts';
import { installCrd, looseCrd } from '../../sandbox/crd.ts';
import { waitUntil } from '../../sandbox/process.ts';
import { send } from '../../sandbox/request.ts';
import type { Answer, Cluster } from '../../sandbox/types.ts';

const CORE = '/api/v1/namespaces/default';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const TABLE = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' };

const until = (what: string, ready: () => Promise<boolean>): Promise<void> => waitUntil(what, [], ready);

describe.each(['emulated', 'real'] as const)('the %s API server', (kind) => {
  let cluster: Cluster;
  const get = (path: string): Promise<Answer> => cluster.request('GET', path);
  const post = (path: string, body: unknown): Promise<Answer> => cluster.request('POST', path, body);
  const gone = (path: string) => async (): Promise<boolean> => (await get(path)).status === 404;
  const there = (path: string) => async (): Promise<boolean> => (await get(path)).status === 200;

  beforeAll(async () => {
    cluster = await startCluster({ real: kind === 'real' });
    await until('ServiceAccount default', there(`${CORE}/serviceaccounts/default`));
  }, 600_000);
  afterAll(() => cluster?.stop());

  test('a fresh namespace is furnished, kept so, and cleared when it goes', async () => {
    await post('/api/v1/namespaces', { metadata: { name: 'fresh' } });
    const root = '/api/v1/namespaces/fresh/configmaps/kube-root-ca.crt';
    await until('its CA', there(root));
    expect((await get(root)).body.data['ca.crt']).toBe(cluster.caPem);
    await until('its ServiceAccount', there('/api/v1/namespaces/fresh/serviceaccounts/default'));
    await cluster.request('DELETE', root);
    await until('its CA again', there(root));
    const held = '/api/v1/namespaces/fresh/configmaps/held';
    await post('/api/v1/namespaces/fresh/configmaps', { metadata: { name: 'held', finalizers: ['example.org/x'] } });
    await cluster.request('DELETE', '/api/v1/namespaces/fresh');
    const late = await post('/api/v1/namespaces/fresh/secrets', { metadata: { name: 'late' } });
    expect([late.status, late.body.details.causes[0].reason]).toEqual([403, 'NamespaceTerminating']);
    await until('it is emptied', gone(root));
    expect((await get('/api/v1/namespaces/fresh')).body.status.phase).toBe('Terminating');
    expect((await get(held)).body.metadata).toHaveProperty('deletionTimestamp');
    await cluster.request('PATCH', held, { metadata: { finalizers: null } }, MERGE);
    await until('it is gone', gone('/api/v1/namespaces/fresh'));
  }, 60_000);

  test('a Lease is updated by one who saw it last', async () => {
    const lease = { metadata: { name: 'lock' }, spec: { holderIdentity: 'one' } };
    const first = (await post(LEASES, lease)).body;
    const take = (holderIdentity: string): Promise<Answer> =>
      cluster.request('PUT', `${LEASES}/lock`, { ...first, spec: { holderIdentity } });
    const both = await Promise.all([take('two'), take('three')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(both.find(({ status }) => status === 409)?.body.reason).toBe('Conflict');
    const { body } = await get(`${LEASES}/lock`);
    expect(body.metadata.uid).toBe(first.metadata.uid);
    expect(body.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    const stale = { preconditions: { resourceVersion: first.metadata.resourceVersion } };
    expect((await cluster.request('DELETE', `${LEASES}/lock`, stale)).status).toBe(409);
    const seen = { preconditions: { resourceVersion: body.metadata.resourceVersion, uid: body.metadata.uid } };
    expect((await cluster.request('DELETE', `${LEASES}/lock`, seen)).status).toBe(200);
  });

  test('a write that changes nothing makes no new version', async () => {
    const made = await post(`${CORE}/configmaps`, { metadata: { name: 'same', annotations: { a: 'b' } } });
    const path = `${CORE}/configmaps/same`;
    const again = await cluster.request('PATCH', path, { metadata: { annotations: { a: 'b' } } }, MERGE);
    expect(again.body.metadata.resourceVersion).toBe(made.body.metadata.resourceVersion);
    const other = await cluster.request('PATCH', path, { metadata: { annotations: { a: null } } }, MERGE);
    expect(other.body.metadata).not.toHaveProperty('annotations');
    expect(other.body.metadata.resourceVersion).not.toBe(made.body.metadata.resourceVersion);
  });

  test('a list is read page by page as it was when it was begun', async () => {
    const labels = { page: 'yes' };
    const path = `${CORE}/configmaps?labelSelector=page%3Dyes&limit=2`;
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) await post(`${CORE}/configmaps`, { metadata: { name, labels } });
    const first = (await get(path)).body;
    await cluster.request('DELETE', `${CORE}/configmaps/p4`);
    const names: string[] = [];
    let page = first;
    for (let pages = 0; pages < 5; pages += 1) {
      expect(page.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      names.push(...page.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name));
      if (!page.metadata.continue) break;
      page = (await get(`${path}&continue=${encodeURIComponent(page.metadata.continue)}`)).body;
    }
    expect(names).toEqual(['p1', 'p2', 'p3', 'p4', 'p5']);
    const rows = await cluster.request('GET', `${path}&includeObject=None`, undefined, TABLE);
    expect(rows.body.rows.map(({ cells }: { cells: unknown[] }) => cells[0])).toEqual(['p1', 'p2']);
  });

  test('a kind is served from when it is established until it is removed', async () => {
    const group = '/apis/contract.example/v1';
    expect([(await get(group)).status, (await get(`${group}/things`)).status]).toEqual([404, 404]);
    await installCrd(cluster, looseCrd('contract.example', 'v1', 'Thing', 'things'));
    await until('discovery', there(group));
    const path = `${group}/namespaces/default/things`;
    const made = await post(path, {
      apiVersion: 'contract.example/v1',
      kind: 'Thing',
      metadata: { name: 'a' },
      spec: { x: 1 },
      status: { phase: 'lost' },
    });
    expect(made.body.metadata.generation).toBe(1);
    expect(made.body).not.toHaveProperty('status');
    const ready = { ...made.body, spec: { x: 2 }, status: { phase: 'Ready' } };
    const put = await cluster.request('PUT', `${path}/a/status`, ready);
    expect(put.body).toMatchObject({ metadata: { generation: 1 }, spec: { x: 1 }, status: { phase: 'Ready' } });
    const spec = await cluster.request('PATCH', `${path}/a`, { spec: { x: 3 } }, MERGE);
    expect(spec.body).toMatchObject({ metadata: { generation: 2 }, spec: { x: 3 }, status: { phase: 'Ready' } });
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    await cluster.request('DELETE', `${definitions}/things.contract.example`);
    await until('it is gone', gone(path));
  }, 60_000);

  test('the audit log names who did what, and data and log outlive a restart', async () => {
    const agent = { 'user-agent': 'contract/1' };
    const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
      cluster.request(method, path, body, agent);
    await ask('POST', `${CORE}/configmaps?dryRun=All`, { metadata: { name: 'audited' } });
    await ask('POST', `${CORE}/configmaps`, { metadata: { name: 'audited' } });
    await ask('GET', `${CORE}/configmaps?fieldSelector=metadata.name%3Daudited`);
    await ask('POST', `${CORE}/serviceaccounts/default/token`, {});
    await ask('DELETE', `${CORE}/secrets/none`);
    await ask('GET', '/version');
    await send({
      method: 'GET',
      url: `${cluster.server}${CORE}/secrets`,
      caPem: cluster.caPem,
      headers: { ...agent, authorization: 'Bearer junk' },
    });
    await cluster.restart();
    expect((await get(`${CORE}/configmaps/audited`)).status).toBe(200);
    const ours = (await cluster.audit()).filter(({ userAgent }) => userAgent === 'contract/1');
    const short = ours.map(({ verb, resource, subresource, namespace, name, user, dryRun, status }) =>
      [verb, resource, subresource, namespace, name, user, dryRun, status].join(' '),
    );
    expect(short).toEqual([
      'create configmaps  default audited sandbox-admin true 201',
      'create configmaps  default audited sandbox-admin false 201',
      'list configmaps  default audited sandbox-admin false 200',
      'create serviceaccounts token default default sandbox-admin false 201',
      'delete secrets  default none sandbox-admin false 404',
      'get     sandbox-admin false 200',
    ]);
  }, 60_000);
});
