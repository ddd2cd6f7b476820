import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RaftCluster, startRaft } from '../../sandbox/vault-raft.ts';
import type { VaultPort } from '../../src/ports.js';
import { open, secret } from '../adapters/vault-setup.js';
import { MOUNT, openRaftScene, type RaftScene } from './raft-scene.js';

const ROLE = {
  serviceAccountNames: ['default'],
  serviceAccountNamespaces: ['openshift-gitops'],
  tokenPolicies: ['p'],
  tokenTtlSeconds: 600,
  tokenMaxTtlSeconds: 1200,
  namespaceSelector: '',
};

describe('the adapter at a standby', () => {
  let raft: RaftCluster;
  let standby: number;
  let vault: VaultPort;

  beforeAll(async () => {
    raft = await startRaft({ nodes: 3, tls: true });
    standby = await raft.standby();
    vault = open(raft.addresses[standby] ?? '', raft.rootToken, { caPem: raft.caPem ?? '' }).vault;
  }, 60_000);

  afterAll(async () => {
    vault?.close();
    await raft?.stop();
  });

  const config = () => ({
    kubernetesHost: 'https://api.prodtest.example:6443',
    kubernetesCaCert: raft.caPem ?? '',
    reviewerToken: secret('reviewer token', 'eyJhbGciOiJub25lIn0.eyJhIjoicmV2aWV3ZXIifQ.c2lnbmF0dXJl'),
    issuer: '',
    pemKeys: [],
    disableIssValidation: true,
    onlyChosen: false,
  });
  const rounds = Array.from({ length: 15 }, (_, index) => `m${index}`);

  test('a node answers from its own past, unless it is told how far we are', async () => {
    const node = raft.nodes[standby];
    const stale = [];
    for (const name of rounds) {
      await node?.request('POST', `sys/policies/acl/bare-${name}`, { policy: '#' });
      stale.push((await node?.request('GET', `sys/policies/acl/bare-${name}`))?.status);
    }
    expect(stale).toContain(404);
  });

  test('reads what was just written, whatever else was asked in between', async () => {
    for (const name of rounds) {
      await Promise.all([vault.writePolicy(name, `# ${name}`), vault.enableMount(name, name)]);
      expect(await vault.health()).toMatchObject({ value: { standby: true } });
      await Promise.all([vault.disableMount('never-there'), vault.capabilities(['sys/auth']), vault.login()]);
      expect(await vault.policy(name)).toEqual({ state: 'present', value: { text: `# ${name}` } });
      expect(await vault.mounts()).toMatchObject({ value: { [name]: { description: name } } });
      await Promise.all([vault.writeMountConfig(name, config()), vault.writeRole(name, 'r', ROLE)]);
      expect(await vault.mountConfig(name)).toMatchObject({ value: { reviewerTokenSet: true } });
      expect(await vault.role(name, 'r')).toMatchObject({ value: { tokenPolicies: ['p'] } });
    }
  }, 60_000);

  test('takes away what was just made, instead of finding nothing there', async () => {
    for (const name of rounds) {
      await vault.enableMount(`short-${name}`, 'x');
      await vault.disableMount(`short-${name}`);
    }
    const { body } = (await raft.nodes[await raft.active()]?.request('GET', 'sys/auth')) ?? {};
    expect(Object.keys(body.data).filter((path) => path.startsWith('short-'))).toEqual([]);
  });

  test('waits for another active node when the one there dies, and when it steps down', async () => {
    expect(await vault.login()).toMatchObject({ state: 'present' });
    // This comes first: for 10 s a node that stepped down does not stand for election.
    const active = await raft.active();
    await raft.stopNode(active);
    await vault.writePolicy('after-death', '# alive');
    expect(await vault.policy('after-death')).toMatchObject({ value: { text: '# alive' } });
    await raft.startNode(active);
    await raft.stepDown();
    for (const name of rounds) {
      await vault.enableMount(`down-${name}`, 'x');
      expect(await vault.mountConfig(`down-${name}`)).toEqual({ state: 'absent' });
    }
  }, 60_000);

  test('comes back to a node that is started again, and names one that stays sealed', async () => {
    const index = await raft.standby();
    const { vault: here } = open(raft.addresses[index] ?? '', raft.rootToken, { caPem: raft.caPem ?? '' });
    expect(await here.mounts()).toMatchObject({ state: 'present' });
    await raft.stopNode(index);
    const reading = here.mounts();
    await raft.startNode(index, { sealed: true });
    expect(await reading).toMatchObject({ problem: { code: 'VAULT_SEALED' } });
    here.close();
  }, 60_000);
});

describe('runs at a standby', () => {
  let scene: RaftScene;

  beforeAll(async () => {
    scene = await openRaftScene();
  }, 180_000);

  afterAll(() => scene?.stop());

  async function loginsEverywhere(): Promise<void> {
    const deadline = Date.now() + 35_000;
    let seen = await scene.logins();
    while (seen.some((status) => status !== 200) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      seen = await scene.logins();
    }
    expect(seen).toEqual([200, 200, 200]);
  }

  test('bind and verify are green on a fresh mount, five times', async () => {
    const standby = await scene.raft.standby();
    const verdicts = [];
    for (let round = 0; round < 5; round++) {
      const bind = await scene.run('bind', standby);
      const verify = await scene.run('verify', standby, { checks: 'binding' });
      verdicts.push([bind.main.outputs['verdict'], verify.main.outputs['verdict'], bind.report.errors]);
      if (round === 4) await loginsEverywhere();
      await scene.forget();
    }
    expect(verdicts).toEqual(Array(5).fill(['green', 'green', []]));
  }, 300_000);

  test.each([150, 300, 450])(
    'a leader that steps down %d ms into bind: a verdict, and the next bind is green',
    async (delayMs) => {
      const standby = await scene.raft.standby();
      const running = scene.run('bind', standby);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await scene.raft.stepDown();
      const { main, report } = await running;
      const codes = report.errors.map(({ code }: { code: string }) => code);
      expect([main.outputs['verdict'], codes]).toEqual(
        main.exitCode === 0 ? ['green', []] : [expect.anything(), [expect.any(String)]],
      );
      const next = await scene.run('bind', await scene.raft.standby());
      expect([next.main.outputs['verdict'], next.report.errors]).toEqual(['green', []]);
      await loginsEverywhere();
      const mounts = (await scene.raft.nodes[await scene.raft.active()]?.request('GET', 'sys/auth'))?.body.data;
      expect(Object.keys(mounts).filter((path) => path.startsWith(MOUNT))).toEqual([`${MOUNT}/`]);
      await scene.forget();
    },
    200_000,
  );
});
