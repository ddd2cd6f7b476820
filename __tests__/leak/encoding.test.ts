import { Buffer } from 'node:buffer';
import { expect, test } from '@jest/globals';
import { encodings } from './encoding.js';

const SECRET = `pa"ss<w>&or'd\\with/%+ü and more`;

function finds(secret: string, text: string): boolean {
  return encodings(secret).some((encoding) => text.includes(encoding.text));
}

test.each<[string, string]>([
  ['raw', SECRET],
  ['hex', Buffer.from(SECRET).toString('hex')],
  ['upper-case hex', Buffer.from(SECRET).toString('hex').toUpperCase()],
  ['URL', encodeURIComponent(SECRET)],
  ['URL in lower case', encodeURIComponent(SECRET).replace(/%../g, (escape) => escape.toLowerCase())],
  ['form', new URLSearchParams({ secret: SECRET }).toString()],
  ['JSON', JSON.stringify({ secret: SECRET })],
  ['JSON in JSON', JSON.stringify(JSON.stringify({ secret: SECRET }))],
  ['JSON of Go', String.raw`pa\"ss\u003cw\u003e\u0026or'd\\with/%+ü and more`],
  ['JSON of ASCII', String.raw`pa\"ss<w>&or'd\\with/%+\u00fc and more`],
  ['HTML', 'pa&quot;ss&lt;w&gt;&amp;or&#39;d\\with/%+ü and more'],
  ['a workflow command', `::notice::${SECRET.replaceAll('%', '%25')}`],
])('a secret is found in %s, and not without it', (_, text) => {
  expect(finds(SECRET, `before ${text} after`)).toBe(true);
  expect(finds('another secret of nobody', text)).toBe(false);
});

test.each([0, 1, 2, 3, 4, 5])('a secret is found in base64 and base64url behind %i bytes', (before) => {
  for (const after of ['', ',', ', more']) {
    const bytes = Buffer.from(`${'x'.repeat(before)}${SECRET}${after}`);
    expect(finds(SECRET, bytes.toString('base64'))).toBe(true);
    expect(finds(SECRET, bytes.toString('base64url'))).toBe(true);
  }
});

test('each secret part of a JWT is found alone, and its header is no secret', () => {
  const [header = '', payload = '', signature = ''] = ['{"alg":"RS256"}', '{"sub":"somebody"}', 'the signature'].map(
    (part) => Buffer.from(part).toString('base64url'),
  );
  const jwt = `${header}.${payload}.${signature}`;
  expect(finds(jwt, `payload ${payload}`)).toBe(true);
  expect(finds(jwt, `signature ${signature}`)).toBe(true);
  expect(finds(jwt, Buffer.from(`1${signature}`).toString('base64'))).toBe(true);
  expect(finds(jwt, `header ${header}`)).toBe(false);
});

test('a PEM is found by its body, joined or by the line, and not by its armour', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\nAwEHBG0wawIBAQQgQ5xN\n-----END PRIVATE KEY-----\n';
  expect(finds(pem, 'AwEHBG0wawIBAQQgQ5xN')).toBe(true);
  expect(finds(pem, 'MIGHAgEAMBMGByqGSM49AwEHBG0wawIBAQQgQ5xN')).toBe(true);
  expect(finds(pem, JSON.stringify(pem))).toBe(true);
  expect(finds(pem, '-----BEGIN PRIVATE KEY-----')).toBe(false);
});
