/** One way in which a secret may be written down. */
export interface Encoding {
  readonly name: string;
  readonly text: string;
}

/** Fewer characters than this match by accident. */
const LEAST = 8;

/**
 * Every text that gives a secret away: the value itself, what belongs to it (parts of a JWT, body and lines of a PEM,
 * lines of any other text), and each of those in base64 (wherever it starts in what was encoded), base64url, hex, and
 * escaped for URLs, forms, JSON (once, twice, as Go does), HTML and workflow commands.
 */
export function encodings(secret: string): readonly Encoding[] {
  const found = new Map<string, string>();
  for (const part of parts(secret)) {
    for (const { name, text } of written(part.text)) {
      if (text.length >= LEAST && !found.has(text)) found.set(text, `${part.name}${name}`);
    }
  }
  return [...found].map(([text, name]) => ({ name, text }));
}

function parts(secret: string): readonly Encoding[] {
  const [, payload = '', signature = ''] = secret.split('.');
  const isJwt = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);
  const lines = secret
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('-----'));
  return [
    { name: '', text: secret },
    { name: '', text: secret.trim() },
    ...(isJwt ? [{ name: 'JWT payload, ', text: payload }] : []),
    ...(isJwt ? [{ name: 'JWT signature, ', text: signature }] : []),
    ...(lines.length > 1 ? [{ name: 'joined, ', text: lines.join('') }] : []),
    ...lines.map((text) => ({ name: 'line, ', text })),
  ];
}

function written(text: string): readonly Encoding[] {
  const hex = Buffer.from(text).toString('hex');
  const url = encodeURIComponent(text);
  const json = escapedJson(text);
  return [
    { name: 'raw', text },
    ...[0, 1, 2].flatMap((before) => base64(text, before)),
    { name: 'hex', text: hex },
    { name: 'upper-case hex', text: hex.toUpperCase() },
    { name: 'URL', text: url },
    { name: 'URL, lower case', text: url.replace(/%../g, (escape) => escape.toLowerCase()) },
    { name: 'form', text: new URLSearchParams({ v: text }).toString().slice(2) },
    { name: 'JSON', text: json },
    { name: 'JSON in JSON', text: escapedJson(json) },
    { name: 'JSON of Go', text: json.replace(/[<>&]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`) },
    { name: 'JSON of ASCII', text: json.replace(/[^ -~]/g, (one) => `\\u${hex4(one)}`) },
    { name: 'HTML', text: html(text) },
    { name: 'command', text: text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A') },
  ];
}

function escapedJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function hex4(one: string): string {
  return one.charCodeAt(0).toString(16).padStart(4, '0');
}

function html(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (one) => entities[one] ?? one);
}

/** The digits that the secret alone decides, when `before` (modulo 3) bytes were encoded in front of it. */
function base64(text: string, before: number): readonly Encoding[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
  const own = (digits: string): string => digits.slice(Math.ceil((8 * before) / 6), Math.floor((8 * bytes.length) / 6));
  const name = before === 0 ? '' : ` at ${before}`;
  return [
    { name: `base64${name}`, text: own(bytes.toString('base64')) },
    { name: `base64url${name}`, text: own(bytes.toString('base64url')) },
  ];
}
