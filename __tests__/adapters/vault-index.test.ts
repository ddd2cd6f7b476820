import { describe, expect, test } from '@jest/globals';
import { VaultIndex } from '../../src/adapters/vault-index.js';

const bao = (value: number, cluster = 'c-1'): string =>
  Buffer.from(JSON.stringify({ cluster, value: String(value) })).toString('base64');
const hashicorp = (local: number, replicated = 0): string =>
  Buffer.from(`v1:c-1:${local}:${replicated}:mac`).toString('base64');

function indexAfter(...seen: readonly (readonly [method: string, status: number, header: string | undefined])[]) {
  const index = new VaultIndex();
  for (const one of seen) index.learn(...one);
  return index;
}

const sent = (index: VaultIndex): string | undefined => index.headers(false)['X-Vault-Index'];

describe('the furthest position counts', () => {
  test.each([
    ['a node behind that answers by itself', [bao(44), bao(43)], bao(44)],
    ['a later write', [bao(9), bao(10)], bao(10)],
    ['another cluster', [bao(44), bao(1, 'c-2')], bao(1, 'c-2')],
    ['a HashiCorp node behind', [hashicorp(7), hashicorp(6, 9)], hashicorp(7)],
    ['a HashiCorp primary that went on', [hashicorp(7, 1), hashicorp(7, 2)], hashicorp(7, 2)],
    ['words of no known form', ['opaque-1', 'opaque-2'], 'opaque-2'],
  ])('%s', (_name, headers, expected) => {
    expect(sent(indexAfter(...headers.map((header) => ['POST', 204, header] as const)))).toBe(expected);
  });

  test('reads move it on where positions can be compared, refusals never', () => {
    expect(sent(indexAfter(['GET', 200, bao(5)]))).toBe(bao(5));
    expect(sent(indexAfter(['GET', 200, 'opaque']))).toBeUndefined();
    expect(sent(indexAfter(['POST', 400, bao(5)], ['POST', 204, undefined]))).toBeUndefined();
  });
});

describe('a request is handed over to the active node', () => {
  test('by OpenBao alone, and not when the node itself is asked', () => {
    const handed = { 'X-Vault-Index': bao(5), 'X-Vault-Inconsistent': 'forward-active-node' };
    expect(indexAfter(['POST', 204, bao(5)]).headers(false)).toEqual(handed);
    expect(indexAfter(['POST', 204, bao(5)]).headers(true)).toEqual({ 'X-Vault-Index': bao(5) });
    expect(indexAfter(['POST', 204, hashicorp(5)]).headers(false)).toEqual({ 'X-Vault-Index': hashicorp(5) });
    expect(indexAfter().headers(false)).toEqual({});
  });

  test('until the server does not take it; then without index at all', () => {
    const index = indexAfter(['POST', 204, bao(5)]);
    expect(index.yield()).toBe(true);
    expect(index.headers(false)).toEqual({ 'X-Vault-Index': bao(5) });
    expect(index.yield()).toBe(true);
    expect(index.headers(false)).toEqual({});
    expect(index.yield()).toBe(false);
  });
});
