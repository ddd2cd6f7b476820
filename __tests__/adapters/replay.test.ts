import { X509Certificate } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createAuthority } from '../../sandbox/pki.ts';
import { createReplay } from '../../src/adapters/replay.js';
import type { ReplayPort } from '../../src/ports.js';
import { type Api, type Handle, json, secret, shown, startApi } from './kube-setup.js';
import { authority, startProxy } from './wire.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const DAY_MS = 86_400_000;
const CA = authority.certPem;
const other = createAuthority('other authority');
const reviewer = secret('reviewer', 'planted-reviewer');
const subject = secret('subject', 'planted-subject');

function replayer(env: NodeJS.ProcessEnv = {}, timeoutMs = 10_000): ReplayPort {
  return createReplay('vault-cluster-bind/test', env, timeoutMs);
}

const reviewed =
  (status: object): Handle =>
  (_, response) =>
    json(response, 201, { kind: 'TokenReview', spec: { token: 'planted-subject' }, status });

async function serving(handle: Handle = reviewed({}), options = {}): Promise<Api> {
  const api = await startApi(handle, options);
  cleanups.push(() => api.stop());
  return api;
}

/** A port that takes connections and does `act`. */
async function listening(act: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    act(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function closedPort(): Promise<number> {
  const port = await listening(() => undefined);
  await cleanups.pop()?.();
  return port;
}

const pair = (hosts: string[], validity = {}, by = authority) => {
  const { certPem, keyPem } = by.server(hosts, validity);
  return { cert: certPem, key: keyPem };
};
const print = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();

describe('a server that one bundle', () => {
  test('verifies is told with its chain, whether that stands alone in it or not', async () => {
    const own = pair(['127.0.0.1']);
    const api = await serving(reviewed({}), { cert: `${own.cert}${CA}`, key: own.key });
    const verified = {
      outcome: 'verified',
      chain: [print(own.cert), print(CA)],
      issuer: 'test authority',
      reason: '',
    };
    expect(await replayer().dial(api.url, CA)).toEqual(verified);
    expect(await replayer().dial(`${api.url}/below/`, `# a comment\n${other.certPem}\n${CA}`)).toEqual(verified);
  });

  test.each([
    ['that another authority signed', pair(['127.0.0.1'], {}, other), 'unknown-issuer', 'other authority'],
    ['that ran out', pair(['127.0.0.1'], { notAfter: new Date(0) }), 'expired', 'test authority'],
    [
      'of tomorrow',
      pair(['127.0.0.1'], { notBefore: new Date(Date.now() + DAY_MS) }),
      'not-yet-valid',
      'test authority',
    ],
    ['for another address', pair(['127.0.0.2', 'localhost']), 'wrong-name', 'test authority'],
  ])(
    'does not verify, for a certificate %s, is told with the reason; no token is sent there',
    async (_, own, reason, issuer) => {
      const api = await serving(reviewed({ authenticated: true }), own);
      expect(await replayer().dial(api.url, CA)).toMatchObject({ outcome: 'untrusted', reason, issuer });
      expect(await replayer().review(api.url, CA, reviewer, subject)).toEqual({ outcome: 'untrusted', reason });
      expect(api.requests).toEqual([]);
    },
  );

  test.each(['', 'junk', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'cannot verify, for it is none (%j), is not even asked',
    async (bundle) => {
      const api = await serving();
      expect(await replayer().dial(api.url, bundle)).toMatchObject({ outcome: 'untrusted', reason: 'unknown-issuer' });
      expect(await replayer().review(api.url, bundle, reviewer, subject)).toMatchObject({ outcome: 'untrusted' });
      expect(api.connections()).toBe(0);
    },
  );
});

describe('a server that cannot be reached', () => {
  const both = async (host: string, env: NodeJS.ProcessEnv = {}) => {
    const seen = [await replayer(env).dial(host, CA), await replayer(env).review(host, CA, reviewer, subject)];
    expect(shown(seen)).not.toMatch(/planted/);
    return seen.map(({ outcome, ...rest }) => [outcome, 'reason' in rest ? rest.reason : '']);
  };
  const twice = (reason: string) => [
    ['unreachable', reason],
    ['unreachable', reason],
  ];

  test('for nobody listens, or the connection is cut', async () => {
    expect(await both(`https://127.0.0.1:${await closedPort()}`)).toEqual(twice('refused'));
    expect(await both(`https://127.0.0.1:${await listening((socket) => socket.destroy())}`)).toEqual(twice('reset'));
  });

  test('for it never answers', async () => {
    const silent = `https://127.0.0.1:${await listening(() => undefined)}`;
    const quick = replayer({}, 200);
    expect(await quick.dial(silent, CA)).toMatchObject({ outcome: 'unreachable', reason: 'timeout' });
    expect(await quick.review(silent, CA, reviewer, subject)).toEqual({ outcome: 'unreachable', reason: 'timeout' });
  });

  test('for it speaks no TLS', async () => {
    const port = await listening((socket) => socket.end('HTTP/1.1 400 planted\r\n\r\n'));
    expect(await replayer().dial(`https://127.0.0.1:${port}`, CA)).toMatchObject({
      outcome: 'unreachable',
      reason: 'tls',
    });
  });

  test.each(['http://127.0.0.1:1', 'api.example:6443', '', 'https://'])('for %j is no https URL', async (host) => {
    expect(await both(host)).toEqual(twice('other'));
  });

  test('for the proxy refuses, is not there, or is none', async () => {
    const api = await serving();
    const proxy = await startProxy(api.port, 407);
    cleanups.push(() => proxy.stop());
    expect(await both('https://api.example:6443', { HTTPS_PROXY: proxy.url })).toEqual(twice('proxy'));
    const gone = { HTTPS_PROXY: `http://me:planted@127.0.0.1:${await closedPort()}` };
    expect((await both('https://api.example:6443', gone)).map(([outcome]) => outcome)).toEqual([
      'unreachable',
      'unreachable',
    ]);
    expect(await both('https://api.example:6443', { HTTPS_PROXY: 'socks5://planted' })).toEqual(twice('proxy'));
    expect(api.requests).toEqual([]);
  });

  test('through a proxy that never opens the tunnel, which is let go of', async () => {
    let closed: Promise<unknown> = Promise.reject(new Error('the proxy was not asked'));
    closed.catch(() => undefined);
    const port = await listening((socket) => {
      closed = new Promise((resolve) => socket.once('close', resolve).resume());
    });
    const quick = replayer({ HTTPS_PROXY: `http://127.0.0.1:${port}` }, 200);
    expect(await quick.dial('https://api.example:6443', CA)).toMatchObject({
      outcome: 'unreachable',
      reason: 'timeout',
    });
    await closed;
  });
});

test('a proxy is gone through, and the name that is verified is the one asked for', async () => {
  const api = await serving(reviewed({ authenticated: true, user: { username: 'u' } }), pair(['api.example']));
  const proxy = await startProxy(api.port);
  cleanups.push(() => proxy.stop());
  const through = replayer({ https_proxy: proxy.url, NO_PROXY: 'elsewhere.example' });
  expect(await through.dial('https://api.example:6443', CA)).toMatchObject({ outcome: 'verified', reason: '' });
  expect(await through.dial('https://api.other:6443', CA)).toMatchObject({
    outcome: 'untrusted',
    reason: 'wrong-name',
  });
  expect(await through.review('https://api.example:6443', CA, reviewer, subject)).toMatchObject({
    outcome: 'authenticated',
  });
  expect(proxy.seen).toEqual(['CONNECT api.example:6443', 'CONNECT api.other:6443', 'CONNECT api.example:6443']);
});

describe('a review', () => {
  test('is the request that Vault sends', async () => {
    const api = await serving(reviewed({ authenticated: true, user: { username: 'system:serviceaccount:a:b' } }));
    expect(await replayer().review(`${api.url}/k8s/c-1/`, CA, reviewer, subject)).toEqual({
      outcome: 'authenticated',
      username: 'system:serviceaccount:a:b',
    });
    expect(api.seen).toEqual(['POST /k8s/c-1/apis/authentication.k8s.io/v1/tokenreviews']);
    const [request] = api.requests;
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer planted-reviewer',
      'content-type': 'application/json',
      'user-agent': 'vault-cluster-bind/test',
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: 'planted-subject' },
    });
  });

  test.each([
    [401, 'planted', { outcome: 'unauthorized' }],
    [403, { message: 'planted' }, { outcome: 'forbidden' }],
    [201, { status: { authenticated: false, error: 'planted' } }, { outcome: 'rejected-subject' }],
    [201, { status: { authenticated: 'true', user: { username: 'planted' } } }, { outcome: 'rejected-subject' }],
    [201, { status: {} }, { outcome: 'rejected-subject' }],
    [201, { status: { authenticated: true } }, { outcome: 'authenticated', username: '' }],
    [201, { spec: { token: 'planted' } }, { outcome: 'unusable', status: 201 }],
    [200, 'planted', { outcome: 'unusable', status: 200 }],
    [200, null, { outcome: 'unusable', status: 200 }],
    [404, { status: { authenticated: true } }, { outcome: 'unusable', status: 404 }],
    [500, { message: 'planted' }, { outcome: 'unusable', status: 500 }],
    [503, 'planted', { outcome: 'unusable', status: 503 }],
  ])('that is answered %d (case %#) shows as what it is, and nothing of it is kept', async (code, body, fact) => {
    const api = await serving((_, response) => json(response, code, body));
    const seen = await replayer().review(api.url, CA, reviewer, subject);
    expect(seen).toEqual(fact);
    expect(shown(seen)).not.toContain('planted');
  });

  test('of a strange name gives the name cleaned', async () => {
    const api = await serving(reviewed({ authenticated: true, user: { username: 'a\n::error::b' } }));
    expect(await replayer().review(api.url, CA, reviewer, subject)).toMatchObject({ username: 'a : :error: :b' });
  });

  test('is not carried elsewhere', async () => {
    const elsewhere = await serving(reviewed({ authenticated: true }));
    const api = await serving((_, response) => response.writeHead(307, { location: elsewhere.url }).end());
    expect(await replayer().review(api.url, CA, reviewer, subject)).toMatchObject({
      outcome: 'unreachable',
      reason: 'redirect',
    });
    expect(elsewhere.requests).toEqual([]);
  });
});
