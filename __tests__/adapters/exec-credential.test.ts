import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kubeconfig } from '../../sandbox/kubeconfig.ts';
import { createCluster } from '../../src/adapters/kubernetes.js';
import {
  type Api,
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
  status,
  thrownBy,
} from './kube-setup.js';
import { authority } from './wire.js';

const { dir, file } = folder();
let api: Api;
beforeAll(async () => {
  api = await startApi((_, response) => json(response, 200, kubeSystem));
});
afterAll(() => api.stop());
const config = (user: object) => configFor(api.url, user);

describe('a credential plugin', () => {
  const printing = (status: object) => `cat <<'END'\n${JSON.stringify({ kind: 'ExecCredential', status })}\nEND\n`;
  const script = (name: string, body: string) => file(name, `#!/bin/sh\n${body}`, 0o700);
  const plugin = (command: string, more: object = {}) =>
    config({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command, ...more } });

  test('gives a token, knows what the kubeconfig tells it, and gets nothing of ours', async () => {
    const body = `read -r line && exit 9\nprintf '%s|%s|%s|%s' "$1" "$GIVEN" "$KUBERNETES_EXEC_INFO" "$(env)" > "$(dirname "$0")/told"\n`;
    script('exec/plugin', `${body}${printing({ token: 'exec-token' })}`);
    const more = { args: ['first'], env: [{ name: 'GIVEN', value: 'yes' }] };
    const given = material(file('exec/config', plugin('./plugin', more)), 'path');
    const ours = {
      VAULT_TOKEN: 'planted-text',
      INPUT_VAULT: 'planted-text',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'planted-text',
      HOME: dir,
    };
    const found = await credentials(given, undefined, ours);
    expect(found.token?.reveal()).toBe('exec-token');
    expect(masked).toContain('exec-token');
    const told = readFileSync(join(dir, 'exec/told'), 'utf8');
    expect(told).toMatch(/^first\|yes\|\{"apiVersion":"client.authentication.k8s.io\/v1".*"interactive":false/);
    expect(told).toContain(`HOME=${dir}`);
    expect(told).not.toContain('planted-text');
  });

  test('is asked again when its token is no longer accepted, and for one refusal once', async () => {
    let good = 'first';
    const brief = await startApi(({ headers }, response) =>
      headers['authorization'] === `Bearer ${good}`
        ? json(response, 200, kubeSystem)
        : json(response, 401, status(401, 'Unauthorized')),
    );
    const tokens = file('exec/tokens', 'first');
    const calls = file('exec/calls', '');
    const body = `echo x >> ${calls}\nprintf '{"kind":"ExecCredential","status":{"token":"%s"}}' "$(cat ${tokens})"\n`;
    const command = script('exec/brief', body);
    const given = material(configFor(brief.url, { exec: { command } }));
    const obtain = () => credentials(given);
    const cluster = createCluster(await obtain(), secret, new AbortController().signal, obtain);
    const called = (): number => readFileSync(calls, 'utf8').split('x').length - 1;
    expect(await cluster.identity()).toMatchObject({ state: 'present' });
    good = 'second';
    file('exec/tokens', 'second');
    const looks = await Promise.all([cluster.identity(), cluster.namespace('kube-system'), cluster.identity()]);
    expect(looks.map(({ state }) => state)).toEqual(['present', 'present', 'present']);
    expect(called()).toBe(2);
    good = 'never';
    for (let times = 0; times < 3; times += 1) {
      expect(await cluster.identity()).toMatchObject({ problem: { code: 'CLUSTER_UNAUTHORIZED' } });
    }
    expect(called()).toBe(3);
    cluster.close();
    await brief.stop();
  });

  test('gives a client certificate', async () => {
    const { certPem, keyPem } = authority.client({ user: 'from-plugin' });
    const command = script('exec/cert', printing({ clientCertificateData: certPem, clientKeyData: keyPem }));
    const found = await credentials(material(plugin(command)));
    const cluster = createCluster(found, secret, new AbortController().signal);
    expect(await cluster.identity()).toMatchObject({ state: 'present' });
    expect(api.requests.at(-1)).toMatchObject({ client: 'from-plugin' });
    expect(found.token).toBeUndefined();
    expect(masked).toContain(keyPem.trim());
  });

  test('in a file of a list is found beside that file', async () => {
    script('other/plugin', printing({ token: 'beside' }));
    const user = file('other/config', `users:\n- name: sandbox\n  user:\n    exec: {command: ./plugin}\n`);
    const rest = file(
      'first/config',
      kubeconfig(api.url, authority.certPem, { token: 'x' }).replace(/users:[\s\S]*contexts/, 'contexts'),
    );
    const found = await credentials(material([rest, user].join(delimiter), 'path'));
    expect(found.token?.reveal()).toBe('beside');
  });

  test.each([
    ['is missing', () => './no-such-plugin', /no-such-plugin of the kubeconfig is not installed/],
    ['is not named', () => '', /has no command/],
    ['cannot be executed', () => file('exec/plain', 'x'), /failed/],
    ['fails', () => script('exec/fails', 'echo planted-text; echo planted-text >&2; exit 3\n'), /failed/],
    ['prints junk', () => script('exec/junk', 'echo planted-text\n'), /no ExecCredential/],
    ['prints null', () => script('exec/null', 'echo null\n'), /no ExecCredential/],
    ['gives nothing', () => script('exec/none', printing({ token: '', note: 'planted-text' })), /neither a token/],
    ['gives half a pair', () => script('exec/half', printing({ clientKeyData: 'planted-text' })), /neither a token/],
    ['gives a broken token', () => script('exec/broken', printing({ token: 'planted\ntext' })), /neither a token/],
    ['floods', () => script('exec/flood', 'yes planted-text\n'), /failed/],
  ])('that %s is told without a word of what it said', async (_, command, message) => {
    const error = await thrownBy(credentials(material(plugin(command()))));
    expect(error).toMatchObject({ code: 'KUBECONFIG_EXEC', message: expect.stringMatching(message) });
    expect(shown(error)).not.toContain('planted');
  });

  test('that hangs and cannot be asked to end is ended', async () => {
    const command = script(
      'exec/hang',
      `trap '' TERM\necho $$ > "$(dirname "$0")/pid"\nwhile :; do sleep 0.05; done\n`,
    );
    const error = await thrownBy(credentials(material(plugin(command)), undefined, {}, 500));
    expect(error).toMatchObject({
      code: 'KUBECONFIG_EXEC',
      message: expect.stringContaining('did not end within 0.5 s'),
    });
    const pid = Number(readFileSync(join(dir, 'exec/pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('in a kubeconfig that came from the checkout is not run', async () => {
    const ran = join(dir, 'ran');
    const command = script('exec/mark', `touch ${ran}\n${printing({ token: 'x' })}`);
    const inside = file('checkout/clusters/a/config', plugin(command));
    const outside = file('elsewhere/config', plugin(command));
    const link = join(dir, 'checkout/link');
    symlinkSync(outside, link);
    symlinkSync(inside, join(dir, 'elsewhere/link'));
    symlinkSync(join(dir, 'checkout'), join(dir, 'workspace'));
    const env = { GITHUB_WORKSPACE: join(dir, 'workspace') };
    const list = [outside, inside].join(delimiter);
    for (const path of [inside, link, join(dir, 'elsewhere/link'), list]) {
      const error = await thrownBy(credentials(material(path, 'path'), undefined, env));
      expect(error).toMatchObject({ code: 'KUBECONFIG_EXEC', message: expect.stringContaining('checkout') });
    }
    expect(existsSync(ran)).toBe(false);
    expect((await credentials(material(outside, 'path'), undefined, env)).token?.reveal()).toBe('x');
    file('checkout/plain', config({ token: 't' }));
    expect((await credentials(material(join(dir, 'checkout/plain'), 'path'), undefined, env)).token?.reveal()).toBe(
      't',
    );
  });
});
