import { describe, expect, test } from '@jest/globals';
import { commentMarker, issueMarker } from '../../src/binding/marker.js';
import { renderComment } from '../../src/report/comment.js';
import { failingIssue, recoveredIssue } from '../../src/report/failure-issue.js';
import type { Report } from '../../src/report/model.js';
import { hideNames } from '../../src/report/redact.js';
import { golden } from './golden.js';
import { adoptionPlan, blockedBind, crowd, greenBind, HOSTILE, hostile, redVerify, row } from './sample.js';

const MOST = 65_536;
const MARKER = commentMarker(redVerify());
const RUN = 'https://github.com/bitiq-io/clusters/actions/runs';

/** What GitHub reads as markup: outside of code spans, fenced blocks and entities. */
function bare(markdown: string): string {
  return markdown
    .replace(/^(`{3,})\w*\n[\s\S]*?^\1$/gm, '')
    .replace(/(?<!`)(`+)(?!`)(?:(?!\1)[\s\S])*?\1(?!`)/g, '')
    .replace(/&#\d+;(<!-- -->)?/g, '');
}

function lines(body: string, from: number): string {
  return body.split('\n').slice(from).join('\n');
}

describe('the marker', () => {
  const about = { mode: 'bind', env: 'prodtest', cluster: 'west' } as const;

  test('tells environments, clusters and what would be from what is, and nothing else', () => {
    const other = [
      { ...about, env: 'prod' },
      { ...about, cluster: 'east' },
      { ...about, mode: 'plan' as const },
      { ...about, env: 'prodtest\nwest', cluster: '' },
    ];
    for (const one of other) expect(commentMarker(one)).not.toBe(commentMarker(about));
    for (const mode of ['rotate', 'verify', 'unbind'] as const)
      expect(commentMarker({ ...about, mode })).toBe(commentMarker(about));
    expect(issueMarker({ ...about, mode: 'plan' })).toBe(issueMarker(about));
    expect(issueMarker(about)).not.toBe(commentMarker(about));
  });

  test.each(HOSTILE)('is a whole comment on a line of its own, whatever the cluster is called: %j', (cluster) => {
    expect(commentMarker({ ...about, cluster })).toMatch(/^<!-- vault-cluster-bind comment [0-9a-f]{24} -->$/);
    expect(issueMarker({ ...about, cluster })).toMatch(/^<!-- vault-cluster-bind issue [0-9a-f]{24} -->$/);
  });
});

describe('the comment', () => {
  const reports: readonly (readonly [string, () => Report])[] = [
    ['comment-green', greenBind],
    ['comment-red', redVerify],
    ['comment-plan', adoptionPlan],
    ['comment-hostile', hostile],
  ];
  test.each(reports)('%s is rendered as agreed', (name, report) => {
    const body = renderComment(report(), MARKER);
    expect(body).toBe(golden(`${name}.md`, body));
  });

  test('has verdict, link to the run and next steps in the open, and all else folded', () => {
    const report = { ...blockedBind(), run: `${RUN}/7/attempts/1` };
    const open = renderComment(report, MARKER).replace(/<details><summary>[\s\S]*?<\/details>/g, '');
    expect(open).toContain('### 🔴');
    expect(open).toContain(`[the run](${RUN}/7/attempts/1)`);
    expect(open).toContain('#### Do this next');
    expect(open).toContain(report.blockers[0]?.code);
    expect(open).not.toMatch(/```|^\|/m);
  });

  test('links nothing that is not the page of a run', () => {
    for (const run of [
      'local:me@host',
      'https://host-1/o/r/actions/runs/7',
      `${RUN}/7)[x](https://evil.example`,
      ...HOSTILE,
    ])
      expect(renderComment({ ...greenBind(), run }, MARKER)).not.toContain('[the run]');
  });

  test('of hostile names is plain text: no mention, reference, link, image, element or second marker', () => {
    const body = lines(renderComment(hostile(), MARKER), 1);
    const text = bare(body);
    expect(text.match(/<(?!\/?(details|summary|code|br|sub)>)[^ ]/g)).toBeNull();
    expect(text).not.toMatch(/@\w|(^|\s)#\d|!\[|www\.|<!--/m);
    expect(
      text.match(/https?:[^)\s]*/g)?.filter((url) => !url.startsWith('https://github.com/bitiq-io/')) ?? [],
    ).toEqual([]);
    expect(body).not.toMatch(/^<!--/m);
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0);
  });

  test('of thousands of rows, or of rows that are long, is what GitHub takes, and says that there is more', () => {
    const long = 'x@y '.repeat(2000);
    const wide: Report = {
      ...hostile(),
      checks: Array.from({ length: 5000 }, (_, index) =>
        row(`secret.a/${index}${long}`, long, { state: 'red', detail: long, hint: `${index}${long}` }),
      ),
      cluster: long,
      mount: long,
      vaultVersion: long,
    };
    for (const report of [crowd(5000, 4000), wide]) {
      const body = renderComment(report, MARKER);
      expect(body.length).toBeLessThan(MOST);
      expect(body).toMatch(/and [\d,]+ more|More is in the job summary/);
      expect(failingIssue(report, MARKER).body.length).toBeLessThan(MOST);
    }
  });

  test('shows no host and no Secret when names are hidden', () => {
    const body = renderComment(hideNames(redVerify()), MARKER);
    expect(body).not.toMatch(/vault\.example\.com|api\.prodtest|quay-auth/);
    expect(body).toContain('prodtest');
  });
});

describe('the issue', () => {
  const marker = issueMarker(redVerify());
  const red = (run: number, mode: Report['mode'] = 'verify'): Report => ({
    ...redVerify(),
    mode,
    run: `${RUN}/${run}`,
  });
  const green = (mode: Report['mode'] = 'verify'): Report => ({ ...greenBind(), mode, run: `${RUN}/9` });
  const first = failingIssue(red(1), marker);

  test('is rendered as agreed', () => {
    expect(first.body).toBe(golden('issue-red.md', first.body));
    const { text } = recoveredIssue(green(), marker, first.body) ?? {};
    expect(text?.body).toBe(golden('issue-closed.md', text?.body ?? ''));
  });

  test('counts runs, not the steps of one, and keeps when it began', () => {
    const later = { ...red(2), startedAt: '2026-03-02T02:04:05.000Z' };
    const again = failingIssue(later, marker, first.body);
    expect(again.body).toContain('Not green since 2026-03-01 02:19 UTC, in 2 runs.');
    expect(failingIssue(later, marker, again.body).body).toContain('in 2 runs');
    expect(again.title).toBe(first.title);
  });

  test('is over when each mode that failed is green again, and stays open until then', () => {
    const both = failingIssue(red(2, 'rotate'), marker, first.body);
    expect(both.body).toContain('The next green `verify` and `rotate` closes this.');
    expect(recoveredIssue(green('bind'), marker, both.body)).toBeUndefined();
    const half = recoveredIssue(green('rotate'), marker, both.body);
    expect(half).toMatchObject({ over: false });
    expect(recoveredIssue(green('rotate'), marker, half?.text.body ?? '')).toBeUndefined();
    const end = recoveredIssue(green(), marker, half?.text.body ?? '');
    expect(end?.over).toBe(true);
    expect(end?.text.body).toMatch(/^<!-- vault-cluster-bind issue \w+ -->\n<!-- since=/);
    expect(end?.text.body).toContain('🟢');
  });

  test('is over for a cluster whose binding is gone', () => {
    expect(recoveredIssue(green('unbind'), marker, first.body)?.over).toBe(true);
  });

  test.each(['', marker, `${marker}\n<!-- since=x -->`, `${marker}\n<!-- since=1 runs=2 run=3 modes=evil -->`])(
    'whose memory was edited away counts from here, and closes: %j',
    (body) => {
      expect(failingIssue(red(5), marker, body).body).toContain('closes this');
      expect(recoveredIssue(green(), marker, body)?.over).toBe(true);
    },
  );

  test.each(HOSTILE)('has a title that mentions, links and emboldens nothing: %j', (cluster) => {
    const { title, body } = failingIssue({ ...red(1), cluster }, marker);
    expect(title).not.toMatch(/[@#`<>:[\]\n](?!$)(?! cluster)/);
    expect(body.startsWith(`${marker}\n<!-- since=`)).toBe(true);
  });
});
