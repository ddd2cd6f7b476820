import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { kubeconfig } from '../kubeconfig.ts';
import { type Authority, createAuthority } from '../pki.ts';
import { send } from '../request.ts';
import type { AuditEvent, Cluster, ClusterOptions } from '../types.ts';
import { Authorizer } from './authorizer.ts';
import { bootstrap } from './bootstrap.ts';
import { startControllers } from './controller.ts';
import { exchange } from './exchange.ts';
import { Pages } from './list.ts';
import { Resources } from './resources.ts';
import { Store } from './store.ts';
import { Tokens } from './token.ts';
import type { World } from './world.ts';

/** As long as the API server remembers that a token was valid. */
const TOKEN_CACHE_MS = 10_000;
/** As long as Go keeps a connection that nobody uses. */
const IDLE_MS = 90_000;
const INSIDE = ['127.0.0.1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', '10.0.0.1'];

interface Identity {
  readonly authority: Authority;
  /** Verifies the named certificate; only with `foreignServingCa`. */
  readonly foreign: Authority | null;
}

function createTls({ authority, foreign }: Identity, options: ClusterOptions): Server {
  const outside = ['localhost', ...(options.servingHosts ?? [])];
  const own = authority.server(foreign === null ? [...INSIDE, ...outside] : INSIDE);
  const server = createServer({
    cert: own.certPem,
    key: own.keyPem,
    ca: authority.certPem,
    requestCert: true,
    rejectUnauthorized: false,
    keepAliveTimeout: IDLE_MS,
  });
  if (foreign === null) return server;
  const named = foreign.server(outside);
  for (const host of outside)
    server.addContext(host, { cert: named.certPem, key: named.keyPem, ca: authority.certPem });
  return server;
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function createWorld(options: ClusterOptions, rootCaPem: string, port: () => number): World {
  const store = new Store();
  const now = Date.now;
  return {
    store,
    resources: new Resources(store),
    pages: new Pages(),
    tokens: new Tokens(store, now, TOKEN_CACHE_MS),
    authorizer: new Authorizer(store),
    maxTokenExpirationSeconds: options.maxTokenExpirationSeconds,
    rootCaPem,
    port,
    now,
  };
}

/**
 * Starts an API server in this process, at once: what the action and its sandbox ask of one is answered as the real one
 * does. There is no watch, no impersonation, no server-side apply, no admission webhook and no garbage collection by owner. All is kept in
 * memory: `options.dir` stays empty.
 */
export async function startEmulatedCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const authority = createAuthority('sandbox-cluster-ca');
  const foreign = options.foreignServingCa ? createAuthority('sandbox-public-ca') : null;
  let port = options.port ?? 0;
  const world = createWorld(options, authority.certPem, () => port);
  bootstrap(world);
  const stopControllers = startControllers(world);
  const log: AuditEvent[] = [];
  const tls = createTls({ authority, foreign }, options);
  tls.on('request', (request, response) => {
    exchange(world, request, response).then(
      (event) => void (event && log.push(event)),
      // The client hung up before it had said all.
      () => response.destroy(),
    );
  });
  port = await listen(tls, port);
  const server = `https://${foreign === null ? '127.0.0.1' : 'localhost'}:${port}`;
  const caPem = (foreign ?? authority).certPem;
  const admin = authority.client({ user: 'sandbox-admin', groups: ['system:masters'] });
  return {
    kind: 'emulated',
    server,
    caPem,
    adminKubeconfig: kubeconfig(server, caPem, admin),
    kubeconfigFor: async (identity) => kubeconfig(server, caPem, authority.client(identity)),
    request: (method, path, body, headers = {}) =>
      send({ method, url: server + path, body, headers, caPem, certPem: admin.certPem, keyPem: admin.keyPem }),
    audit: async () => [...log],
    async restart() {
      await close(tls);
      await listen(tls, port);
    },
    async stop() {
      stopControllers();
      await close(tls);
    },
  };
}
