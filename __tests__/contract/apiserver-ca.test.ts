import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startCluster } from '../../sandbox/cluster.ts';
import { send } from '../../sandbox/request.ts';
import type { Answer, Cluster } from '../../sandbox/types.ts';

describe.each(['emulated', 'real'] as const)('the %s API server behind a certificate of another CA', (kind) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ real: kind === 'real', foreignServingCa: true, servingHosts: ['api.example'] });
  }, 600_000);
  afterAll(() => cluster?.stop());

  test('is verified by it under its names, and by its own CA under its address', async () => {
    const config = await cluster.request('GET', '/api/v1/namespaces/default/configmaps/kube-root-ca.crt');
    const own = config.body.data['ca.crt'];
    expect(own).not.toBe(cluster.caPem);
    const inside = cluster.server.replace('localhost', '127.0.0.1');
    const ask = (url: string, caPem: string): Promise<Answer> => send({ method: 'GET', url: `${url}/version`, caPem });
    expect((await ask(cluster.server, cluster.caPem)).status).toBe(200);
    expect((await ask(inside, own)).status).toBe(200);
    await expect(ask(cluster.server, own)).rejects.toThrow('certificate');
    await expect(ask(inside, cluster.caPem)).rejects.toThrow('certificate');
  });
});
