import { describe, expect, test } from '@jest/globals';
import { ForeignText } from '../../src/binding/foreign.js';
import { argoCauseOf } from '../../src/checks/argocd-cause.js';
import { ARGO_MESSAGES } from './argocd-messages.js';

describe('an Argo CD message', () => {
  test.each(ARGO_MESSAGES)('is told as %s (%s): %s', (kind, _source, message) => {
    const cause = argoCauseOf(new ForeignText(message));
    expect(cause.kind).toBe(kind);
    expect(cause.text).not.toMatch(/planted|robot|@/);
  });

  test('of any kind is known from at least three texts, and there are more than eighty', () => {
    const kinds = Map.groupBy(ARGO_MESSAGES, ([kind]) => kind);
    for (const [kind, texts] of kinds)
      expect([kind, texts.length >= (kind === 'unknown' ? 2 : 3)]).toEqual([kind, true]);
    expect(ARGO_MESSAGES.length).toBeGreaterThan(80);
  });

  test('of 16 KB that means nothing is told without hanging', () => {
    for (const part of ['helm template ', '/a: app path ', "unable to resolve '", 'values.yaml', '401 ', 'code = '])
      expect(argoCauseOf(new ForeignText(part.repeat(4000))).kind).toEqual(expect.any(String));
  });
});
