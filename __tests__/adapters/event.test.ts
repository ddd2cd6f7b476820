import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readEvent } from '../../src/adapters/event.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'event-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function event(name: string, text: string) {
  const path = join(folder, 'event.json');
  writeFileSync(path, text);
  return readEvent({ GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path, GITHUB_REPOSITORY: 'o/r' });
}

const pull = (repo: unknown): string => JSON.stringify({ pull_request: { number: 12, head: { repo } } });

test('a pull request has its number, and is from a fork when its head is elsewhere or gone', () => {
  expect(event('pull_request', pull({ full_name: 'o/r' }))).toEqual({
    name: 'pull_request',
    repository: 'o/r',
    pull: 12,
    fork: false,
  });
  expect(event('pull_request_target', pull({ full_name: 'm/r' }))).toMatchObject({ pull: 12, fork: true });
  expect(event('pull_request', pull(null))).toMatchObject({ pull: 12, fork: true });
});

test('a comment on a pull request is about it, one on an issue about none', () => {
  expect(event('issue_comment', '{"issue":{"number":12,"pull_request":{}}}')).toMatchObject({ pull: 12, fork: false });
  expect(event('issue_comment', '{"issue":{"number":12}}')).not.toHaveProperty('pull');
});

test.each([
  '',
  'nonsense',
  '[]',
  'null',
  '{}',
  '{"pull_request":{"number":"12"}}',
  '{"pull_request":{"number":-1}}',
  '{"number":3}',
])('a payload without a pull request is about none: %s', (text) => {
  expect(event('push', text)).not.toHaveProperty('pull');
});

test('off GitHub there is no repository', () => {
  expect(readEvent({})).toEqual({ name: '', repository: '', fork: false });
  expect(readEvent({ GITHUB_EVENT_PATH: join(folder, 'missing.json') })).not.toHaveProperty('pull');
});
