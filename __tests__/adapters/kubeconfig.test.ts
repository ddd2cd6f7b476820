import { delimiter, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubeconfig } from '../../sandbox/kubeconfig.ts';
import { createAuthority } from '../../sandbox/pki.ts';
import { clusterCredentials } from '../../src/adapters/kubeconfig.js';
import { createCluster } from '../../src/adapters/kubernetes.js';
import type { Material } from '../../src/binding/intent.js';
import {
  type Api,
  base64,
  configFor,
  credentials,
  folder,
  json,
  kubeSystem,
  masked,
  material,
  secret,
  shown,
  startApi,
  thrownBy,
} from './kube-setup.js';
import { authority, startProxy } from './wire.js';

const { dir, file } = folder();
let api: Api;
beforeAll(async () => {
  api = await startApi((_, response) => json(response, 200, kubeSystem));
});
afterAll(() => api.stop());
const config = (user: object, cluster: object = {}) => configFor(api.url, user, cluster);

/** Who the server saw, with the credentials a kubeconfig gives. */
async function seenAs(given: Material, context?: string): Promise<{ bearer: string | undefined; client: string }> {
  const cluster = createCluster(await credentials(given, context), secret, new AbortController().signal);
  expect(await cluster.identity()).toEqual({ state: 'present', value: { uid: 'uid-1' } });
  cluster.close();
  const last = api.requests.at(-1);
  return { bearer: last?.headers.authorization, client: last?.client ?? '' };
}

describe('a kubeconfig', () => {
  const text = () => kubeconfig(api.url, authority.certPem, { token: 'tok-1' });

  test.each([
    ['YAML', () => material(text())],
    ['base64', () => material(base64(text()), 'base64')],
    ['a path', () => material(file('plain.yaml', text()), 'path')],
  ])('is taken as %s', async (_, make) => {
    expect(await seenAs(make())).toEqual({ bearer: 'Bearer tok-1', client: '' });
    expect(masked).toContain('tok-1');
  });

  test('is merged from a list as kubectl does: the first wins, what is missing is passed over, parts may be partial', async () => {
    const users = file('users.yaml', 'users:\n- name: sandbox\n  user: {token: first}\ncurrent-context: sandbox\n');
    const list = [join(dir, 'nowhere.yaml'), users, file('rest.yaml', text()), ''].join(delimiter);
    expect(await seenAs(material(list, 'path'))).toMatchObject({ bearer: 'Bearer first' });
    const nowhere = material(`${join(dir, 'a')}${delimiter}${join(dir, 'b')}`, 'path');
    await expect(credentials(nowhere)).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
    await expect(credentials(material(join(dir, 'a'), 'path'))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(credentials(material(users, 'path'))).rejects.toMatchObject({ code: 'KUBECONFIG_INVALID' });
  });

  test('gives the context that is asked for, whatever is broken beside it', async () => {
    const two = `${text()}- name: other\n  context: {cluster: sandbox, user: other}\n- name: left-over\n`
      .replace('users:\n', 'users:\n- name: other\n  user: {token: tok-2}\n- name: broken\n')
      .replace('clusters:\n', 'clusters:\n- name: gone\n  cluster: {}\n');
    expect(await seenAs(material(two), 'other')).toMatchObject({ bearer: 'Bearer tok-2' });
    expect(await seenAs(material(two))).toMatchObject({ bearer: 'Bearer tok-1' });
  });

  test.each([
    ['context', 'sandbx', (text: string) => text, /has no context sandbx/, /It has: sandbox\. .*did you mean sandbox/],
    ['current context', undefined, (text: string) => text.replace(/current.*/, ''), /no current context/, /It has/],
    ['cluster', undefined, (text: string) => text.replace('cluster: sandbox', 'cluster: z'), /names a cluster/, /./],
    ['user', undefined, (text: string) => text.replace('user: sandbox', 'user: z'), /names a user/, /./],
  ])('without the %s is refused by name', async (_, context, change, message, hint) => {
    const error = await thrownBy(credentials(material(change(text())), context));
    expect(error).toMatchObject({
      code: 'KUBECONFIG_CONTEXT',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  test.each([
    ['a repeated key', 'clusters: []\nclusters: []\nplanted: planted-text\n'],
    ['an unknown anchor', 'clusters: *planted-text\n'],
    ['two documents', 'a: planted-text\n---\nb: 1\n'],
    ['a tag of code', 'clusters: !!js/function "planted-text"\n'],
    ['broken YAML', 'clusters: [planted-text\n'],
    ['a list', '- planted-text\n'],
    ['plain text', 'planted-text'],
    ['nothing', ''],
    ['another object', 'kind: Secret\ndata: {a: planted-text}\n'],
    [
      'a token that is no text',
      'clusters: [{name: planted-text, cluster: {}}]\nusers: [{name: u, user: {token: 123}}]',
    ],
    [
      'a server that is no URL',
      'contexts: [{name: c, context: {cluster: k, user: u}}]\ncurrent-context: c\nclusters: [{name: k, cluster: {server: planted-text}}]\nusers: [{name: u, user: {token: t}}]',
    ],
  ])('that is %s is refused without a word of it', async (_, junk) => {
    const error = await thrownBy(credentials(material(junk)));
    expect(error.code).toBe('KUBECONFIG_INVALID');
    expect(shown(error)).not.toContain('planted');
  });

  test('may use anchors of its own', async () => {
    const anchored = `x: &u {token: anchored}\n${text().replace(/ {2}user:\n.*\n/, '  user: *u\n')}`;
    expect(await seenAs(material(anchored))).toMatchObject({ bearer: 'Bearer anchored' });
  });
});

describe('who it makes us', () => {
  const pair = authority.client({ user: 'alice' });
  const inline = {
    'client-certificate-data': base64(pair.certPem),
    'client-key-data': base64(pair.keyPem),
  };

  test('a client certificate, inline and as files beside the kubeconfig', async () => {
    expect(await seenAs(material(config(inline)))).toEqual({ bearer: undefined, client: 'alice' });
    file('files/pki/a.crt', pair.certPem);
    file('files/pki/a.key', pair.keyPem);
    file('files/pki/ca.crt', authority.certPem);
    const user = { 'client-certificate': 'pki/a.crt', 'client-key': './pki/a.key' };
    const cluster = { 'certificate-authority-data': undefined, 'certificate-authority': 'pki/ca.crt' };
    const path = file('files/config', config(user, cluster));
    expect(await seenAs(material(path, 'path'))).toEqual({ bearer: undefined, client: 'alice' });
    expect(await seenAs(material(relative(process.cwd(), path), 'path'))).toMatchObject({ client: 'alice' });
    expect(masked).toEqual(expect.arrayContaining([pair.keyPem, base64(pair.keyPem)]));
  });

  test('a token file beside the kubeconfig; the token itself goes first', async () => {
    file('tokens/token', 'from-file\n');
    const path = file('tokens/config', config({ tokenFile: 'token' }));
    expect(await seenAs(material(path, 'path'))).toMatchObject({ bearer: 'Bearer from-file' });
    const both = file('tokens/both', config({ tokenFile: 'nowhere', token: ' tok-3\n' }));
    expect(await seenAs(material(both, 'path'))).toMatchObject({ bearer: 'Bearer tok-3' });
    const gone = file('tokens/gone', config({ tokenFile: 'nowhere' }));
    expect(await thrownBy(credentials(material(gone, 'path')))).toMatchObject({ code: 'INPUT_INVALID' });
  });

  test.each([
    ['no credentials', {}, 'KUBECONFIG_INVALID', /holds no credentials/],
    ['a removed auth-provider', { 'auth-provider': { name: 'gcp' } }, 'KUBECONFIG_INVALID', /auth-provider/],
    ['a password', { username: 'a', password: 'planted-text' }, 'KUBECONFIG_INVALID', /password/],
    ['impersonation', { token: 't', as: 'root' }, 'KUBECONFIG_INVALID', /impersonates/],
    ['a token that breaks a header', { token: 'planted-text\r\nX: y' }, 'KUBECONFIG_INVALID', /characters/],
    ['a certificate without key', { ...inline, 'client-key-data': '' }, 'KUBECONFIG_INVALID', /without a client key/],
    [
      'a key without certificate',
      { ...inline, 'client-certificate-data': '' },
      'KUBECONFIG_INVALID',
      /without a client c/,
    ],
    [
      'a certificate that is none',
      { ...inline, 'client-certificate-data': 'AAAA' },
      'KUBECONFIG_INVALID',
      /not a usable/,
    ],
    [
      'the key of another certificate',
      { ...inline, 'client-key-data': base64(authority.client({ user: 'b' }).keyPem) },
      'KUBECONFIG_INVALID',
      /not a usable pair/,
    ],
  ])('%s is refused by the user that has it', async (_, user, code, message) => {
    const error = await thrownBy(credentials(material(config(user))));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error.message).toContain('user u ');
    expect(shown(error)).not.toMatch(/planted|PRIVATE/);
  });

  test('a certificate that ran out is told before the server is asked', async () => {
    const old = authority.client({ user: 'a' }, { notAfter: new Date('2020-01-02T03:04:05Z') });
    const user = { 'client-certificate-data': base64(old.certPem), 'client-key-data': base64(old.keyPem) };
    const error = await thrownBy(credentials(material(config(user))));
    expect(error).toMatchObject({
      code: 'CLUSTER_UNAUTHORIZED',
      message: 'user u of the kubeconfig has a client certificate that expired at 2020-01-02T03:04:05.000Z',
    });
  });
});

describe('where it leads', () => {
  const foreign = createAuthority('another authority');

  test('insecure-skip-tls-verify is obeyed and said', async () => {
    const skips = { 'certificate-authority-data': base64(foreign.certPem), 'insecure-skip-tls-verify': true };
    const given = await credentials(material(config({ token: 't' }, skips)));
    const cluster = createCluster(given, secret, new AbortController().signal);
    expect(cluster.skipsTlsVerify).toBe(true);
    expect(await cluster.identity()).toMatchObject({ state: 'present' });
    const verifying = createCluster(await credentials(material(config({ token: 't' }))), secret, AbortSignal.any([]));
    expect(verifying.skipsTlsVerify).toBe(false);
  });

  test('tls-server-name is the name the certificate must carry', async () => {
    const named = (name: string) => credentials(material(config({ token: 't' }, { 'tls-server-name': name })));
    const open = async (name: string) =>
      createCluster(await named(name), secret, new AbortController().signal).identity();
    expect(await open('localhost')).toMatchObject({ state: 'present' });
    expect(await open('other.example')).toMatchObject({
      problem: { code: 'CLUSTER_TLS', message: expect.stringContaining('wrong-name') },
    });
  });

  test('proxy-url is used, and its password hidden', async () => {
    const proxy = await startProxy(api.port);
    const url = proxy.url.replace('//', '//me:s%40me-password@');
    expect(await seenAs(material(config({ token: 't' }, { 'proxy-url': url })))).toMatchObject({ bearer: 'Bearer t' });
    expect(proxy.credentials).toEqual([`Basic ${base64('me:s@me-password')}`]);
    expect(masked).toContain('s@me-password');
    await proxy.stop();
  });

  test.each(['socks5://me:planted-text@127.0.0.1:1080', 'http://me:planted-text%@[', 'http://me:%E0planted-text@a'])(
    'a proxy-url that cannot be used is refused: %s',
    async (url) => {
      const error = await thrownBy(credentials(material(config({ token: 't' }, { 'proxy-url': url }))));
      expect(error).toMatchObject({ code: 'INPUT_INVALID', message: expect.stringContaining('proxy-url') });
      expect(shown(error)).not.toContain('planted-text');
    },
  );

  test('a CA that is none is said to be the CA, not the server', async () => {
    const bad = config({ token: 't' }, { 'certificate-authority-data': base64('planted-text') });
    const error = await thrownBy(credentials(material(bad)));
    expect(error).toMatchObject({ code: 'CA_INVALID', message: expect.stringContaining('certificate-authority-data') });
    expect(shown(error)).not.toContain('planted-text');
  });

  test('http off loopback is refused, on loopback it is not', async () => {
    const at = (server: string) => credentials(material(config({ token: 'planted-text' }, { server })));
    const error = await thrownBy(at('http://me:planted-text@api.example:6443/'));
    expect(error).toMatchObject({
      code: 'CLUSTER_INSECURE',
      message: expect.stringContaining('http://api.example:6443:'),
    });
    expect(shown(error)).not.toContain('planted-text');
    expect((await at('http://127.0.0.1:8001/')).endpoint.url).toBe('http://127.0.0.1:8001');
    const proxied = material(config({}, { server: 'http://localhost:8001/base/' }));
    expect((await credentials(proxied)).endpoint.url).toBe('http://localhost:8001/base');
  });

  test('a server with token and CA needs no kubeconfig', async () => {
    const options = { env: {}, secret, userAgent: 'x' };
    const at = (token: string, pem = authority.certPem) =>
      clusterCredentials(
        { via: 'token', server: `${api.url}/`, token: secret('kube-token', token), ca: material(pem) },
        options,
      );
    const cluster = createCluster(await at('tok-4'), secret, new AbortController().signal);
    expect(await cluster.identity()).toMatchObject({ state: 'present' });
    expect(api.requests.at(-1)?.headers.authorization).toBe('Bearer tok-4');
    await expect(at('planted text')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await expect(at('t', 'planted text')).rejects.toMatchObject({ code: 'CA_INVALID' });
  });
});
