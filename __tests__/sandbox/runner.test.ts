import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runAction } from '../../sandbox/github.ts';
import { parseCommand } from '../../sandbox/runner/command.ts';
import { parseCommandFile } from '../../sandbox/runner/command-file.ts';
import { LogReader } from '../../sandbox/runner/log.ts';

describe('workflow commands', () => {
  test.each([
    [
      '  ::error title=a%2Cb%3Ac,file=x::one%0Atwo%25',
      { name: 'error', properties: { title: 'a,b:c', file: 'x' }, data: 'one\ntwo%' },
    ],
    ['message: ##[set-env name=A]b', { name: 'set-env', properties: { name: 'A' }, data: 'b' }],
    ['::Add-Mask::x', { name: 'add-mask', properties: {}, data: 'x' }],
    ['seen ::error::x', null],
    ['::nonsense::x', null],
    ['##[nonsense]x', null],
    ['::error no end', null],
  ])('%s', (line, command) => {
    expect(parseCommand(line)).toEqual(command);
  });

  test('a masked value vanishes from later lines, and its registration from the log', () => {
    const reader = new LogReader(['given']);
    for (const line of ['early s3cret', '::add-mask::s3cret%0Aline2', 'a s3cret, line2, given']) reader.read(line);
    expect(reader.finish()).toMatchObject({
      text: 'early s3cret\na ***, ***, ***',
      masks: ['given', 's3cret\nline2', 's3cret', 'line2'],
    });
  });

  test('between stop-commands and its token nothing is a command', () => {
    const reader = new LogReader();
    for (const line of ['::stop-commands::Tok', '::error::no', '::tok::', '::error::yes']) reader.read(line);
    expect(reader.finish().annotations.map(({ message }) => message)).toEqual(['yes']);
  });
});

test('command files hold plain lines and heredocs', () => {
  expect(parseCommandFile('a=1<<x\nb<<EOF\none\n\ntwo=2\nEOF\nc=\n')).toEqual({ a: '1<<x', b: 'one\n\ntwo=2', c: '' });
  expect(() => parseCommandFile('b<<EOF\none\n')).toThrow('no end');
});

describe('an action', () => {
  const action = mkdtempSync(join(tmpdir(), 'sandbox-action-'));
  const bundle = (name: string, source: string): void => {
    mkdirSync(join(action, 'dist', name), { recursive: true });
    writeFileSync(join(action, 'dist', name, 'index.js'), source);
  };
  beforeAll(() => {
    writeFileSync(join(action, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(action, 'action.yml'),
      'inputs:\n  vault-url:\n    description: x\n  mode:\n    default: bind\n',
    );
    bundle(
      'main',
      `import { appendFileSync, writeFileSync } from 'node:fs';
       const { env } = process;
       appendFileSync(env.GITHUB_OUTPUT, 'seen=' + JSON.stringify(Object.fromEntries(Object.entries(env).filter(([name]) => /^INPUT_|^VAULT_/.test(name)))) + '\\n');
       appendFileSync(env.GITHUB_STATE, 'token<<E\\nabc\\nE\\n');
       appendFileSync(env.GITHUB_STEP_SUMMARY, '# hello');
       writeFileSync(env.RUNNER_TEMP + '/left.txt', 'over');
       console.log('::add-mask::abc\\n::group::work\\nabc\\n::endgroup::');
       console.error('::warning title=t::careful');
       if (env.INPUT_MODE === 'wait') {
         process.on('SIGINT', () => process.exit(130));
         console.log('ready');
         setInterval(() => {}, 1000);
       } else process.exitCode = 3;`,
    );
    bundle('post', `console.log(process.env.STATE_token, process.argv.length);`);
  });
  afterAll(() => rmSync(action, { recursive: true }));

  test('sees every declared input, and what it leaves is read back', async () => {
    process.env['VAULT_TOKEN_OF_THIS_PROCESS'] = 'must not be inherited';
    const main = await runAction({ action, bundle: 'main', inputs: { 'vault-url': 'http://x', undeclared: 'y' } });
    expect(JSON.parse(main.outputs['seen'] ?? '')).toEqual({
      'INPUT_VAULT-URL': 'http://x',
      INPUT_MODE: 'bind',
      INPUT_UNDECLARED: 'y',
    });
    expect(main).toMatchObject({
      exitCode: 3,
      state: { token: 'abc' },
      summary: '# hello',
      masks: ['abc'],
      groups: ['work'],
      annotations: [{ level: 'warning', title: 't', message: 'careful' }],
      files: { 'temp/left.txt': 'over' },
    });
    expect(main.log).not.toContain('abc');
    const post = await runAction({ action, bundle: 'post', inputs: {}, state: main.state, dir: main.dir });
    expect(post.stdout).toBe('abc 2\n');
    expect(post.files).toHaveProperty(['temp/left.txt']);
    post.remove();
    delete process.env['VAULT_TOKEN_OF_THIS_PROCESS'];
  });

  test('is interrupted when a line appears', async () => {
    const interruptions = [{ signal: 'SIGINT' as const, line: /^ready$/ }];
    const main = await runAction({ action, bundle: 'main', inputs: { mode: 'wait' }, interruptions });
    expect(main).toMatchObject({ exitCode: 130, signal: null });
    main.remove();
  });
});
