import type { Material } from '../binding/intent.js';

const BASE64 = /^[A-Za-z0-9+/=_-]+$/;
const LEAST_BASE64 = 100;

/**
 * What a value that may be text, base64 of text or a path is. Text has several lines, a PEM header or YAML; base64 is
 * long, or padded; all else is a path.
 */
export function formOf(value: string): Material['form'] {
  const compact = value.replace(/\s+/g, '');
  if (!/^[/.~]/.test(compact) && BASE64.test(compact) && !/[ \t]/.test(value.trim())) {
    if (compact.length >= LEAST_BASE64 || /[^=]={1,2}$/.test(compact)) return 'base64';
  }
  return value.includes('-----BEGIN') || /[\r\n]|: |^\{|:$/.test(value) ? 'inline' : 'path';
}
