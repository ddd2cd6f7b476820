import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { startCluster } from '../../sandbox/cluster.ts';
import { createAuthority } from '../../sandbox/pki.ts';
import { waitUntil } from '../../sandbox/process.ts';
import { send } from '../../sandbox/request.ts';
import type { Answer, Cluster } from '../../sandbox/types.ts';

const CORE = '/api/v1/namespaces/default';
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';
const WHOAMI = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

const until = (what: string, ready: () => Promise<boolean>): Promise<void> => waitUntil(what, [], ready);

describe.each(['emulated', 'real'] as const)('identities and tokens at the %s API server', (kind) => {
  let cluster: Cluster;
  const get = (path: string): Promise<Answer> => cluster.request('GET', path);
  const post = (path: string, body: unknown): Promise<Answer> => cluster.request('POST', path, body);
  const gone = (path: string) => async (): Promise<boolean> => (await get(path)).status === 404;
  const there = (path: string) => async (): Promise<boolean> => (await get(path)).status === 200;

  /** Without a client certificate. */
  const bearing = (token: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    send({
      method,
      url: cluster.server + path,
      body,
      caPem: cluster.caPem,
      headers: { authorization: `Bearer ${token}` },
    });

  async function tokenOf(account: string, spec: object = {}): Promise<string> {
    const { status, body } = await post(`${CORE}/serviceaccounts/${account}/token`, { spec });
    expect(status).toBe(201);
    return body.status.token;
  }

  const review = async (token: string, audiences?: string[]): Promise<Answer['body']> =>
    (await post(REVIEWS, { spec: { token, ...(audiences && { audiences }) } })).body.status;

  const bound = (name: string): object => ({ boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name } });

  beforeAll(async () => {
    cluster = await startCluster({ real: kind === 'real', maxTokenExpirationSeconds: 7200 });
    await until('ServiceAccount default', there(`${CORE}/serviceaccounts/default`));
  }, 600_000);
  afterAll(() => cluster?.stop());

  test('knows a user by certificate, by token, or not at all', async () => {
    const { users } = load(await cluster.kubeconfigFor({ user: 'alice', groups: ['ops'] })) as {
      users: { user: Record<string, string> }[];
    };
    const pem = (key: string): string => Buffer.from(users[0]?.user[key] ?? '', 'base64').toString();
    const url = cluster.server + WHOAMI;
    const certified = { certPem: pem('client-certificate-data'), keyPem: pem('client-key-data') };
    const whoami = { method: 'POST', url, body: {}, caPem: cluster.caPem };
    const alice = await send({ ...whoami, ...certified });
    expect(alice.body.status.userInfo).toMatchObject({ username: 'alice', groups: ['ops', 'system:authenticated'] });
    const account = await bearing(await tokenOf('default'), 'POST', WHOAMI, {});
    expect(account.body.status.userInfo.username).toBe('system:serviceaccount:default:default');
    const anonymous = await send(whoami);
    expect([anonymous.status, anonymous.body.reason]).toEqual([403, 'Forbidden']);
    expect(anonymous.body.message).toContain('User "system:anonymous"');
    expect((await bearing('junk', 'POST', WHOAMI, {})).status).toBe(401);
    const stranger = createAuthority('another').client({ user: 'alice', groups: ['system:masters'] });
    expect((await send({ ...whoami, ...stranger })).status).toBe(401);
  });

  test('a token is no longer lived than allowed, and says so', async () => {
    const { status, headers, body } = await post(`${CORE}/serviceaccounts/default/token`, {
      spec: { expirationSeconds: 86_400 },
    });
    expect([status, body.spec.expirationSeconds]).toEqual([201, 7200]);
    expect(headers['warning']).toContain('requested expiration of 86400 seconds shortened to 7200 seconds');
    const claims = JSON.parse(Buffer.from(body.status.token.split('.')[1], 'base64url').toString());
    expect(claims.exp - claims.iat).toBe(7200);
    expect(Date.parse(body.status.expirationTimestamp)).toBe(claims.exp * 1000);
    const { keys } = (await get('/openid/v1/jwks')).body;
    const header = JSON.parse(Buffer.from(body.status.token.split('.')[0], 'base64url').toString());
    expect(keys.map(({ kid }: { kid: string }) => kid)).toContain(header.kid);
  });

  test('a token is good for its audiences alone', async () => {
    const token = await tokenOf('default', { audiences: ['vault'] });
    expect(await review(token, ['vault', 'other'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
    expect(await review(token)).toMatchObject({
      error: expect.stringContaining('token audiences ["vault"] is invalid'),
    });
    expect((await bearing(token, 'GET', '/version')).status).toBe(401);
    const forged = `${token.slice(0, -8)}AAAAAAAA`;
    expect(await review(forged, ['vault'])).not.toHaveProperty('authenticated');
  });

  test('a token dies with the Secret or the ServiceAccount it is bound to, also when that is made again', async () => {
    const made = await post(`${CORE}/secrets`, { metadata: { name: 'anchor' } });
    await post(`${CORE}/serviceaccounts`, { metadata: { name: 'short' } });
    const [other, anchored, short] = [
      await tokenOf('default'),
      await tokenOf('default', bound('anchor')),
      await tokenOf('short'),
    ];
    for (const token of [anchored, short]) expect(await review(token)).toMatchObject({ authenticated: true });
    const claims = JSON.parse(Buffer.from(anchored.split('.')[1] ?? '', 'base64url').toString());
    expect(claims['kubernetes.io'].secret).toEqual({ name: 'anchor', uid: made.body.metadata.uid });
    for (const [resource, name] of [
      ['secrets', 'anchor'],
      ['serviceaccounts', 'short'],
    ] as const) {
      await cluster.request('DELETE', `${CORE}/${resource}/${name}`);
      await post(`${CORE}/${resource}`, { metadata: { name } });
    }
    for (const token of [anchored, short]) {
      await until('the token dies', async () => (await bearing(token, 'POST', WHOAMI, {})).status === 401);
      const error = expect.stringContaining('invalid bearer token');
      await until('its review', async () => (await review(token)).error !== undefined);
      expect(await review(token)).toEqual({ user: {}, error });
    }
    expect((await bearing(other, 'POST', WHOAMI, {})).status).toBe(201);
  }, 60_000);

  test('a token Secret is filled in, works, and goes with its ServiceAccount', async () => {
    await post(`${CORE}/serviceaccounts`, { metadata: { name: 'legacy' } });
    const annotations = { 'kubernetes.io/service-account.name': 'legacy' };
    const type = 'kubernetes.io/service-account-token';
    await post(`${CORE}/secrets`, { metadata: { name: 'legacy', annotations }, type });
    const read = async (): Promise<string> => (await get(`${CORE}/secrets/legacy`)).body.data?.token ?? '';
    await until('a token', async () => (await read()) !== '');
    const token = Buffer.from(await read(), 'base64').toString();
    const { body } = await bearing(token, 'POST', WHOAMI, {});
    expect(body.status.userInfo.username).toBe('system:serviceaccount:default:legacy');
    await cluster.request('DELETE', `${CORE}/serviceaccounts/legacy`);
    await until('the Secret is gone', gone(`${CORE}/secrets/legacy`));
  }, 60_000);
});
