import { describe, expect, test } from '@jest/globals';
import { readYaml } from '../../src/adapters/yaml.js';
import { at, itemsOf, lineOf, textOf, type Yaml } from '../../src/contract/yaml.js';

function only(text: string): Yaml {
  const { documents, faults } = readYaml(text);
  expect(faults).toEqual([]);
  const [first] = documents;
  if (!first) throw new Error('no document');
  return first;
}

describe('what is read', () => {
  const node = only('# said first\nname: prod\n\nenvs:\n  - name: local\n  - name: "prod"\n    replicas: 010\n');

  test('values by path, with the line of each', () => {
    expect(textOf(at(node, 'name'))).toBe('prod');
    expect(lineOf(node, 'name')).toBe(2);
    expect(textOf(at(node, 'envs', 1, 'name'))).toBe('prod');
    expect(lineOf(node, 'envs', 1, 'name')).toBe(6);
    expect(textOf(at(node, 'envs', 1, 'replicas'))).toBe('010');
    expect(lineOf(node, 'envs', 1, 'absent')).toBe(6);
    expect(at(node, 'envs', 'name')).toBeUndefined();
    expect(itemsOf(at(node, 'envs'))).toHaveLength(2);
  });

  test('anchors, aliases and merge keys stand for what they name', () => {
    const merged = only('base: &base {a: 1, b: 2}\nuse:\n  <<: *base\n  b: 3\nagain: *base\n');
    expect(textOf(at(merged, 'use', 'a'))).toBe('1');
    expect(textOf(at(merged, 'use', 'b'))).toBe('3');
    expect(textOf(at(merged, 'again', 'b'))).toBe('2');
  });

  test('several documents, and an empty one', () => {
    expect(readYaml('a: 1\n---\nb: 2\n').documents).toHaveLength(2);
    expect(readYaml('# nothing\n')).toEqual({ documents: [], faults: [] });
  });
});

describe('what is not taken at its word', () => {
  test.each([
    ['a key that is there twice', 'a: 1\nb: 2\na: 3\n', 'duplicate-key', 3],
    ['a tab', 'a:\n\tb: 1\n', 'tab', 2],
    ['brackets that never close', 'a: [1, 2\n', 'syntax', 2],
    ['an alias of nothing', 'a: 1\nb: *gone\n', 'alias', 2],
  ])('%s', (_, text, kind, line) => {
    expect(readYaml(text).faults[0]).toEqual({ kind, line });
  });

  test('ten megabytes', () => {
    expect(readYaml(`a: ${'x'.repeat(10_000_000)}\n`).faults).toEqual([{ kind: 'too-large', line: 1 }]);
  });

  test('an alias bomb', () => {
    const levels = Array.from({ length: 30 }, (_, level) =>
      level === 0 ? 'l0: &l0 [x, x]' : `l${level}: &l${level} [*l${level - 1}, *l${level - 1}, *l${level - 1}]`,
    );
    expect(readYaml(`${levels.join('\n')}\n`).faults[0]?.kind).toBe('alias');
  });

  test('an alias of itself', () => {
    expect(readYaml('a: &a [*a]\n').faults[0]?.kind).toBe('alias');
  });

  test('a depth that nobody wrote', () => {
    expect(readYaml(`${'['.repeat(5000)}${']'.repeat(5000)}`).faults.length).toBeGreaterThan(0);
  });
});
