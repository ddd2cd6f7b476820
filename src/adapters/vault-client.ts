import vault from 'node-vault';
import { BindError, problem } from '../binding/errors.js';
import { ForeignText } from '../binding/foreign.js';
import type { Secret } from '../binding/secret.js';
import { errorAnswer, type VaultAnswer } from './vault-answer.js';
import { type Asked, answerProblem, type Place } from './vault-error.js';
import type { VaultExchange, VaultTransport } from './vault-transport.js';

interface Extras extends Pick<VaultExchange, 'repeatable' | 'plain' | 'here' | 'abortable' | 'timeoutMs'> {
  readonly query?: string;
}

/** Who asks, and in which namespace. */
export interface VaultIdentity {
  /** Absent: nobody. */
  readonly token?: Secret;
  /** Empty: root, and no namespace header. */
  readonly namespace: string;
}

/** One identity at Vault: a node-vault client that takes nothing from the environment and goes through our transport. */
export class VaultClient {
  readonly place: Place;
  // Private, for node-vault keeps the token as plain text.
  readonly #client: ReturnType<typeof vault>;

  readonly #transport: VaultTransport;

  constructor(transport: VaultTransport, url: string, identity: VaultIdentity) {
    this.#transport = transport;
    this.place = { url, namespace: identity.namespace };
    const token = identity.token?.reveal() ?? '';
    const client = vault({
      apiVersion: 'v1',
      endpoint: url,
      token,
      namespace: identity.namespace,
      // Its own would print request bodies for whoever sets DEBUG.
      debug: () => undefined,
      // The hundred generated methods are not used; making them takes longer than a request.
      commands: {},
      'request-promise': transport,
    } as unknown as Parameters<typeof vault>[0]);
    // What is empty above falls back to VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX.
    this.#client = Object.assign(client, { token, namespace: identity.namespace, pathPrefix: '', endpoint: url });
  }

  /** Sends one request and answers any status; throws BindError when there was no answer. `path` has no leading slash. */
  async send(method: string, path: string, json?: unknown, extras: Extras = {}): Promise<VaultAnswer> {
    const { query, ...rest } = extras;
    const target = `/${encoded(path)}${query === undefined ? '' : `?${query}`}`;
    const options = { ...rest, method, path: target, headers: {}, ...(json === undefined ? {} : { json }) };
    try {
      const body: unknown = await this.#client.request(options);
      return { status: 200, body, text: new ForeignText(''), genuine: true };
    } catch (thrown) {
      if (thrown instanceof BindError) throw thrown;
      const { statusCode, body } = (thrown as { response?: { statusCode?: number; body?: unknown } }).response ?? {};
      if (statusCode !== undefined) return errorAnswer(statusCode, body);
      throw new BindError(
        problem('INTERNAL', `a request to ${method} ${path} could not be made`, 'Report it with the report file.'),
      );
    }
  }

  /** Looks again until `done` or until every node must have heard of what was written; the last look counts. */
  settle<T>(look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> {
    return this.#transport.settle(look, done);
  }

  /** Sends one request; throws BindError for any status but success. */
  async must(method: string, asked: Asked, json?: unknown): Promise<unknown> {
    const answer = await this.send(method, asked.path, json);
    if (answer.status !== 200) throw new BindError(answerProblem(answer, asked, this.place));
    return answer.body;
  }
}

/** A dot segment would climb out of the path it is part of. */
function encoded(path: string): string {
  const parts = path.split('/');
  if (parts.some((part) => part === '.' || part === '..')) {
    throw new BindError(
      problem('INPUT_INVALID', 'a Vault path has a segment of dots', 'Use plain names for mounts, roles and policies.'),
    );
  }
  return parts.map(encodeURIComponent).join('/');
}
