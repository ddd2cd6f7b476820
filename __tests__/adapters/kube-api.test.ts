import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createAuthority } from '../../sandbox/pki.ts';
import { BindError, problem } from '../../src/binding/errors.js';
import type { ClusterPort } from '../../src/ports.js';
import {
  type Api,
  clusterAt,
  type Handle,
  json,
  kubeSystem,
  problemIn,
  shown,
  startApi,
  status,
  thrownBy,
} from './kube-setup.js';
import { authority } from './wire.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serving(handle: Handle, options = {}): Promise<{ api: Api; cluster: ClusterPort }> {
  const api = await startApi(handle, options);
  cleanups.push(() => api.stop());
  return { api, cluster: at(api.url) };
}

function at(...given: Parameters<typeof clusterAt>): ClusterPort {
  const cluster = clusterAt(...given);
  cleanups.push(() => cluster.close());
  return cluster;
}

const PLANTED = 'planted-text eyJhbGciOiJub25lIn0.e30.x';
const forbidden = (message: string) => status(403, 'Forbidden', { message: `${PLANTED} ${message} ${PLANTED}` });

describe('an answer that is no success', () => {
  test.each([
    [401, status(401, 'Unauthorized', { message: PLANTED }), 'CLUSTER_UNAUTHORIZED', 'does not accept', 'whoami'],
    [403, forbidden('cannot'), 'CLUSTER_FORBIDDEN', 'may not', 'Grant verb'],
    [403, `<html>${PLANTED}</html>`, 'CLUSTER_FORBIDDEN', 'may not', 'Grant verb'],
    [403, forbidden('User "system:anonymous" cannot'), 'CLUSTER_UNAUTHORIZED', 'no credentials', 'Authorization'],
    [
      403,
      forbidden('exceeded quota: small, used: 1'),
      'CLUSTER_FORBIDDEN',
      'quota small forbids',
      'resourcequota small',
    ],
    [403, forbidden('because it is being terminated'), 'NAMESPACE_TERMINATING', 'is being deleted', 'Wait'],
    [403, forbidden('admission webhook "deny.example.org" denied'), 'CLUSTER_FORBIDDEN', '(deny.example.org)', 'Ask'],
    [403, forbidden("ValidatingAdmissionPolicy 'no-writes' with"), 'CLUSTER_FORBIDDEN', '(no-writes)', 'Ask'],
    [409, status(409, 'Conflict', { message: PLANTED }), 'PLAN_CHANGED', 'at the same moment', 'again'],
    [422, status(422, 'Invalid', { message: PLANTED }), 'CLUSTER_ERROR', 'HTTP 422, Invalid', 'Check'],
    [429, status(429, 'TooManyRequests', { message: PLANTED }), 'CLUSTER_ERROR', 'HTTP 429, TooMany', 'overloaded'],
    [500, status(500, PLANTED, { message: PLANTED }), 'CLUSTER_ERROR', 'HTTP 500', 'overloaded'],
    [503, `${PLANTED}`, 'CLUSTER_ERROR', 'HTTP 503', 'overloaded'],
    [404, `<html>${PLANTED}</html>`, 'CLUSTER_ERROR', 'HTTP 404', 'Kubernetes API server'],
    [404, '404 page not found\n', 'CLUSTER_ERROR', 'HTTP 404', 'Kubernetes API server'],
    [200, `<html>${PLANTED}</html>`, 'CLUSTER_ERROR', 'not a Kubernetes object', 'login page'],
    [200, '', 'CLUSTER_ERROR', 'not a Kubernetes object', 'login page'],
    [200, 'null', 'CLUSTER_ERROR', 'not a Kubernetes object', 'login page'],
    [200, `["${PLANTED}"]`, 'CLUSTER_ERROR', 'not a Kubernetes object', 'login page'],
    [301, PLANTED, 'CLUSTER_ERROR', 'HTTP 301', 'Kubernetes API server'],
  ])(
    '%d (case %#) reads as unreadable and fails a write, in our words',
    async (code, answer, expected, message, hint) => {
      const { cluster } = await serving((_, response) => {
        const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
        response.writeHead(code, { 'x-planted': PLANTED, 'retry-after': '60' }).end(text);
      });
      const read = await cluster.namespace('a');
      const thrown = await thrownBy(cluster.annotateServiceAccount('a', 'b', { x: 'y' }));
      for (const found of [problemIn(read), thrown]) {
        expect(found).toMatchObject({
          code: expected,
          message: expect.stringContaining(message),
          hint: expect.stringContaining(hint),
        });
      }
      expect(shown([read, thrown]) + shown(thrown)).not.toMatch(/planted|eyJ|test-token/);
    },
  );

  test('404 in the words of the API server is absence to a read and a change under a write', async () => {
    const { cluster } = await serving((_, response) => json(response, 404, status(404, 'NotFound')));
    expect(await cluster.namespace('a')).toEqual({ state: 'absent' });
    expect(await cluster.identity()).toEqual({ state: 'absent' });
    const error = await thrownBy(cluster.mintToken({ namespace: 'a', name: 'b', ttlSeconds: 600 }));
    expect(error).toMatchObject({ code: 'PLAN_CHANGED', message: expect.stringContaining('deleted in the meantime') });
  });

  test('an object that is not the one asked for is none', async () => {
    const { cluster } = await serving((_, response) => json(response, 200, { ok: true, metadata: { name: 'other' } }));
    for (const seen of [
      await cluster.identity(),
      await cluster.namespace('a'),
      await cluster.rootCa('a'),
      await cluster.serviceAccount('a', 'b'),
      await cluster.lease('a', 'b'),
      (await cluster.delegator('x', 'a', 'b')).given,
    ])
      expect(seen).toMatchObject({ state: 'unreadable', problem: { code: 'CLUSTER_ERROR' } });
  });
});

describe('an overloaded server', () => {
  test('is asked again when it says when, reads and writes alike', async () => {
    let busy = 0;
    const { api, cluster } = await serving((seen, response) => {
      if (busy++ % 2 === 0) return json(response, 429, status(429, 'TooManyRequests'), { 'retry-after': '0' });
      json(response, seen.method === 'GET' ? 200 : 201, seen.method === 'GET' ? kubeSystem : { kind: 'Namespace' });
    });
    expect(await cluster.identity()).toMatchObject({ state: 'present' });
    await cluster.createNamespace('a');
    expect(api.seen).toEqual([
      'GET /api/v1/namespaces/kube-system',
      'GET /api/v1/namespaces/kube-system',
      'POST /api/v1/namespaces',
      'POST /api/v1/namespaces',
    ]);
  });

  test('is asked again for a read after 503, and a create is not sent twice', async () => {
    const { api, cluster } = await serving((seen, response) => {
      if (seen.method === 'GET' && api.requests.length > 1) return json(response, 200, kubeSystem);
      response.writeHead(503).end();
    });
    expect(await cluster.identity()).toMatchObject({ state: 'present' });
    await expect(cluster.createNamespace('a')).rejects.toMatchObject({ code: 'CLUSTER_ERROR' });
    expect(api.seen.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });
});

describe('no answer', () => {
  async function outcomes(cluster: ClusterPort): Promise<{ code: string; message: string; hint: string }[]> {
    const read = problemIn(await cluster.identity());
    const thrown = await thrownBy(cluster.createNamespace('a'));
    expect(shown([read, thrown])).not.toMatch(/planted|test-token|ECONN|ERR_/);
    return [read, thrown];
  }

  test.each([
    ['another authority', createAuthority('other').certPem, {}, 'unknown-issuer', 'certificate-authority-data'],
    [
      'a certificate that ran out',
      authority.certPem,
      authority.server(['127.0.0.1'], { notAfter: new Date(0) }),
      'expired',
      'Renew',
    ],
    [
      'a certificate of tomorrow',
      authority.certPem,
      authority.server(['127.0.0.1'], { notBefore: new Date(Date.now() + 86_400_000) }),
      'not-yet-valid',
      'clock',
    ],
    [
      'a certificate for another name',
      authority.certPem,
      authority.server(['planted.example']),
      'wrong-name',
      'tls-server-name',
    ],
  ])('from a server with %s', async (_, caPem, pair, reason, hint) => {
    const options = 'certPem' in pair ? { cert: pair.certPem, key: pair.keyPem } : {};
    const { api } = await serving((_, response) => response.end(), options);
    for (const found of await outcomes(at(api.url, { caPem })))
      expect(found).toMatchObject({
        code: 'CLUSTER_TLS',
        message: expect.stringContaining(reason),
        hint: expect.stringContaining(hint),
      });
    expect(api.seen).toEqual([]);
  });

  test('because nobody listens, the connection is cut, or the answer is cut short', async () => {
    const { port } = await new Promise<AddressInfo>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address() as AddressInfo;
        server.close(() => resolve(address));
      });
    });
    const cut = await serving((_, response) => response.socket?.destroy());
    const short = await serving((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"planted":', () => response.destroy());
    });
    for (const [cluster, reason] of [
      [at(`https://127.0.0.1:${port}`), 'the connection is refused'],
      [cut.cluster, 'the connection broke'],
      [short.cluster, 'the connection broke'],
    ] as const)
      for (const found of await outcomes(cluster))
        expect(found).toMatchObject({ code: 'CLUSTER_UNREACHABLE', message: expect.stringContaining(reason) });
  });

  test('that may be followed: a redirect elsewhere takes no credentials along', async () => {
    const other = await serving((_, response) => json(response, 200, kubeSystem));
    const { cluster } = await serving((_, response) =>
      response.writeHead(307, { location: `${other.api.url}/planted` }).end(),
    );
    for (const found of await outcomes(cluster)) expect(found).toMatchObject({ code: 'CLUSTER_REDIRECT' });
    expect(other.api.seen).toEqual([]);
  });

  test('after the run was called off: a read ends with the reason, a write still goes through', async () => {
    const controller = new AbortController();
    const { api } = await serving((seen, response) => {
      if (seen.method === 'POST') return json(response, 201, { kind: 'Namespace' });
      controller.abort(new BindError(problem('TIMEOUT', 'time is up', 'x')));
    });
    const cluster = at(api.url, { signal: controller.signal });
    expect(problemIn(await cluster.identity())).toMatchObject({ code: 'TIMEOUT', message: 'time is up' });
    expect(problemIn(await cluster.identity())).toMatchObject({ code: 'TIMEOUT' });
    await cluster.createNamespace('a');
    expect(api.seen).toHaveLength(2);
    const plain = at(api.url, { signal: AbortSignal.abort() });
    expect(problemIn(await plain.identity())).toMatchObject({ code: 'CANCELLED' });
  });

  test('to a hanging request ends when the run lets go of the cluster', async () => {
    const { cluster, api } = await serving(() => undefined);
    const pending = cluster.identity();
    while (api.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    cluster.close();
    expect(problemIn(await pending)).toMatchObject({ code: 'CLUSTER_UNREACHABLE' });
  });
});

describe('a list', () => {
  const PATH = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  const binding = (name: string, account: string) => ({
    metadata: { name },
    roleRef: { kind: 'ClusterRole', name: 'system:auth-delegator' },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'ns' }],
  });
  const listing = (pages: (url: URL, count: number) => [number, unknown]) => {
    let count = 0;
    return serving((seen, response) => {
      const url = new URL(seen.path, 'https://a');
      if (url.pathname !== PATH) return json(response, 404, status(404, 'NotFound'));
      const [code, body] = pages(url, count++);
      json(response, code, body);
    });
  };
  const page = (items: unknown, next = '') => ({ kind: 'ClusterRoleBindingList', items, metadata: { continue: next } });

  test('is read page by page, each asked for by what the last one said', async () => {
    const { api, cluster } = await listing((url) =>
      url.searchParams.get('continue') === 'a/b='
        ? [200, page([binding('other', 'me')])]
        : [200, page([binding('x', 'you')], 'a/b=')],
    );
    expect((await cluster.delegator('mine', 'ns', 'me')).given).toEqual({
      state: 'present',
      value: { name: 'other', managed: false },
    });
    expect(api.seen.slice(1)).toEqual([`GET ${PATH}?limit=500`, `GET ${PATH}?limit=500&continue=a%2Fb%3D`]);
  });

  test('that expired on the way starts again, once', async () => {
    const gone: [number, unknown] = [410, status(410, 'Expired')];
    const again = await listing((_, count) => (count === 1 ? gone : [200, page([], count === 0 ? 'n' : '')]));
    expect((await again.cluster.delegator('mine', 'ns', 'me')).given).toEqual({ state: 'absent' });
    const always = await listing((url) => (url.searchParams.has('continue') ? gone : [200, page(null, 'n')]));
    expect(problemIn((await always.cluster.delegator('mine', 'ns', 'me')).given)).toMatchObject({
      code: 'CLUSTER_ERROR',
      message: expect.stringContaining('forgot the list'),
    });
  });

  test.each([[{}], [{ kind: 'Status' }], [page({ planted: 1 })], [null], ['planted']])(
    'that is none (%j) is not an empty one',
    async (body) => {
      const { cluster } = await listing(() => [200, body]);
      expect(problemIn((await cluster.delegator('mine', 'ns', 'me')).given)).toMatchObject({ code: 'CLUSTER_ERROR' });
    },
  );
});

test('the clock of the server is told by its last answer', async () => {
  const { cluster } = await serving((_, response) =>
    json(response, 200, kubeSystem, { date: new Date(Date.now() + 3_600_000).toUTCString() }),
  );
  expect(cluster.skewSeconds()).toBeUndefined();
  await cluster.identity();
  expect(Math.abs((cluster.skewSeconds() ?? 0) - 3600)).toBeLessThan(10);
});
