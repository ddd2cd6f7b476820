import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeGitopsHealthy } from '../../sandbox/gitops.ts';
import { putGitopsRole } from '../../sandbox/gitops-vault.ts';
import { ENV } from '../../sandbox/scene.ts';
import { openStage, resultsOf, type Stage, VAULT_URL } from './stage.ts';

let stage: Stage;
let secrets: Record<string, string>;

beforeAll(async () => {
  stage = await openStage({ vault: { tls: true, hosts: ['127.0.0.1', 'vault.example.com'] } });
  const { main, report } = await stage.scene.run(stage.scene.adminInputs());
  main.remove();
  expect(report.verdict).toBe('green');
  secrets = { KUBECONFIG_ROTATE: await stage.kubeconfig('rotate') };
}, 60_000);

afterAll(() => stage?.stop(), 60_000);

test('private-ca.yml: green with the CA, red and named without', async () => {
  const vars = { VAULT_CA: stage.scene.vault.caPem ?? '' };
  const result = await stage.paste('private-ca.yml', { secrets, vars });
  expect(resultsOf(result)).toEqual({ 'rotate prodtest/rotate': 'success' });
  const without = await stage.paste('private-ca.yml', { secrets });
  expect(resultsOf(without)).toEqual({ 'rotate prodtest/rotate': 'failure' });
  expect(without.jobs[0]?.summary).toContain('VAULT_TLS');
}, 60_000);

test('proxy.yml: green, with Vault reached through the proxy alone', async () => {
  const { vault } = stage.scene;
  const proxy = await startProxy(new URL(vault.address).port);
  const role = 'auth/jwt/role/vault-cluster-verify';
  const { body } = await vault.request('GET', role);
  await vault.request('POST', role, { ...body.data, bound_audiences: [VAULT_URL] });
  const placeholders = { [VAULT_URL]: VAULT_URL, 'http://proxy.example.com:3128': proxy.url };
  // The CA comes from the runner, whose machine would trust a bought one by itself.
  const env = { VAULT_CACERT: vault.caFile ?? '' };
  const result = await stage.paste('proxy.yml', { secrets: await verifySecrets(), placeholders, env });
  expect(resultsOf(result)).toEqual({ 'verify prodtest/verify': 'success' });
  expect(new Set(proxy.asked)).toEqual(new Set(['vault.example.com:8200']));
  await proxy.stop();
  await vault.request('POST', role, body.data);
}, 60_000);

async function verifySecrets(): Promise<Record<string, string>> {
  await makeGitopsHealthy(stage.scene.cluster, ENV);
  await putGitopsRole(stage.scene.vault, ENV);
  return { KUBECONFIG_VERIFY: await stage.kubeconfig('verify') };
}

interface Proxy {
  readonly url: string;
  /** What tunnels were asked for. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** A proxy for which every name is Vault here. */
async function startProxy(port: string): Promise<Proxy> {
  const asked: string[] = [];
  const server: Server = createServer((_request, response) => response.writeHead(405).end());
  const sockets = new Set<Socket>();
  server.on('connect', ({ url = '' }, client: Socket) => {
    asked.push(url);
    const target = connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    for (const socket of [client, target]) sockets.add(socket.on('error', () => socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
