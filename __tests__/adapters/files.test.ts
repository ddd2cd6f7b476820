import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { expandHome, readMaterial, readText } from '../../src/adapters/files.js';
import type { Material } from '../../src/binding/intent.js';
import { base64, folder, secret, shown } from './kube-setup.js';

const { dir, file } = folder();
const TEXT = 'first line\nzweite Zeile: ü\n';

function read(form: Material['form'], content: string): string {
  return readMaterial({ form, content: secret('given', content), source: 'vault-ca-certificate' });
}

function thrown(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('a material', () => {
  test.each([
    ['text', 'inline', TEXT],
    ['base64', 'base64', base64(TEXT)],
    ['base64 in lines', 'base64', base64(TEXT.repeat(9)).replace(/.{76}/g, '$&\n')],
    ['base64url without padding', 'base64', Buffer.from(TEXT).toString('base64url')],
    ['a path', 'path', file('text', TEXT)],
  ] as const)('is given as %s', (_, form, content) => {
    expect(read(form, content).slice(0, TEXT.length)).toBe(TEXT);
  });

  test.each([
    ['no base64', 'planted/text, that is'],
    ['base64 of bytes', Buffer.from([0xff, 0xfe, 0, 1]).toString('base64')],
    ['base64 of blanks', base64(' \n ')],
    ['nothing', ''],
  ])('that is %s is refused by the input it came from', (_, content) => {
    const error = thrown(() => read('base64', content));
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      message: 'vault-ca-certificate is neither text, nor base64 of text, nor a path',
      hint: 'Set vault-ca-certificate with: base64 -w0 <file>',
    });
    expect(shown(error)).not.toContain('planted');
  });
});

describe('a file', () => {
  test.each([
    ['is not there', () => join(dir, 'planted-name'), 'there is no such file'],
    ['is a folder', () => dir, 'it cannot be read'],
    ['is too large', () => file('large', 'x'.repeat(4 * 1024 * 1024 + 1)), 'it cannot be read'],
    ['has a name no file can have', () => 'planted\0name', 'it cannot be read'],
    ['is a whole PEM by mistake', () => `planted${'x'.repeat(5000)}`, 'it cannot be read'],
  ])('that %s is refused by the input it came from', (_, path, why) => {
    const error = thrown(() => readText(path(), 'vault-client-key'));
    expect(error).toMatchObject({
      code: 'INPUT_INVALID',
      message: `vault-client-key was taken for a path, and ${why}`,
    });
    expect(shown(error)).not.toMatch(/planted|ENOENT|EISDIR|ENAMETOOLONG/);
  });

  test('below ~ is looked for in the home folder', () => {
    expect(expandHome('~')).toBe(homedir());
    expect(expandHome('~/a/b')).toBe(join(homedir(), 'a/b'));
    expect(['~other/a', 'a/~/b', '/~'].map(expandHome)).toEqual(['~other/a', 'a/~/b', '/~']);
  });
});
