import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAuthority } from '../../sandbox/pki.ts';
import type { VaultServer } from '../../sandbox/types.ts';
import { startVault } from '../../sandbox/vault.ts';
import type { MountConfigWrite, RoleWrite, VaultPort } from '../../src/ports.js';
import { open, secret, tokenOf } from './vault-setup.js';

let server: VaultServer;
let vault: VaultPort;
const ca = createAuthority('api').certPem;

const CONFIG: MountConfigWrite = {
  kubernetesHost: 'https://api.prodtest.example:6443',
  kubernetesCaCert: ca,
  reviewerToken: secret('reviewer token', 'eyJhbGciOiJub25lIn0.eyJhIjoicmV2aWV3ZXIifQ.c2lnbmF0dXJl'),
  issuer: '',
  pemKeys: [],
  disableIssValidation: true,
  onlyChosen: false,
};
const ROLE: RoleWrite = {
  serviceAccountNames: ['default'],
  serviceAccountNamespaces: ['openshift-gitops'],
  tokenPolicies: ['kube-auth', 'kube-auth-k'],
  tokenTtlSeconds: 600,
  tokenMaxTtlSeconds: 1200,
  namespaceSelector: '',
};

beforeAll(async () => {
  server = await startVault();
  vault = open(server.address, server.rootToken).vault;
}, 60_000);
afterAll(async () => {
  vault.close();
  await server.stop();
});

test('health names version and cluster, as nobody and outside every namespace', async () => {
  const seen = await open(server.address, 'not a token', { access: { namespace: 'nowhere' } }).vault.health();
  expect(seen).toMatchObject({
    state: 'present',
    value: { initialized: true, sealed: false, standby: false, version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
  });
  const { body } = await server.request('GET', 'sys/health', undefined, '');
  expect(seen).toMatchObject({ value: { clusterId: body.cluster_id } });
});

describe('a mount', () => {
  const mount = 'kubernetes-prodtest';

  test('is enabled once, described without sudo, and enabling it again is fine', async () => {
    await vault.enableMount(mount, 'first');
    await vault.enableMount(mount, 'second');
    await vault.describeMount(mount, 'third: {"a":1}');
    const mounts = await vault.mounts();
    expect(mounts).toMatchObject({ value: { [mount]: { type: 'kubernetes', description: 'third: {"a":1}' } } });
    expect(Object.keys(mounts.state === 'present' ? mounts.value : {})).toEqual(
      expect.arrayContaining(['token', mount]),
    );
  });

  test('has no config and no role until they are written, and then what was written', async () => {
    expect(await vault.mountConfig(mount)).toEqual({ state: 'absent' });
    expect(await vault.role(mount, 'kube-auth')).toEqual({ state: 'absent' });
    await vault.writeMountConfig(mount, CONFIG);
    expect(await vault.mountConfig(mount)).toMatchObject({
      value: {
        kubernetesHost: CONFIG.kubernetesHost,
        kubernetesCaCert: ca,
        disableLocalCaJwt: true,
        disableIssValidation: true,
        reviewerTokenSet: true,
        pemKeys: [],
        issuer: '',
      },
    });
    await vault.writeRole(mount, 'kube-auth', ROLE);
    expect(await vault.role(mount, 'kube-auth')).toMatchObject({
      value: {
        serviceAccountNames: ['default'],
        serviceAccountNamespaces: ['openshift-gitops'],
        tokenPolicies: ['kube-auth', 'kube-auth-k'],
        tokenTtlSeconds: 600,
        tokenMaxTtlSeconds: 1200,
        audience: '',
        namespaceSelector: '',
        tokenBoundCidrs: [],
      },
    });
  });

  test('is disabled, and an absent one is fine', async () => {
    await vault.enableMount('canary', 'x');
    await vault.disableMount('canary');
    await vault.disableMount('canary');
    expect((await server.request('GET', 'sys/auth')).body.data).not.toHaveProperty('canary/');
  });

  test('of another type or nested in another is named', async () => {
    await server.request('POST', 'sys/auth/userpass', { type: 'userpass' });
    await expect(vault.enableMount('userpass', 'x')).rejects.toMatchObject({
      code: 'MOUNT_TYPE',
      message: expect.stringContaining('userpass'),
    });
    await expect(vault.enableMount(`${mount}/deeper`, 'x')).rejects.toMatchObject({
      code: 'MOUNT_NESTED',
      message: expect.stringContaining(`auth/${mount} `),
    });
  });

  test('takes no CA that is none, and says so without quoting Vault', async () => {
    if (server.kind === 'vault') return; // It takes anything; the plan does not.
    const bad = { ...CONFIG, kubernetesCaCert: '' };
    await expect(vault.writeMountConfig(mount, bad)).rejects.toMatchObject({ code: 'CA_INVALID' });
    expect(await vault.mountConfig(mount)).toMatchObject({ value: { kubernetesCaCert: ca } });
  });
});

test('policies: absent, then word for word; what does not parse is refused', async () => {
  expect(await vault.policy('kube-auth')).toEqual({ state: 'absent' });
  const text = '# ours\npath "sys/auth" { capabilities = ["read"] }\n';
  await vault.writePolicy('kube-auth', text);
  expect(await vault.policy('kube-auth')).toEqual({ state: 'present', value: { text } });
  await expect(vault.writePolicy('kube-auth', 'path {')).rejects.toMatchObject({
    code: 'VAULT_ERROR',
    message: expect.stringContaining('cannot parse'),
  });
});

describe('a token with little', () => {
  test('is told path and capability for each refusal', async () => {
    const few = open(server.address, await tokenOf(server, 'path "sys/auth" { capabilities = ["read"] }')).vault;
    const refused = await few.mountConfig('kubernetes-prodtest');
    expect(refused).toMatchObject({
      state: 'unreadable',
      problem: {
        code: 'VAULT_FORBIDDEN',
        hint: expect.stringContaining('path "auth/kubernetes-prodtest/config" { capabilities = ["read"] }'),
      },
    });
    await expect(few.enableMount('other', 'x')).rejects.toMatchObject({
      code: 'VAULT_FORBIDDEN',
      hint: expect.stringContaining('path "sys/auth/other" { capabilities = ["update", "sudo"] }'),
    });
    await expect(few.writePolicy('other', 'x')).rejects.toMatchObject({ code: 'VAULT_FORBIDDEN' });
    await expect(few.disableMount('kubernetes-prodtest')).rejects.toMatchObject({ code: 'VAULT_FORBIDDEN' });
  });

  test('learns its capabilities, one path or many', async () => {
    const few = open(
      server.address,
      await tokenOf(server, 'path "auth/+/config" { capabilities = ["read", "update"] }'),
    ).vault;
    expect(await few.capabilities(['auth/k/config'])).toEqual({
      state: 'present',
      value: { 'auth/k/config': ['read', 'update'] },
    });
    expect(await few.capabilities(['auth/k/config', 'sys/auth'])).toMatchObject({
      value: { 'auth/k/config': ['read', 'update'], 'sys/auth': ['deny'] },
    });
    expect(await few.capabilities([])).toEqual({ state: 'absent' });
  });

  test('without the default policy it logs in, and the missing right to ask is named', async () => {
    const bare = await tokenOf(server, 'path "sys/auth" { capabilities = ["read"] }', { no_default_policy: true });
    const { vault: few } = open(server.address, bare);
    expect(await few.login()).toEqual({
      state: 'present',
      value: { method: 'token', ours: false, policies: [], batch: false },
    });
    expect(await few.mounts()).toMatchObject({ state: 'present' });
    expect(await few.capabilities(['sys/auth'])).toMatchObject({
      problem: {
        code: 'VAULT_FORBIDDEN',
        hint: expect.stringContaining('path "sys/capabilities-self" { capabilities = ["update"] }'),
      },
    });
  });
});

describe('a namespace', () => {
  test('holds its own mounts; one that does not exist is named', async () => {
    if (server.kind === 'vault') return; // Its free edition has none.
    await server.request('POST', 'sys/namespaces/team');
    const inside = open(server.address, server.rootToken, { access: { namespace: 'team', authNamespace: '' } }).vault;
    await inside.enableMount('k', 'in team');
    expect((await server.request('GET', 'sys/auth')).body.data).not.toHaveProperty('k/');
    expect((await server.request('GET', 'sys/auth', undefined, server.rootToken, 'team')).body.data).toHaveProperty(
      'k/',
    );
    const lost = open(server.address, server.rootToken, { access: { namespace: 'nope', authNamespace: '' } }).vault;
    for (const seen of [await lost.mounts(), await lost.mountConfig('k'), await lost.policy('p')]) {
      expect(seen).toMatchObject({
        state: 'unreadable',
        problem: { code: 'VAULT_NAMESPACE', message: expect.stringContaining('nope') },
      });
    }
    await expect(lost.enableMount('k', 'x')).rejects.toMatchObject({ code: 'VAULT_NAMESPACE' });
  });

  test('a token from above learns its capabilities below', async () => {
    if (server.kind === 'vault') return;
    const above = await tokenOf(server, 'path "team/sys/auth" { capabilities = ["read"] }');
    const { vault: few } = open(server.address, above, { access: { namespace: 'team', authNamespace: '' } });
    expect(await few.capabilities(['sys/auth', 'sys/policies/acl/x'])).toEqual({
      state: 'present',
      value: { 'sys/auth': ['read'], 'sys/policies/acl/x': ['deny'] },
    });
  });
});

test('a path cannot be climbed out of', async () => {
  expect(await vault.policy('../../auth/token/lookup-self')).toMatchObject({ problem: { code: 'INPUT_INVALID' } });
  expect(await vault.policy('..')).toMatchObject({ problem: { code: 'INPUT_INVALID' } });
});
