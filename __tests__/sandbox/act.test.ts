import { describe, expect, test } from '@jest/globals';
import { readActLog } from '../../sandbox/act-log.ts';
import { usedActions } from '../../sandbox/uses.ts';

describe('the log of the workflow runner', () => {
  const job = { job: 'call/rotate/a-1  ', jobID: 'rest', matrix: { cluster: 'a' } };
  const step = { ...job, stage: 'Main', stepID: ['rotate'] };
  const log = (...entries: readonly unknown[]): string =>
    ['no JSON', ...entries.map((entry) => JSON.stringify(entry))].join('\n');

  test('is told by job and step', () => {
    const read = readActLog(
      log(
        { ...step, raw_output: true, msg: 'said\n' },
        { ...step, command: 'add-mask', arg: 'planted' },
        { ...step, command: 'set-output', name: 'verdict', arg: 'green' },
        { ...step, command: 'summary', content: '## green' },
        { ...step, stepResult: 'success' },
        { ...job, jobResult: 'success' },
      ),
    );
    expect(read).toEqual([
      {
        name: 'call/rotate/a-1',
        id: 'rest',
        matrix: { cluster: 'a' },
        result: 'success',
        steps: [{ id: 'rotate', stage: 'Main', result: 'success', outputs: { verdict: 'green' } }],
        summary: '## green',
        output: 'said\n',
        masks: ['planted'],
      },
    ]);
  });

  test('a job of a matrix failed when it erred, whatever the matrix came to', () => {
    const other = { ...step, job: 'call/rotate/b-2' };
    const results = readActLog(
      log(
        { ...step, level: 'error', msg: 'exit status 1' },
        { ...job, jobResult: 'failure' },
        { ...other, stepResult: 'success' },
        { ...other, jobResult: 'failure' },
      ),
    ).map(({ result }) => result);
    expect(results).toEqual(['failure', 'success']);
  });

  test('one that did not end is unfinished', () => {
    expect(readActLog(log(step)).map(({ result }) => result)).toEqual(['unfinished']);
  });
});

test('the actions of a workflow and of those it calls, each once, and none of its own', () => {
  const called = `jobs: { a: { steps: [{ uses: actions/checkout@1 }, { uses: owner/action/sub@v1 }] } }`;
  const text = `jobs:
  a: { uses: owner/repository/.github/workflows/x.yml@v2 }
  b: { steps: [{ uses: actions/checkout@1 }, { uses: ./ }, { run: 'true' }] }`;
  expect(usedActions(text, (file) => (file === 'x.yml' ? called : ''))).toEqual([
    { repository: 'owner/repository', ref: 'v2' },
    { repository: 'actions/checkout', ref: '1' },
    { repository: 'owner/action', ref: 'v1' },
  ]);
});
