import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { anchorAnnotations, historyKey, recordKey, writeHistory, writeRecord } from '../src/binding/anchor.js';
import type { TokenRecord } from '../src/binding/facts.js';

const TEXT = readFileSync(fileURLToPath(new URL('../docs/people.md', import.meta.url)), 'utf8');
const HOUR = 3_600_000;
const BLOCKS = [...TEXT.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, body = '']) => body);

interface CronJob {
  readonly kind: string;
  readonly spec: {
    readonly jobTemplate: {
      readonly spec: {
        readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } };
      };
    };
  };
}

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'expiry-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the check of the CronJob where kubectl prints these annotations as the template says. */
function check(annotations: Readonly<Record<string, string>>): { status: number | null; stdout: string } {
  const job = BLOCKS.flatMap((block) => loadAll(block) as CronJob[]).find(({ kind }) => kind === 'CronJob');
  const script = job?.spec.jobTemplate.spec.template.spec.containers[0]?.args[0] ?? 'exit 9';
  const lines = Object.entries(annotations).map(([key, value]) => `${key} ${value}`);
  writeFileSync(join(folder, 'lines'), lines.map((line) => `${line}\n`).join(''));
  writeFileSync(join(folder, 'kubectl'), `#!/bin/sh\ncat '${join(folder, 'lines')}'\n`);
  chmodSync(join(folder, 'kubectl'), 0o755);
  const env = { PATH: `${folder}:${process.env['PATH']}` };
  const { status, stdout } = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' });
  return { status, stdout };
}

function record(hours: number): TokenRecord {
  const now = Date.now();
  return {
    slot: 'a',
    anchorUid: 'uid',
    issuedAt: now - HOUR,
    expiresAt: now + hours * HOUR,
    run: 'https://x',
    state: 'live',
  };
}

describe('the check of docs/people.md reads what bind writes', () => {
  const history = { [historyKey('0123456789')]: writeHistory(undefined, record(-30)) };

  test('is fine with two days left, whatever the history holds', () => {
    expect(check({ ...history, [recordKey('0123456789')]: writeRecord(record(48)) })).toEqual({
      status: 0,
      stdout: '',
    });
  });

  test('fails for the one of two mounts whose token ends within a day', () => {
    const { status, stdout } = check({
      [recordKey('0123456789')]: writeRecord(record(48)),
      [recordKey('abcdef0123')]: writeRecord(record(23)),
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ends soon: \S+Z abcdef0123\n$/);
  });

  test('fails for a token that has ended, and where there is none', () => {
    expect(check({ [recordKey('0123456789')]: writeRecord(record(-1)) }).status).toBe(1);
    expect(check(history)).toEqual({ status: 1, stdout: 'no token\n' });
  });
});

test('the rule names the annotations of an anchor as kube-state-metrics spells them', () => {
  const rule = BLOCKS.map((block) => load(block.split(/^---$/m)[0] ?? '')).find((one) =>
    JSON.stringify(one).includes('NotRotated'),
  );
  const told = JSON.stringify(rule);
  for (const key of Object.keys(anchorAnnotations('prodtest', 'kubernetes-prodtest', 0))) {
    expect(TEXT).toMatch(new RegExp(`allowlist=.*${key}`));
    const label = `annotation_${key.replace(/[^a-z0-9]/g, '_')}`;
    if (!key.endsWith('/mount')) expect(told).toContain(label);
  }
});
