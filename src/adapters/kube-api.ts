import { BindError, type Problem, problemOf } from '../binding/errors.js';
import { absent, type Observed, present, unreadable } from '../binding/observed.js';
import { HttpClient, HttpFault } from './http.js';
import { type KubeAnswer, understood } from './kube-answer.js';
import { type Asked, answerProblem, expiredProblem, faultProblem, strangeProblem } from './kube-error.js';
import type { ClusterCredentials } from './kubeconfig.js';

export interface KubeRequest {
  readonly asked: Asked;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Whether a cancelled run gives it up; what cleans up must not be. Default: true for GET, else false. */
  readonly abortable?: boolean;
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

/** Obtains the credentials of the same identity once more. */
export type Renewal = () => Promise<ClusterCredentials>;

interface Identity {
  readonly http: HttpClient;
  readonly credentials: ClusterCredentials;
}

/** The API server's REST interface as one identity. Nothing foreign leaves it but parsed objects. */
export class KubeApi {
  readonly server: string;
  readonly skipsTlsVerify: boolean;
  readonly #signal: AbortSignal;
  readonly #opened: HttpClient[] = [];
  #identity: Identity;
  #renew: Renewal | undefined;
  #renewing: Promise<void> | undefined;

  /** `renew` obtains credentials anew when these are no longer accepted. */
  constructor(credentials: ClusterCredentials, signal: AbortSignal, renew?: Renewal) {
    const { endpoint } = credentials;
    this.server = endpoint.url;
    this.skipsTlsVerify = endpoint.skipTlsVerify ?? false;
    this.#signal = signal;
    this.#identity = this.#open(credentials);
    this.#renew = renew;
  }

  #open(credentials: ClusterCredentials): Identity {
    try {
      const http = new HttpClient(credentials.endpoint);
      this.#opened.push(http);
      return { http, credentials };
    } catch (thrown) {
      throw new BindError(this.#thrown(thrown));
    }
  }

  /** Server clock minus ours, in whole seconds. */
  skewSeconds(): number | undefined {
    const seen = this.#identity.http.lastDate();
    return seen && Math.round((seen.serverMs - seen.atMs) / 1000);
  }

  /**
   * The answer whatever its status, an overloaded server asked again as it wishes; throws BindError when there was none.
   */
  async send(path: string, request: KubeRequest): Promise<KubeAnswer> {
    const identity = this.#identity;
    const answer = await this.#exchange(identity, path, request);
    // A plugin's token may live for minutes, and a run with a bootstrap for an hour.
    if (answer.status !== 401 || !(await this.#renewed(identity))) return answer;
    return this.#exchange(this.#identity, path, request);
  }

  /** Whether there are other credentials now than those that were refused. */
  async #renewed(refused: Identity): Promise<boolean> {
    const renew = this.#renew;
    if (this.#identity === refused && renew) {
      this.#renewing ??= this.#obtain(refused, renew).finally(() => {
        this.#renewing = undefined;
      });
      await this.#renewing;
    }
    return this.#identity !== refused;
  }

  async #obtain(refused: Identity, renew: Renewal): Promise<void> {
    const fresh = await renew().catch(() => undefined);
    if (fresh && !isSame(fresh, refused.credentials)) this.#identity = this.#open(fresh);
    // The same ones again: asking once more would bring nothing else.
    else this.#renew = undefined;
  }

  async #exchange(
    { http, credentials: { token } }: Identity,
    path: string,
    { asked, body, contentType, accept, abortable }: KubeRequest,
  ): Promise<KubeAnswer> {
    const method = METHODS[asked.verb] ?? 'GET';
    const headers: Record<string, string> = {
      ...(accept ? { accept } : {}),
      ...(contentType ? { 'content-type': contentType } : {}),
    };
    if (token) headers['authorization'] = `Bearer ${token.reveal()}`;
    try {
      const response = await http.request({
        method,
        path,
        headers,
        repeatWhenBusy: true,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...((abortable ?? method === 'GET') ? { signal: this.#signal } : {}),
      });
      return understood(response);
    } catch (thrown) {
      throw new BindError(this.#thrown(thrown));
    }
  }

  /** A write that must succeed. */
  async must(path: string, request: KubeRequest): Promise<object> {
    return this.accepted(await this.send(path, request), request.asked);
  }

  /** The object of an answer that must be a success. */
  accepted(answer: KubeAnswer, asked: Asked): object {
    if (answer.status < 200 || answer.status >= 300) throw new BindError(this.problem(answer, asked));
    if (answer.body === undefined) throw new BindError(strangeProblem(asked, this.server));
    return answer.body;
  }

  problem(answer: KubeAnswer, asked: Asked): Problem {
    return answerProblem(answer, asked, this.server);
  }

  /** What the run was stopped for goes before how that showed here. */
  #thrown(thrown: unknown): Problem {
    if (!(thrown instanceof HttpFault)) return problemOf(thrown);
    const reason: unknown = thrown.kind === 'aborted' ? this.#signal.reason : undefined;
    return reason instanceof BindError ? problemOf(reason) : faultProblem(thrown, this.server);
  }

  /** One object, or what a path without a name answers; absent only when the API server itself says so. */
  async get(
    path: string,
    asked: Asked = askedOf('get', path),
    { accept, abortable = true }: Pick<KubeRequest, 'accept' | 'abortable'> = {},
  ): Promise<Observed<object>> {
    try {
      const answer = await this.send(path, { asked, abortable, ...(accept ? { accept } : {}) });
      if (isMissing(answer, asked)) return absent;
      if (answer.status !== 200) return unreadable(this.problem(answer, asked));
      const { body } = answer;
      const isIt = accept !== undefined || asked.name === undefined || isNamed(body, asked.name);
      return body !== undefined && isIt ? present(body) : unreadable(strangeProblem(asked, this.server));
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
    const seen = first === 'expired' ? await this.#pages(path, keep, asked) : first;
    return seen === 'expired' ? unreadable(expiredProblem(asked, this.server)) : seen;
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
      if (isMissing(answer, asked)) return absent;
      if (answer.status !== 200) return unreadable(this.problem(answer, asked));
      const page = pageOf(answer.body);
      if (!page) return unreadable(strangeProblem(asked, this.server));
      for (const item of page.items) kept.push(keep(item));
      next = page.next;
    } while (next !== '');
    return present(kept);
  }

  close(): void {
    for (const http of this.#opened) http.close();
  }
}

function isSame(one: ClusterCredentials, other: ClusterCredentials): boolean {
  return one.token?.reveal() === other.token?.reveal() && one.endpoint.clientCertPem === other.endpoint.clientCertPem;
}

/** A 404 of something in between says nothing about an object, and any web server may answer one. */
function isMissing({ status, reason, unknownPath }: KubeAnswer, { name }: Asked): boolean {
  return status === 404 && (reason === 'NotFound' || (unknownPath && name === undefined));
}

/** Whether it is the stored object of that name: each has a UID. */
function isNamed(body: object | undefined, name: string): boolean {
  const { metadata } = (body ?? {}) as { metadata?: { name?: unknown; uid?: unknown } | null };
  return metadata?.name === name && typeof metadata.uid === 'string' && metadata.uid !== '';
}

function pageOf(body: object | undefined): { items: readonly unknown[]; next: string } | undefined {
  const page = (body ?? {}) as { kind?: unknown; items?: unknown; metadata?: { continue?: unknown } | null };
  const items = page.items ?? [];
  if (typeof page.kind !== 'string' || !page.kind.endsWith('List') || !Array.isArray(items)) return undefined;
  const next = page.metadata?.continue;
  return { items, next: typeof next === 'string' ? next : '' };
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
