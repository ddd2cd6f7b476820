import { describe, expect, test } from '@jest/globals';
import { Concealer } from '../../src/adapters/conceal.js';
import { encodings } from '../leak/encoding.js';
import { Scanner } from '../leak/scanner.js';

const PASSWORD = `q7"<&>'\\/%+ü ${'z9Kd2wLm'.repeat(3)}0pXr`;
const JWT = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"somebody-planted"}').toString('base64url')}.c2lnbmF0dXJlLXBsYW50ZWQ`;
const PEM = `-----BEGIN PRIVATE KEY-----\n${Buffer.from(
  'a key that nobody may see, of more lines than one, planted here',
)
  .toString('base64')
  .replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;

describe.each([
  ['a password', PASSWORD],
  ['a JWT', JWT],
  ['a key', PEM],
  ['a short one', 'hunter2!'],
])('%s', (_what, secret) => {
  const concealer = new Concealer([secret]);
  const forms = encodings(secret);

  test.each(forms.map(({ name, text }) => [name, text]))('is hidden as %s', (_name, text) => {
    const shown = concealer
      .conceal(`before ${text.replace(/[\r\n]+/g, ' ')} after`)
      .replace(/^before|after$|-----(BEGIN|END) PRIVATE KEY-----/g, '');
    expect(new Scanner([{ name: 'it', value: secret }]).scan({ shown })).toEqual([]);
    expect(shown).toContain('***');
  });

  test('is hidden on lines of any width', () => {
    const texts = [
      secret.replaceAll('\n', ''),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ];
    for (const text of secret.length < 12 ? [] : texts) {
      for (let width = 14; width <= 80; width += 1) {
        const lines = text.match(new RegExp(`.{1,${width}}`, 'gs')) ?? [];
        // Padding, and the digit before it, hold next to nothing.
        const left = lines.flatMap((line) => concealer.conceal(line).replace(/.=+$/, '').split('***'));
        expect(left.filter((piece) => piece.length > 4 && !/^-|-$/.test(piece))).toEqual([]);
      }
    }
  });
});

test('what is no secret stays as it is', () => {
  const concealer = new Concealer([PASSWORD, JWT, PEM, 'kind: Config\ntoken: planted-in-a-kubeconfig\n', 'abc', '']);
  for (const line of [
    'make: *** [Makefile:64: bootstrap-gitops] Error 2',
    'kind: Config',
    '[2026-11-24T04:16:16Z] Running gitops bootstrap (ENV=prod, BASE_DOMAIN=apps.prod.example.com)',
    '-----BEGIN CERTIFICATE-----',
    '',
  ]) {
    expect(concealer.conceal(line)).toBe(line);
  }
  expect(concealer.conceal('  token: planted-in-a-kubeconfig')).toBe('  token: ***');
});
