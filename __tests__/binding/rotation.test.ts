import { describe, expect, test } from '@jest/globals';
import type { ClusterFacts, MountConfigFact, TokenRecord } from '../../src/binding/facts.js';
import { absent } from '../../src/binding/observed.js';
import { decideToken, isDue, nextSlot } from '../../src/binding/rotation.js';
import { config, HOUR, NOW, ROW, record } from '../fixtures/facts.js';

type Anchors = ClusterFacts['anchors'];

function anchors(...slots: ('a' | 'b' | 'proof')[]): Anchors {
  const row = (slot: 'a' | 'b' | 'proof') => (slots.includes(slot) ? ROW : absent);
  return { a: row('a'), b: row('b'), proof: row('proof') };
}

const { reviewerTokenSet: _told, ...silent } = config();
const HALF_GONE = record({ issuedAt: NOW - 13 * HOUR, expiresAt: NOW + 11 * HOUR });
const DEAD = record({ issuedAt: NOW - 25 * HOUR, expiresAt: NOW });

const TOKEN: [string, MountConfigFact | undefined, TokenRecord | undefined, Anchors, boolean, string][] = [
  ['no config', undefined, record(), anchors('a'), false, 'missing'],
  ['Vault holds none', config({ reviewerTokenSet: false }), record(), anchors('a'), false, 'missing'],
  ['no record', config(), undefined, anchors('a'), false, 'missing'],
  ['stopped before the proof', config(), record({ state: 'pending' }), anchors('a'), false, 'dead'],
  ['its anchor is gone', config(), record(), anchors('b'), false, 'dead'],
  ['it expired this instant', config(), DEAD, anchors('a'), false, 'dead'],
  ['a login is refused', config(), record(), anchors('a'), true, 'dead'],
  ['dead beats due', config(), HALF_GONE, anchors('a'), true, 'dead'],
  ['less than half is left', config(), HALF_GONE, anchors('a'), false, 'due'],
  ['fresh', config(), record(), anchors('a'), false, 'keep'],
  ['fresh, on the other slot', config(), record({ slot: 'b' }), anchors('b'), false, 'keep'],
  ['fresh, and Vault does not say whether one is set', silent, record(), anchors('a'), false, 'keep'],
];

describe('the reviewer token', () => {
  test.each(TOKEN)('%s', (_name, stored, told, there, refusedLogin, expected) => {
    const decision = decideToken(stored, told, there, refusedLogin, NOW);
    expect(decision.need === 'keep' ? 'keep' : decision.cause).toBe(expected);
  });

  test('is due below half of its life, not at it', () => {
    expect(isDue(record({ issuedAt: NOW - HOUR, expiresAt: NOW + HOUR }), NOW)).toBe(false);
    expect(isDue(record({ issuedAt: NOW - HOUR, expiresAt: NOW + HOUR - 1 }), NOW)).toBe(true);
  });
});

/** Which anchor Vault's token may hang on is never the one that the run may overwrite or lose before its proof. */
const SLOTS: [string, TokenRecord | undefined, Anchors, { slot: 'a' | 'b'; reuse: boolean }][] = [
  ['first bind', undefined, anchors(), { slot: 'a', reuse: false }],
  ['in use: a', record(), anchors('a'), { slot: 'b', reuse: false }],
  ['in use: b', record({ slot: 'b' }), anchors('b'), { slot: 'a', reuse: false }],
  [
    'killed between mint and record: a in use, b never told to Vault',
    record(),
    anchors('a', 'b'),
    { slot: 'b', reuse: true },
  ],
  ['the same the other way round', record({ slot: 'b' }), anchors('a', 'b'), { slot: 'a', reuse: true }],
  [
    'killed around the config write: a or b in use',
    record({ slot: 'b', state: 'pending' }),
    anchors('a', 'b'),
    { slot: 'b', reuse: true },
  ],
  [
    'the same the other way round',
    record({ slot: 'a', state: 'pending' }),
    anchors('a', 'b'),
    { slot: 'a', reuse: true },
  ],
  ['first bind killed before its record', undefined, anchors('a'), { slot: 'b', reuse: false }],
  ['first bind killed before its proof', record({ state: 'pending' }), anchors('a'), { slot: 'b', reuse: false }],
  ['record lost, both there', undefined, anchors('a', 'b'), { slot: 'b', reuse: true }],
  ['anchor in use deleted by hand', record(), anchors('b'), { slot: 'b', reuse: true }],
  ['all anchors deleted by hand', record(), anchors(), { slot: 'b', reuse: false }],
  ['the same the other way round', record({ slot: 'b' }), anchors(), { slot: 'a', reuse: false }],
];

describe('the slot of the next token', () => {
  test.each(SLOTS)('%s', (_name, told, there, expected) => {
    expect(nextSlot(told, there)).toEqual(expected);
  });

  test.each(SLOTS)('never displaces what may be in use: %s', (_name, told, there) => {
    const { slot, reuse } = nextSlot(told, there);
    expect(reuse).toBe(there[slot].state === 'present');
    if (told?.state === 'live') expect(slot).not.toBe(told.slot);
  });
});
