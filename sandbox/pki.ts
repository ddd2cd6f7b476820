import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { bits, integer, octets, oid, sequence, set, tagged, time, tlv, utf8, yes } from './der.ts';

export interface Certificate {
  readonly certPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

export interface Validity {
  /** Default: an hour ago. */
  notBefore?: Date;
  /** Default: in ten years; a time in the past makes an expired certificate. */
  notAfter?: Date;
}

/** A certificate authority with ECDSA P-256 keys. */
export interface Authority extends Certificate {
  /** For a server that is reached under `hosts` (DNS names and IP addresses). */
  server(hosts: readonly string[], validity?: Validity): Certificate;
  /** For a client: Kubernetes reads `user` as the user name and each of `groups` as a group. */
  client(identity: { user: string; groups?: readonly string[] }, validity?: Validity): Certificate;
}

interface Subject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));

function name(subject: Subject): Buffer {
  const organizations = subject.organizations.map((value) => set(sequence(oid('2.5.4.10'), utf8(value))));
  return sequence(...organizations, set(sequence(oid('2.5.4.3'), utf8(subject.commonName))));
}

function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const words = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - words(head).length - words(tail).length;
  const all = [...words(head), ...Array<string>(missing).fill('0'), ...words(tail)];
  return Buffer.from(all.map((word) => word.padStart(4, '0')).join(''), 'hex');
}

function hostName(host: string): Buffer {
  return isIP(host) ? tlv(0x87, ipBytes(host)) : tlv(0x82, Buffer.from(host, 'ascii'));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return critical ? sequence(oid(id), yes(), octets(value)) : sequence(oid(id), octets(value));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

interface Signer {
  readonly subject: Subject;
  readonly key: KeyObject;
}

function certify(
  subject: Subject,
  publicKey: KeyObject,
  signer: Signer,
  validity: Validity,
  extensions: Buffer[],
): string {
  const notBefore =
    validity.notBefore ?? new Date(Math.min(Date.now(), validity.notAfter?.getTime() ?? Infinity) - 3_600_000);
  const notAfter = validity.notAfter ?? new Date(Date.now() + 3650 * DAY_MS);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const signerId = sequence(tlv(0x80, keyId(createPublicKey(signer.key))));
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    name(signer.subject),
    sequence(time(notBefore), time(notAfter)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions, extension('2.5.29.35', false, signerId))),
  );
  return pem('CERTIFICATE', sequence(body, ECDSA_SHA256, bits(sign('sha256', body, signer.key))));
}

function keyPair(): { publicKey: KeyObject; privateKey: KeyObject; keyPem: string } {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...pair, keyPem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

function leaf(signer: Signer, subject: Subject, validity: Validity, usage: string, extra: Buffer[]): Certificate {
  const { publicKey, keyPem } = keyPair();
  const certPem = certify(subject, publicKey, signer, validity, [
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
    extension('2.5.29.37', false, sequence(oid(usage))),
    ...extra,
  ]);
  return { certPem, keyPem };
}

/** Makes a self-signed authority; its name is the subject's common name. */
export function createAuthority(commonName: string, validity: Validity = {}): Authority {
  const { publicKey, privateKey, keyPem } = keyPair();
  const signer: Signer = { subject: { commonName, organizations: [] }, key: privateKey };
  const certPem = certify(signer.subject, publicKey, signer, validity, [
    extension('2.5.29.19', true, sequence(yes())),
    extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)),
    extension('2.5.29.14', false, octets(keyId(publicKey))),
  ]);
  return {
    certPem,
    keyPem,
    server(hosts, leafValidity = {}) {
      const subject = { commonName: hosts[0] ?? 'server', organizations: [] };
      const names = extension('2.5.29.17', false, sequence(...hosts.map(hostName)));
      return leaf(signer, subject, leafValidity, '1.3.6.1.5.5.7.3.1', [names]);
    },
    client({ user, groups = [] }, leafValidity = {}) {
      return leaf(signer, { commonName: user, organizations: groups }, leafValidity, '1.3.6.1.5.5.7.3.2', []);
    },
  };
}
