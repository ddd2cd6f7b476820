import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { renderJson } from '../../src/report/json.js';
import { SCHEMA_VERSION } from '../../src/report/model.js';
import { hideNames } from '../../src/report/redact.js';
import { BOOTSTRAPS } from './bootstrapped.js';
import { golden } from './golden.js';
import { adoptionPlan, blockedBind, crowd, greenBind, hostile, redVerify, row, stoppedBind } from './sample.js';

const schema = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../docs/report.schema.json', import.meta.url)), 'utf8'),
);
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true, formats: { 'date-time': RFC_3339 } });
const valid = ajv.compile(schema);

const FINDING = { repo: 'gitops', file: 'charts/a.yaml', line: 7, seen: 'a', expected: 'b', edit: 'Set b.' } as const;
const found = row('contract.mount', 'it is so', { category: 'contract', state: 'red', findings: [FINDING] });

const REPORTS = [
  ...BOOTSTRAPS.map((bootstrap) => ['bootstrap', { ...greenBind(), bootstrap }] as const),
  ['bind-green', greenBind()],
  ['bind-blocked', blockedBind()],
  ['bind-stopped', stoppedBind()],
  ['plan-adoption', adoptionPlan()],
  ['verify-red', redVerify()],
  ['hostile', hostile()],
  ['crowd', crowd(300, 30)],
  ['hidden', hideNames(redVerify())],
  ['contract', { ...redVerify(), checks: [found] }],
] as const;

describe('renderJson', () => {
  test.each(REPORTS)('%s keeps to the schema', (_, report) => {
    valid(JSON.parse(renderJson(report)));
    expect(valid.errors).toBeNull();
  });

  test('is rendered as agreed', () => {
    const text = renderJson(redVerify());
    expect(text).toBe(golden('verify-red.json', text));
  });

  test('the order of its keys does not depend on how the report was made', () => {
    const shuffled = Object.fromEntries(Object.entries(redVerify()).reverse()) as unknown as ReturnType<
      typeof redVerify
    >;
    expect(renderJson(shuffled)).toBe(renderJson(redVerify()));
  });

  test('what is hidden is not in it', () => {
    const report = { ...greenBind(), hidden: { hosts: ['h.example'], secrets: ['planted'] } };
    expect(renderJson(report)).toBe(renderJson(greenBind()));
  });

  test('a report that broke the schema would be seen', () => {
    const broken = JSON.parse(renderJson(greenBind()));
    for (const change of [{ verdict: 'yes' }, { extra: 1 }, { loginsStopAt: 'soon' }, { schemaVersion: 2 }]) {
      expect(valid({ ...broken, ...change })).toBe(false);
    }
    expect(schema.properties.schemaVersion.const).toBe(SCHEMA_VERSION);
  });
});
