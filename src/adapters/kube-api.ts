import { BindError, type Problem, problem, problemOf } from '../binding/errors.js';
import { absent, type Observed, present, unreadable } from '../binding/observed.js';
import type { Secret } from '../binding/secret.js';
import { type Endpoint, HttpClient, HttpFault } from './http.js';
import { type Asked, answerProblem, faultProblem } from './kube-error.js';

/** The answer to one request. */
export interface KubeAnswer {
  readonly status: number;
  /** Parsed JSON; undefined when it was none. */
  readonly body: unknown;
  /** `reason` of a Status, e.g. `AlreadyExists`; empty when there is none. */
  readonly reason: string;
}

export interface KubeRequest {
  readonly asked: Asked;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

const PAGE = 500;
const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
};

/** The API server's REST interface as one identity. Nothing foreign leaves it but parsed objects. */
export class KubeApi {
  readonly server: string;
  readonly skipsTlsVerify: boolean;
  readonly #http: HttpClient;
  readonly #token: Secret | undefined;
  readonly #signal: AbortSignal;

  constructor(endpoint: Endpoint, token: Secret | undefined, signal: AbortSignal) {
    this.server = endpoint.url;
    this.skipsTlsVerify = endpoint.skipTlsVerify ?? false;
    this.#http = new HttpClient(endpoint);
    this.#token = token;
    this.#signal = signal;
  }

  /** Server clock minus ours, in whole seconds. */
  skewSeconds(): number | undefined {
    const seen = this.#http.lastDate();
    return seen && Math.round((seen.serverMs - seen.atMs) / 1000);
  }

  /** The answer whatever its status; throws BindError when there was none. Only reads are given up by a cancelled run. */
  async send(path: string, { asked, body, contentType, accept }: KubeRequest): Promise<KubeAnswer> {
    const method = METHODS[asked.verb] ?? 'GET';
    const headers: Record<string, string> = {
      ...(accept ? { accept } : {}),
      ...(contentType ? { 'content-type': contentType } : {}),
    };
    if (this.#token) headers['authorization'] = `Bearer ${this.#token.reveal()}`;
    try {
      const response = await this.#http.request({
        method,
        path,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(method === 'GET' ? { signal: this.#signal } : {}),
      });
      const parsed = parse(response.body);
      return { status: response.status, body: parsed, reason: reasonOf(parsed) };
    } catch (thrown) {
      throw new BindError(thrown instanceof HttpFault ? faultProblem(thrown, this.server) : problemOf(thrown));
    }
  }

  /** A write that must succeed. */
  async must(path: string, request: KubeRequest): Promise<unknown> {
    const answer = await this.send(path, request);
    if (answer.status >= 300) throw new BindError(this.problem(answer, request.asked));
    return answer.body;
  }

  problem(answer: KubeAnswer, asked: Asked): Problem {
    return answerProblem(answer.status, asked, this.server, answer.reason);
  }

  /** One object; 404 is absent, whether the object or its kind is unknown. */
  async get(path: string, asked: Asked = askedOf('get', path), accept?: string): Promise<Observed<unknown>> {
    try {
      const answer = await this.send(path, { asked, ...(accept ? { accept } : {}) });
      if (answer.status === 404) return absent;
      if (answer.status !== 200) return unreadable(this.problem(answer, asked));
      if (typeof answer.body === 'object' && answer.body !== null) return present(answer.body);
      return unreadable(
        problem(
          'CLUSTER_ERROR',
          `${this.server} answered something that is not JSON`,
          'Check that the server is a Kubernetes API server and not a login page.',
        ),
      );
    } catch (thrown) {
      return unreadable(problemOf(thrown));
    }
  }

  /** Every page of a list, each object reduced by `keep` as it arrives; a list that expired under us starts again once. */
  async list<T>(
    path: string,
    keep: (object: unknown) => T,
    asked: Asked = askedOf('list', path),
  ): Promise<Observed<readonly T[]>> {
    const first = await this.#pages(path, keep, asked);
    return first === 'expired' ? ((await this.#pages(path, keep, asked)) as Observed<readonly T[]>) : first;
  }

  async #pages<T>(
    path: string,
    keep: (object: unknown) => T,
    asked: Asked,
  ): Promise<Observed<readonly T[]> | 'expired'> {
    const kept: T[] = [];
    let next = '';
    do {
      const query = `${path.includes('?') ? '&' : '?'}limit=${PAGE}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`;
      let answer: KubeAnswer;
      try {
        answer = await this.send(`${path}${query}`, { asked });
      } catch (thrown) {
        return unreadable(problemOf(thrown));
      }
      if (answer.status === 410 && next !== '') return 'expired';
      if (answer.status === 404) return absent;
      if (answer.status !== 200 || answer.body === undefined) return unreadable(this.problem(answer, asked));
      const page = answer.body as { items?: unknown; metadata?: { continue?: unknown } };
      for (const item of Array.isArray(page.items) ? page.items : []) kept.push(keep(item));
      next = typeof page.metadata?.continue === 'string' ? page.metadata.continue : '';
    } while (next !== '');
    return present(kept);
  }

  close(): void {
    this.#http.close();
  }
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function reasonOf(body: unknown): string {
  const { kind, reason } = (body ?? {}) as { kind?: unknown; reason?: unknown };
  return kind === 'Status' && typeof reason === 'string' && /^[A-Za-z]{1,64}$/.test(reason) ? reason : '';
}

/** What a path asks for, in RBAC's words. */
function askedOf(verb: 'get' | 'list', path: string): Asked {
  const parts = (path.split('?')[0] ?? '').split('/').filter(Boolean).map(decodeURIComponent);
  const [, group = ''] = parts[0] === 'apis' ? parts : ['', ''];
  const rest = parts.slice(parts[0] === 'apis' ? 3 : 2);
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = path, name] = inNamespace ? rest.slice(2) : rest;
  return {
    verb,
    resource: group === '' ? plural : `${plural}.${group}`,
    ...(inNamespace && rest[1] ? { namespace: rest[1] } : {}),
    ...(name ? { name } : {}),
  };
}
