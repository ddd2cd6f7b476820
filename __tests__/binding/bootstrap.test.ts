import { describe, expect, test } from '@jest/globals';
import { readTrace, shownCommand } from '../../src/binding/bootstrap.js';

describe('a command as it is shown', () => {
  test.each([
    ['make bootstrap-gitops CLUSTER=prod', 'make bootstrap-gitops CLUSTER=prod'],
    ['PASSWORD=planted make x', 'PASSWORD=*** make x'],
    ['PATH=/opt/bin:/bin make -C x --path=y', 'PATH=/opt/bin:/bin make -C x --path=y'],
    ['GIT_PAT=planted make x', 'GIT_PAT=*** make x'],
    ['MY_TOKEN="planted" ./run', 'MY_TOKEN=*** ./run'],
    ['helm login --password planted -u me', 'helm login --password *** -u me'],
    ['helm login --password=planted', 'helm login --password=***'],
    ['git clone https://me:planted@github.com/a/b', 'git clone https://github.com/a/b'],
    ['# first\n\nset -x\nmake x\n', 'set -x (and 1 more line)'],
    ['echo ::error::x\r\na\nb', 'echo : :error: :x (and 2 more lines)'],
    ['\u202eecho\u0007', 'echo'],
  ])('%j is %j', (command, shown) => {
    expect(shownCommand(command)).toBe(shown);
  });

  test('is not longer than a line', () => {
    expect(shownCommand(`echo ${'x '.repeat(5000)}`).length).toBeLessThan(320);
  });
});

describe('a trace', () => {
  const read = (told: unknown) => readTrace(JSON.stringify(told), (text) => text.replaceAll('planted', '***'));

  test.each([
    ['https://me:pw@github.com/a/b.git?token=x#y', 'https://github.com/a/b.git'],
    ['git@github.com:a/b.git', 'git@github.com:a/b.git'],
    ['ssh://git@github.com/a/b', 'ssh://github.com/a/b'],
    ['https://github.com/planted/b', 'https://github.com/***/b'],
    [7, ''],
  ])('tells of repository %j as %j', (url, shown) => {
    expect(read({ repo_url: url }).repoUrl).toBe(shown);
  });

  test('keeps nothing that has not the form of what it should be', () => {
    const hostile = { git_sha: 'rm -rf', timestamp: '::error::', cluster: 'a\n::error::b', env: null, base_domain: {} };
    expect(read(hostile)).toMatchObject({
      state: 'read',
      gitSha: '',
      timestamp: '',
      cluster: 'a : :error: :b',
      env: '',
      baseDomain: '',
    });
  });

  test.each(['', 'no', '[]', 'null', '"text"'])('of %j cannot be read', (text) => {
    expect(readTrace(text, String).state).toBe('unreadable');
  });
});
