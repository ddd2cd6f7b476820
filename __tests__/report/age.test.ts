import { expect, test } from '@jest/globals';
import { formatAge, formatTime } from '../../src/report/age.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test.each([
  [-5, '0 s'],
  [Number.NaN, '0 s'],
  [59_999, '59 s'],
  [MINUTE, '1 m'],
  [2 * MINUTE + 14_900, '2 m 14 s'],
  [10 * MINUTE, '10 m'],
  [59 * MINUTE + 59_000, '59 m'],
  [HOUR, '1 h'],
  [3 * HOUR + 12 * MINUTE + 59_000, '3 h 12 m'],
  [10 * HOUR + 59 * MINUTE, '10 h'],
  [72 * HOUR - 1, '71 h'],
  [120 * HOUR - 1, '119 h'],
  [120 * HOUR, '5 d'],
  [24 * 365 * HOUR, '365 d'],
])('%d ms is %s', (ms, expected) => {
  expect(formatAge(ms)).toBe(expected);
});

test('no time is said to be none', () => {
  expect(formatTime(Number.NaN)).toBe('');
  expect(formatTime(Date.parse('2026-03-04T01:49:59.999Z'))).toBe('2026-03-04 01:49 UTC');
});
