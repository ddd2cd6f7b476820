import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createAuthority } from '../../sandbox/pki.ts';

export const authority = createAuthority('test authority');

export interface Listening {
  /** `https://127.0.0.1:port`, or http. */
  readonly url: string;
  readonly port: number;
  /** `METHOD path` of every request, in order. */
  readonly seen: string[];
  /** TCP connections so far. */
  connections(): number;
  stop(): Promise<void>;
}

async function listen(server: Server, scheme: string, seen: string[]): Promise<Listening> {
  let count = 0;
  server.on('connection', () => {
    count += 1;
  });
  server.on('request', ({ method, url }: IncomingMessage) => seen.push(`${method} ${url}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    seen,
    connections: () => count,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An https server whose certificate `authority` signed for 127.0.0.1 and localhost. */
export function startHttps(handle: RequestListener, options: ServerOptions = {}): Promise<Listening> {
  const { certPem, keyPem } = authority.server(['127.0.0.1', 'localhost']);
  return listen(createHttps({ cert: certPem, key: keyPem, ...options }, handle), 'https', []);
}

export interface Proxy extends Listening {
  /** `Proxy-Authorization` of every CONNECT. */
  readonly credentials: string[];
}

/** A proxy that speaks CONNECT alone and sends every tunnel to `port` on loopback; refuses with `status` when given. */
export async function startProxy(port: number, status?: number): Promise<Proxy> {
  const seen: string[] = [];
  const credentials: string[] = [];
  const sockets = new Set<Socket>();
  const server = createHttp();
  server.on('connect', (request, client: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    credentials.push(request.headers['proxy-authorization'] ?? '');
    client.on('error', () => undefined);
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    sockets.add(upstream).add(client);
  });
  const listening = await listen(server, 'http', seen);
  return {
    ...listening,
    credentials,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await listening.stop();
    },
  };
}
