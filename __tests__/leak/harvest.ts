import type { Exchange } from '../../sandbox/fault-proxy.js';
import type { Scene } from '../../sandbox/scene.js';
import type { Known } from './scanner.js';

const SHAPES: readonly (readonly [string, RegExp])[] = [
  ['JWT', /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g],
  ['Vault token', /(?<![\w.-])(?:hv[sb]|[sb])\.[\w-]{20,}/g],
  ['SecretID', /(?<="secret_id":\s?")[^"]+/g],
];

/** Tokens that only exist on the wire or at the issuer: by their shape, in whatever passed, and as credentials of a request. */
export function harvest({ issuer }: Pick<Scene, 'issuer'>, exchanges: readonly Exchange[]): readonly Known[] {
  const found = new Map(issuer.minted.map((value) => [value, 'OIDC token']));
  const learn = (name: string, value: string): void => {
    if (value !== '' && !found.has(value)) found.set(value, name);
  };
  for (const { method, path, headers, body, answer } of exchanges) {
    const place = `${method} ${path.replace(/\?.*/, '')}`;
    learn(`Vault token of ${place}`, headers['x-vault-token'] ?? '');
    learn(`bearer token of ${place}`, (headers['authorization'] ?? '').replace(/^bearer /i, ''));
    for (const text of [body, answer?.body ?? '']) {
      for (const [name, shape] of SHAPES)
        for (const [value] of text.matchAll(shape)) learn(`${name} of ${place}`, value);
    }
  }
  return [...found].map(([value, name]) => ({ name, value }));
}
