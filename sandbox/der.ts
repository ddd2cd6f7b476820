/** The few ASN.1 types an X.509 certificate is made of, in DER. */
export function tlv(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length: number[] = [];
  for (let rest = content.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), content]);
}

export const sequence = (...parts: Uint8Array[]): Buffer => tlv(0x30, ...parts);
export const set = (...parts: Uint8Array[]): Buffer => tlv(0x31, ...parts);
export const octets = (value: Uint8Array): Buffer => tlv(0x04, value);
export const bits = (value: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), value);
export const utf8 = (value: string): Buffer => tlv(0x0c, Buffer.from(value, 'utf8'));
export const yes = (): Buffer => tlv(0x01, Buffer.from([0xff]));
/** EXPLICIT context tag. */
export const tagged = (number: number, ...parts: Uint8Array[]): Buffer => tlv(0xa0 | number, ...parts);

/** A positive INTEGER from big-endian bytes. */
export function integer(value: Uint8Array): Buffer {
  const first = value[0] ?? 0;
  return first & 0x80 ? tlv(0x02, Buffer.from([0]), value) : tlv(0x02, value);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const septets = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80);
    bytes.push(...septets);
  }
  return tlv(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime after, as RFC 5280 wants. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}
