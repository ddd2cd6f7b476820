import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { HttpClient, type HttpFault } from '../../src/adapters/http.js';

/** A proxy that takes connections and never says a word; `next` is the next connection that asked for something. */
async function startMuteProxy() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const next = async (): Promise<Socket> => {
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.on('error', () => undefined);
    await once(socket, 'data');
    return socket;
  };
  const { port } = server.address() as { port: number };
  return { port, next, stop: () => server.close() };
}

async function kindOf(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'answered',
    (fault: HttpFault) => fault.kind,
  );
}

test.each(['https', 'http'])(
  'over %s, a proxy that never answers outlasts neither deadline nor cancelling nor the end',
  async (scheme) => {
    const proxy = await startMuteProxy();
    const client = new HttpClient({
      url: `${scheme}://api.example`,
      userAgent: 'vault-cluster-bind/test',
      proxyUrl: `http://127.0.0.1:${proxy.port}`,
    });
    const tunnels = [proxy.next()];
    expect(await kindOf(client.request({ method: 'GET', path: '/', timeoutMs: 200 }))).toBe('timeout');
    const controller = new AbortController();
    tunnels.push(proxy.next());
    const calledOff = kindOf(client.request({ method: 'GET', path: '/', signal: controller.signal }));
    await tunnels[1];
    controller.abort();
    expect(await calledOff).toBe('aborted');
    const left = (await Promise.all(tunnels)).map((socket) => once(socket, 'close'));
    client.close();
    await Promise.all(left);
    proxy.stop();
  },
);
