import { describe, expect, test } from '@jest/globals';
import { parseDuration } from '../../src/inputs/duration.js';
import { intentOf, refusal, refusals } from './given.js';

const DAY = 86_400;

test.each([
  ['15m', 900],
  ['1h30m', 5400],
  ['3d', 3 * DAY],
  ['1d12h', 1.5 * DAY],
  ['0', 0],
  ['0s', 0],
  ['90s', 90],
  ['1.5h', 5400],
  ['0.1m', 6],
  ['1500ms', 2],
  ['1ms', 1],
  ['1m0.5s', 61],
  ['4294967296s', 2 ** 32],
])('%s is %d s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  '10',
  'soon',
  '-1m',
  '+1m',
  '1.5',
  '',
  ' ',
  '1 h',
  '1h 30m',
  'h',
  '1H',
  '1w',
  '1h30',
  '.5h',
  '1e3s',
  '1m!',
  '00',
])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('what was read before leaves no trace', () => {
  expect([parseDuration('1h?'), parseDuration('1h'), parseDuration('x'), parseDuration('2h')]).toEqual([
    undefined,
    3600,
    undefined,
    7200,
  ]);
});

describe('bounds', () => {
  test.each([
    ['reviewer-token-ttl', '9m', 'from 10m to 2^32 s'],
    ['reviewer-token-ttl', '599s', 'from 10m to 2^32 s'],
    ['reviewer-token-ttl', '0', 'from 10m to 2^32 s'],
    ['reviewer-token-ttl', '4294967297s', 'from 10m to 2^32 s'],
    ['reviewer-token-ttl', `${'9'.repeat(400)}d`, 'from 10m to 2^32 s'],
    ['rotation-interval', '59s', 'from 1m to 2^32 s'],
    ['rotation-interval', '0', 'from 1m to 2^32 s'],
    ['wait', '6h1s', 'at most 6h'],
    ['timeout', '9s', 'from 10s to 12h'],
    ['timeout', '13h', 'from 10s to 12h'],
  ])('%s: %s is out of them', (id, text, bounds) => {
    const { code, message, hint } = refusal({ [id]: text });
    expect(code).toBe('INPUT_INVALID');
    expect(message.startsWith(`${id} is ${text.slice(0, 200)}`)).toBe(true);
    expect(message.endsWith(`, and must be ${bounds}`)).toBe(true);
    expect(hint).toBe(`Set ${id} ${bounds}.`);
  });

  test.each([
    ['reviewer-token-ttl', '10m', 600],
    ['reviewer-token-ttl', '4294967296s', 2 ** 32],
  ])('%s: %s is within', (id, text, seconds) => {
    expect(intentOf({ [id]: text }).reviewerTokenTtlSeconds).toBe(seconds);
  });

  test('of the others', () => {
    expect(intentOf({ 'rotation-interval': '1m' }).rotationIntervalSeconds).toBe(60);
    expect(intentOf({ wait: '6h' }).waitSeconds).toBe(6 * 3600);
    expect(intentOf({ timeout: '10s' }).timeoutSeconds).toBe(10);
    expect(intentOf({ timeout: '12h', wait: '6h' }).timeoutSeconds).toBe(12 * 3600);
  });
});

test.each(['reviewer-token-ttl', 'rotation-interval', 'wait', 'timeout'])('%s needs a unit', (id) => {
  expect(refusals({ [id]: '10' })).toEqual([
    {
      code: 'INPUT_INVALID',
      message: `${id} is 10, which is not a duration`,
      hint: `Write ${id} with its unit: 90s, 15m, 24h or 3d.`,
    },
  ]);
});
