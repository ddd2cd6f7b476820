import type { Exchange } from '../../sandbox/fault-proxy.js';
import type { Known } from './scanner.js';

const SHAPES: readonly (readonly [string, RegExp])[] = [
  ['JWT', /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g],
  ['Vault token', /(?<![\w.-])(?:hv[sb]|[sb])\.[\w-]{20,}/g],
  ['SecretID', /(?<="secret_id":\s?")[^"]+/g],
];

/** Learns tokens that only exist on the wire or at the issuer: by their shape in whatever passed, and from headers. */
export class Harvester {
  readonly #found = new Map<string, string>();
  readonly #read = new Set<Exchange>();

  get found(): readonly Known[] {
    return [...this.#found].map(([value, name]) => ({ name, value }));
  }

  /** Reads what it has not read yet; an exchange without an answer is read again. */
  read(minted: readonly string[], recorded: readonly (readonly Exchange[])[]): void {
    for (const value of minted) this.#learn('OIDC token', value);
    for (const exchange of recorded.flat()) {
      if (this.#read.has(exchange)) continue;
      if (exchange.answer !== null) this.#read.add(exchange);
      this.#readOne(exchange);
    }
  }

  #readOne({ method, path, headers, body, answer }: Exchange): void {
    const place = `${method} ${path.replace(/\?.*/, '')}`;
    this.#learn(`Vault token of ${place}`, headers['x-vault-token'] ?? '');
    this.#learn(`bearer token of ${place}`, (headers['authorization'] ?? '').replace(/^bearer /i, ''));
    for (const text of [body, answer?.body ?? '']) {
      for (const [name, shape] of SHAPES) {
        for (const [value] of text.matchAll(shape)) this.#learn(`${name} of ${place}`, value);
      }
    }
  }

  #learn(name: string, value: string): void {
    if (value !== '' && !this.#found.has(value)) this.#found.set(value, name);
  }
}
