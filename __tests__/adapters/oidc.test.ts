import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type FaultProxy, startFaultProxy } from '../../sandbox/fault-proxy.ts';
import { type Issuer, startIssuer } from '../../sandbox/issuer.ts';
import { HttpClient } from '../../src/adapters/http.js';
import { mintIdToken, type OidcRequest } from '../../src/adapters/oidc.js';
import { secretFactory } from '../../src/binding/secret.js';

let issuer: Issuer;
let proxy: FaultProxy;
const masked: string[] = [];
const secret = secretFactory((value) => masked.push(value));

const mint = (audience: string, request?: Partial<OidcRequest> | null) => {
  const url = new URL(issuer.requestUrl);
  url.host = new URL(proxy.address).host;
  const given = { url: url.href, token: secret('request token', issuer.requestToken), ...request };
  return mintIdToken(
    {
      request: request === null ? undefined : given,
      open: (origin) => new HttpClient({ url: origin, userAgent: 'vault-cluster-bind/test' }),
      secret,
      clock: { now: () => Date.now(), sleep: async () => undefined },
      signal: new AbortController().signal,
    },
    audience,
  );
};

beforeAll(async () => {
  issuer = await startIssuer();
  proxy = await startFaultProxy(issuer.url);
});
afterEach(() => proxy.clear());
afterAll(async () => {
  await proxy.stop();
  await issuer.stop();
});

const claims = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

test('asks for the audience beside the query that is there, and masks the token', async () => {
  const token = await mint('https://vault.example:8200/?a=b&c');
  expect(masked).toContain(token.reveal());
  expect(claims(token.reveal())).toMatchObject({ aud: 'https://vault.example:8200/?a=b&c', iss: issuer.url });
  expect(proxy.exchanges.at(-1)?.path).toContain('api-version=2.0');
  expect(claims((await mint('')).reveal())).toMatchObject({ aud: 'https://github.com/bitiq-io' });
});

test('gets over a provider that stumbles', async () => {
  proxy.inject({ nth: 1, fault: { status: 500, body: 'oops' } });
  proxy.inject({ nth: 1, fault: { reset: true } });
  expect(claims((await mint('vault')).reveal())).toMatchObject({ aud: 'vault' });
});

test('a job without id-token: write is told the lines it lacks', async () => {
  await expect(mint('vault', null)).rejects.toMatchObject({
    code: 'OIDC_PERMISSION',
    hint: expect.stringContaining('id-token: write'),
  });
});

test.each([
  ['a request token it does not know', { token: secret('request token', 'wrong-request-token') }, /HTTP 401/],
  ['nobody there', { url: 'http://127.0.0.1:1/token?secret-part=1' }, /no answer \(refused\)/],
])('%s', async (_name, request, message) => {
  const thrown: unknown = await mint('vault', request).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'OIDC_UNAVAILABLE', message: expect.stringMatching(message) });
  expect(inspect(thrown)).not.toMatch(/wrong-request-token|secret-part|api-version/);
});

test('an answer without a token is none', async () => {
  proxy.inject({ fault: { status: 200, body: '{"value":""}' } });
  await expect(mint('vault')).rejects.toMatchObject({ code: 'OIDC_UNAVAILABLE' });
  proxy.clear();
  proxy.inject({ fault: { status: 500, body: 'eyJ-leak' } });
  const thrown: unknown = await mint('vault').catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code: 'OIDC_UNAVAILABLE', message: expect.stringContaining('HTTP 500') });
  expect(inspect(thrown)).not.toContain('leak');
});
