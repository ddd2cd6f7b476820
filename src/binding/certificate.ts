import { X509Certificate } from 'node:crypto';

/** A certificate of a CA bundle. */
export interface Certificate {
  /** SHA-256 of the DER, lower-case hex without colons. */
  readonly fingerprint: string;
  /** Unix ms. */
  readonly notAfter: number;
  readonly pem: string;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM bundle, or undefined when it holds none or one that is not a certificate. Vault accepts
 * any PEM block (OpenBao any text at all) with 204 and fails at the next login, so it is parsed here first.
 */
export function parseBundle(pem: string): readonly Certificate[] | undefined {
  const blocks = pem.match(BLOCK) ?? [];
  const certificates: Certificate[] = [];
  for (const block of blocks) {
    try {
      const parsed = new X509Certificate(block);
      const fingerprint = parsed.fingerprint256.replaceAll(':', '').toLowerCase();
      certificates.push({ fingerprint, notAfter: Date.parse(parsed.validTo), pem: block.trim() });
    } catch {
      return undefined;
    }
  }
  return certificates.length === 0 ? undefined : certificates;
}

/** Fingerprints of a bundle as a set; empty when it cannot be parsed. Order, repeats and comments do not count. */
export function fingerprints(pem: string): ReadonlySet<string> {
  return new Set((parseBundle(pem) ?? []).map((certificate) => certificate.fingerprint));
}

/** A bundle shown by count and first bytes of its fingerprints. */
export function describeBundle(pem: string): string {
  const shown = [...fingerprints(pem)].sort().map((print) => `sha256:${print.slice(0, 12)}`);
  if (shown.length === 0) return pem.trim() === '' ? 'none' : 'not a CA bundle';
  return shown.length <= 3 ? shown.join(' ') : `${shown.slice(0, 3).join(' ')} and ${shown.length - 3} more`;
}
