import { describe, expect, test } from '@jest/globals';
import { code, fence, html, prose, tableRow } from '../../src/report/markdown.js';
import { renderSummary } from '../../src/report/summary.js';
import { HOSTILE, hostile } from './sample.js';

/** Markdown without its code spans and our own elements: nothing in it may mean anything. */
function bare(markdown: string): string {
  return markdown
    .replace(/<code>.*?<\/code>/g, ' ')
    .replace(/(?<!`)`[^`\n]+`(?!`)/g, '')
    .replace(/&#\d+;/g, '')
    .replaceAll('<!-- -->', '');
}

describe('prose', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['plain words stay plain', 'plain words stay plain'],
    ['Run `make x`, then wait.', 'Run `make x`, then wait.'],
    ['at https://a.example:6443.', 'at `https://a.example:6443`.'],
    ['Read why: oc -n x describe applications.', 'Read why: `oc -n x describe applications`.'],
    ['Delete it: oc -n x delete y, then wait.', 'Delete it: `oc -n x delete y`, then wait.'],
    ['at 2026-03-04 01:49 UTC', 'at 2026-03-04 01:49 UTC'],
    ['hello @octocat', 'hello `@octocat`'],
    ['fixes #12 and GH-12', 'fixes `#12` and `GH-12`'],
    ['see commit 0123456789abcdef', 'see commit `0123456789abcdef`'],
    ['CVE-2024-12345', '`CVE-2024-12345`'],
    ['www.example.com', '`www.example.com`'],
    ['a_b*c', '`a_b*c`'],
    [':tada: wow', '`:tada`: wow'],
    ['x<br>y', '`x<br>y`'],
    ['a|b', '<code>a&#124;b</code>'],
    ['back\\slash', '<code>back&#92;slash</code>'],
    ['lone ` tick', 'lone <code>&#96;</code> tick'],
    ['two\r\nlines\u2028more\u0000', 'two lines more'],
    ['', ''],
  ];
  test.each(rows)('%j', (text, expected) => {
    expect(prose(text)).toBe(expected);
  });

  test.each(HOSTILE)('nothing of %j means anything', (text) => {
    for (const rendered of [prose(text), code(text), html(text)]) {
      expect(bare(rendered)).not.toMatch(/[<>&`*_[\]#@~$|\\\r\n]|:\/\/|www\./);
    }
  });
});

describe('code', () => {
  test.each([
    ['auth/kubernetes-prodtest', '`auth/kubernetes-prodtest`'],
    ['a|b', '<code>a&#124;b</code>'],
    ['``', '<code>&#96;&#96;</code>'],
    ['user|a@b.example', '<code>user&#124;a&#64;<!-- -->b&#46;example</code>'],
    ['  ', ''],
  ])('%j', (name, expected) => {
    expect(code(name)).toBe(expected);
  });

  test('a name never adds a cell', () => {
    for (const name of HOSTILE) expect(tableRow([code(name), prose(name)]).match(/\|/g)).toHaveLength(3);
  });
});

describe('fence', () => {
  test.each(HOSTILE)('%j does not break out', (text) => {
    const lines = fence(`first\n${text}\nlast`, 'yaml').split('\n');
    const ticks = lines.at(-1) ?? '';
    expect(lines[0]).toBe(`${ticks}yaml`);
    expect(lines.slice(1, -1).some((line) => line.includes(ticks))).toBe(false);
  });
});

test('a hostile report holds no link but ours, no image, mention or element but ours', () => {
  const summary = renderSummary(hostile()).replace(/(`{3,})\w+\n[\s\S]*?\n\1/g, '');
  const links = [...summary.matchAll(/\]\(([^)]*)\)/g)].map((match) => match[1]);
  const rest = bare(
    summary.replace(
      /\[[A-Z_]+\]\(https:\/\/github\.com\/bitiq-io\/vault-cluster-bind\/blob\/v1\/docs\/errors\.md#[a-z_]+\)/g,
      '',
    ),
  );
  expect(links.length).toBeGreaterThan(0);
  expect(rest.replace(/<\/?(details|summary|sub|br)>/g, '')).not.toMatch(/[<>[\]@~$\\]|:\/\/|www\./);
});
