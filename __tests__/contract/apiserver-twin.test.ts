import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { startCluster } from '../../sandbox/cluster.ts';
import { installCrd } from '../../sandbox/crd.ts';
import { send } from '../../sandbox/request.ts';
import type { Answer, Cluster } from '../../sandbox/types.ts';
import { ACCESS } from './apiserver-access-cases.js';
import { CASES, type Case, type Headers } from './apiserver-cases.js';
import { CUSTOM, THING } from './apiserver-custom-cases.js';

const VOLATILE: Readonly<Record<string, string>> = {
  uid: 'uid',
  resourceVersion: 'version',
  token: 'token',
  continue: 'continue',
  serverAddress: 'address',
  expirationTimestamp: 'time',
};

const IGNORED = ['managedFields', 'description', 'storageVersionHash', 'goVersion', 'gitCommit', 'platform'];

/** What differs between any two clusters is named and not compared; who wrote which field is left out. */
function normal(value: unknown): unknown {
  // The emulated one serves no watch, and does not say it does.
  if (Array.isArray(value)) return value.filter((item) => item !== 'watch').map(normal);
  if (typeof value === 'string') return plain(value);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !IGNORED.includes(key));
  return Object.fromEntries(kept.map(([key, member]) => [key, (member && VOLATILE[key]) || normal(member)]));
}

function plain(text: string): string {
  return (
    text
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
      .replace(/[0-9a-f]{64}/g, 'HASH')
      .replace(/\d{4}-\d\d-\d\dT[\d:]{8}Z/g, 'TIME')
      .replace(/^gen-.{5}$/, 'GENERATED')
      // Go's parser words it in its own way.
      .replace(/(json parse error: ).*$/s, '$1...')
      .replace(/in record \(\d+\)/, 'in record (N)')
      .replace(/^\d+[smhd]$/, 'AGE')
  );
}

describe('the emulated and the real API server answer alike', () => {
  let emulated: Cluster;
  let real: Cluster;

  beforeAll(async () => {
    [emulated, real] = await Promise.all([
      startCluster({ maxTokenExpirationSeconds: 7200 }),
      startCluster({ real: true, maxTokenExpirationSeconds: 7200 }),
    ]);
  }, 600_000);
  afterAll(() => Promise.all([emulated?.stop(), real?.stop()]));

  async function ask(cluster: Cluster, [method, path, body, headers = {}, who]: Case): Promise<Answer> {
    if (who === undefined) return cluster.request(method, path, body, headers);
    const to = { method, url: cluster.server + path, body, caPem: cluster.caPem };
    if (who === 'anonymous') return send({ ...to, headers });
    if (who === 'junk') return send({ ...to, headers: { ...headers, authorization: 'Bearer junk' } });
    const config = load(await cluster.kubeconfigFor({ user: who })) as { users: { user: Headers }[] };
    const decode = (key: string): string => Buffer.from(config.users[0]?.user[key] ?? '', 'base64').toString();
    const pair = { certPem: decode('client-certificate-data'), keyPem: decode('client-key-data') };
    return send({ ...to, headers, ...pair });
  }

  const seen = ({ status, headers, body }: Answer): unknown => ({
    status,
    type: headers['content-type'],
    warning: headers['warning'],
    body: normal(body),
  });

  async function compare(one: Case): Promise<void> {
    const [ours, first] = await Promise.all([ask(emulated, one), ask(real, one)]);
    let theirs = first;
    // The real one learns of a new role a moment after it answered; what it refuses has changed nothing.
    for (
      let attempt = 0;
      attempt < 50 && theirs.status === 403 && !isDeepStrictEqual(seen(ours), seen(theirs));
      attempt += 1
    ) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      theirs = await ask(real, one);
    }
    expect(seen(ours)).toEqual(seen(theirs));
  }

  const rowsOf = (cases: readonly Case[]): (readonly [string, Case])[] =>
    cases.map((one, index) => {
      const [method, path, body, headers = {}, who = 'admin'] = one;
      const said = [body === undefined ? '' : JSON.stringify(body), ...Object.values(headers)].join(' ');
      return [`${index} ${who}: ${method} ${path} ${said.slice(0, 120)}`, one];
    });

  test.each(rowsOf(CASES))('%s', (_name, one) => compare(one));

  describe('about rights', () => {
    test.each(rowsOf(ACCESS))('%s', (_name, one) => compare(one));
  });

  describe('about a kind that was installed', () => {
    beforeAll(async () => {
      await Promise.all([installCrd(emulated, THING), installCrd(real, THING)]);
    }, 60_000);

    test.each(rowsOf(CUSTOM))('%s', (_name, one) => compare(one));
  });
});
