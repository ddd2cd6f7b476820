import { describe, expect, test } from '@jest/globals';
import { byteLength } from '../../src/report/markdown.js';
import type { Report } from '../../src/report/model.js';
import { renderSummary } from '../../src/report/summary.js';
import { golden } from './golden.js';
import { adoptionPlan, blockedBind, crowd, greenBind, hostile, redVerify, stoppedBind } from './sample.js';

const LIMIT = 900 * 1024;

describe('renderSummary', () => {
  const reports: readonly (readonly [string, () => Report])[] = [
    ['bind-green', greenBind],
    ['bind-blocked', blockedBind],
    ['bind-stopped', stoppedBind],
    ['plan-adoption', adoptionPlan],
    ['verify-red', redVerify],
    ['hostile', hostile],
  ];
  test.each(reports)('%s is rendered as agreed', (name, report) => {
    const summary = renderSummary(report());
    expect(summary).toBe(golden(`${name}.md`, summary));
  });
});
