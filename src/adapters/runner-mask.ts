import type { Mask } from '../binding/secret.js';

const LEAST = 4;
const LEAST_LINE = 8;
const JWT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;
const FIELD = /^[-\s{]*"?([\w.-]+)"?:\s*(.*?),?\s*$/;
const CREDENTIAL = /token|passw|secret|key|value|cookie|assertion/i;

/**
 * Everything of a secret that must be registered with the runner so that no part of it shows. The runner adds base64 and
 * escapes itself, and registers each line of a value, however short: a value of several lines is therefore registered by
 * the lines that tell something, or `-----BEGIN CERTIFICATE-----` and `kind: Config` would be stars in every log.
 */
export function maskParts(value: string): readonly string[] {
  const whole = value.trim();
  if (whole.length < LEAST) return [];
  const parts = /[\r\n]/.test(whole)
    ? [Buffer.from(value).toString('base64'), ...lineParts(whole)]
    : [whole, ...jwtParts(whole)];
  return [...new Set(parts)];
}

function lineParts(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/).flatMap((raw) => {
    const line = raw.trim();
    if (line.length < LEAST_LINE || line.startsWith('-----')) return [];
    const [, name = '', field = ''] = FIELD.exec(line) ?? [];
    if (name === '') return [line, ...jwtParts(line)];
    const found = field.replace(/^(["'])(.*)\1$/, '$2');
    return CREDENTIAL.test(name) && found.length >= LEAST_LINE ? [found, ...jwtParts(found)] : [];
  });
}

/** Payload and signature of a JWT; its header is the same for all of them. */
function jwtParts(value: string): readonly string[] {
  const [, , payload = '', signature = ''] = JWT.exec(value) ?? [];
  return [payload, signature].filter((part) => part.length >= LEAST_LINE);
}

/** Registers with the runner when there is one; elsewhere `::add-mask::` would print what it should hide. */
export function runnerMask(onActions: boolean, setSecret: (value: string) => void): Mask {
  if (!onActions) return () => undefined;
  const known = new Set<string>();
  return (value) => {
    for (const part of maskParts(value)) {
      if (known.has(part)) continue;
      known.add(part);
      setSecret(part);
    }
  };
}
