import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { kubeconfig } from '../kubeconfig.ts';
import { type Authority, createAuthority } from '../pki.ts';
import { send } from '../request.ts';
import type { AuditEvent, Cluster, ClusterOptions } from '../types.ts';
import { authenticate } from './authenticate.ts';
import { Authorizer } from './authorizer.ts';
import { bootstrap } from './bootstrap.ts';
import { Controllers } from './controllers.ts';
import { authorize, handle, resourceOf } from './handler.ts';
import { internal, Refusal } from './refusal.ts';
import { Resources } from './resources.ts';
import { parseRoute, type RequestInfo } from './route.ts';
import { Store } from './store.ts';
import { Tokens } from './token.ts';
import { ANONYMOUS, type User } from './user.ts';
import { negotiate } from './view.ts';
import type { Call, Reply, World } from './world.ts';

/** How long a verdict on a token is kept, as by the real one: a revoked token dies within this time. */
const TOKEN_CACHE_MS = 10_000;
const MOST_BODY = 3 * 1024 * 1024;

interface Exchange {
  readonly info: RequestInfo;
  user: User;
  call?: Call;
}

class EmulatedServer {
  readonly #audit: AuditEvent[];
  readonly #world: World;
  readonly #server: Server;
  port = 0;

  constructor(world: World, server: Server, audit: AuditEvent[]) {
    this.#world = world;
    this.#audit = audit;
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response));
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    this.port = (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange: Exchange = { info: parseRoute(request.method ?? 'GET', request.url ?? '/'), user: ANONYMOUS };
    const reply = await this.#answer(request, exchange);
    const isText = typeof reply.body === 'string';
    const payload = isText ? (reply.body as string) : `${JSON.stringify(reply.body)}\n`;
    const warnings = exchange.call?.warnings ?? [];
    const headers: OutgoingHttpHeaders = {
      'content-type': reply.contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json'),
      'cache-control': 'no-cache, private',
      'content-length': Buffer.byteLength(payload),
    };
    if (warnings.length > 0)
      response.setHeader(
        'warning',
        warnings.map((text) => `299 - ${JSON.stringify(text)}`),
      );
    response.writeHead(reply.status, headers);
    this.#log(request, exchange, reply.status);
    response.end(payload);
  }

  async #answer(request: IncomingMessage, exchange: Exchange): Promise<Reply> {
    try {
      const body = await bodyOf(request);
      const { info } = exchange;
      exchange.user = authenticate(request, this.#world.tokens);
      authorize(this.#world, exchange.user, info);
      const resource = info.isResource ? resourceOf(this.#world, info) : undefined;
      const accept = request.headers.accept ?? '';
      const view =
        resource === undefined ? 'Object' : negotiate(accept, resource, !resource.isReview && info.subresource === '');
      const isDryRun = info.query.getAll('dryRun').includes('All');
      const manager =
        info.query.get('fieldManager') || (request.headers['user-agent'] ?? 'unknown').split('/')[0] || 'unknown';
      const contentType = request.headers['content-type'] ?? '';
      exchange.call = { info, user: exchange.user, contentType, body, view, isDryRun, manager, warnings: [] };
      return handle(this.#world, exchange.call, resource);
    } catch (thrown) {
      const { code, body } =
        thrown instanceof Refusal ? thrown : internal(`Internal error occurred: ${(thrown as Error).message}`);
      return { status: code, body };
    }
  }

  #log(request: IncomingMessage, { info, user, call }: Exchange, status: number): void {
    this.#audit.push({
      verb: info.verb,
      resource: info.resource,
      subresource: info.subresource,
      namespace: info.namespace,
      name: info.name || (call?.created ?? ''),
      user: user.username,
      userAgent: request.headers['user-agent'] ?? '',
      dryRun: info.query.get('dryRun') === 'All',
      status,
    });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MOST_BODY) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function serverFor(authority: Authority, foreign: Authority | null, hosts: readonly string[]): Server {
  const inside = ['127.0.0.1', 'kubernetes.default.svc', ...(foreign === null ? ['localhost', ...hosts] : [])];
  const own = authority.server(inside);
  const named = foreign?.server(['localhost', ...hosts]);
  const outside = ['localhost', ...hosts];
  return createServer({
    cert: own.certPem,
    key: own.keyPem,
    ca: authority.certPem,
    requestCert: true,
    rejectUnauthorized: false,
    ...(named === undefined
      ? {}
      : {
          SNICallback: (name: string, answer: (error: Error | null, context?: SecureContext) => void) =>
            answer(
              null,
              outside.includes(name)
                ? createSecureContext({ cert: named.certPem, key: named.keyPem, ca: authority.certPem })
                : undefined,
            ),
        }),
  });
}

/** Starts the emulation, at once and in this process. Its data live as long as it does: `dir` is not used. */
export async function startEmulatedCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const authority = createAuthority('sandbox-cluster-ca');
  const foreign = options.foreignServingCa ? createAuthority('sandbox-public-ca') : null;
  const store = new Store();
  const now = (): number => Date.now();
  const past: AuditEvent[] = [];
  const serve = (): EmulatedServer =>
    new EmulatedServer(world, serverFor(authority, foreign, options.servingHosts ?? []), past);
  const world: World = {
    store,
    resources: new Resources(store),
    tokens: new Tokens(store, now, TOKEN_CACHE_MS),
    authorizer: new Authorizer(store),
    maxTokenExpirationSeconds: options.maxTokenExpirationSeconds,
    rootCaPem: authority.certPem,
    port: () => running.port,
    now,
  };
  const controllers = new Controllers(world);
  bootstrap(world);
  let running = serve();
  await running.listen(options.port ?? 0);
  const { port } = running;
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
    audit: async () => [...past],
    async restart() {
      await running.close();
      running = serve();
      await running.listen(port);
    },
    async stop() {
      controllers.stop();
      await running.close();
    },
  };
}
