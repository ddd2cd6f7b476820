import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../../sandbox/fault-proxy.ts';
import { createAuthority } from '../../sandbox/pki.ts';
import { send } from '../../sandbox/request.ts';

let target: Server;
let received: string[] = [];
const proxies: FaultProxy[] = [];

beforeAll(async () => {
  target = createServer((request, response) => {
    received.push(`${request.method} ${request.url}`);
    response.setHeader('x-target', 'yes').writeHead(request.url === '/gone' ? 404 : 200);
    request.pipe(response);
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  received = [];
});
afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.stop()));
  target.close();
});

describe.each([
  ['plain', undefined],
  ['TLS', createAuthority('front')],
])('over %s', (_, authority) => {
  let proxy: FaultProxy;
  beforeAll(async () => {
    const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}`;
    proxy = await startFaultProxy(url, authority === undefined ? {} : { authority });
    proxies.push(proxy);
  });
  afterEach(() => proxy.clear());
  const ask = (method: string, path: string, body?: unknown) =>
    send({ method, url: proxy.address + path, body, caPem: proxy.caPem });

  test('passes and records what no rule matches', async () => {
    const answer = await ask('POST', '/a?b=1', { c: 2 });
    expect(answer).toMatchObject({ status: 200, body: { c: 2 }, headers: { 'x-target': 'yes' } });
    expect((await ask('GET', '/gone')).status).toBe(404);
    expect(proxy.exchanges).toMatchObject([
      { method: 'POST', path: '/a?b=1', body: '{"c":2}', answer: { status: 200, body: '{"c":2}' }, faulted: false },
      { method: 'GET', path: '/gone', answer: { status: 404 } },
    ]);
  });

  test('strikes at the nth match, and not after its rule was taken away', async () => {
    const remove = proxy.inject({ method: 'PUT', path: /^\/x/, nth: 2, fault: { status: 503, body: '{"errors":[]}' } });
    const statuses = [];
    for (const method of ['PUT', 'GET', 'PUT', 'PUT']) statuses.push((await ask(method, '/x')).status);
    expect(statuses).toEqual([200, 200, 503, 200]);
    remove();
    expect(received).toEqual(['PUT /x', 'GET /x', 'PUT /x']);
  });

  test('loses the answer of a request that took effect', async () => {
    proxy.inject({ forward: true, fault: { reset: true } });
    await expect(ask('POST', '/write', {})).rejects.toThrow();
    expect(received).toEqual(['POST /write']);
  });

  test('redirects, delays, truncates, floods and hangs', async () => {
    proxy.inject({ path: /redirect/, fault: { redirect: 'http://elsewhere.example/' } });
    proxy.inject({ path: /delay/, fault: { delayMs: 20 } });
    proxy.inject({ path: /truncate/, fault: { truncateAfterBytes: 3 } });
    proxy.inject({ path: /huge/, fault: { hugeBytes: 3_000_000 } });
    proxy.inject({ path: /hang/, fault: { hang: true } });
    expect(await ask('GET', '/redirect')).toMatchObject({
      status: 307,
      headers: { location: 'http://elsewhere.example/' },
    });
    expect((await ask('POST', '/delay', { a: 1 })).body).toEqual({ a: 1 });
    await expect(ask('POST', '/truncate', { long: 'enough' })).rejects.toThrow('aborted');
    expect((await ask('GET', '/huge')).body).toHaveLength(2_999_998);
    const hanging = ask('GET', '/hang').catch(() => 'cut');
    while (!proxy.exchanges.some(({ path }) => path === '/hang'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    await proxy.stop();
    expect(await hanging).toBe('cut');
  });
});
