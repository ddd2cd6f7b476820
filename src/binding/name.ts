const MAX_NAME = 253;
// C0, C1, bidi and zero-width controls, line separators: each of them can forge a log line or hide text in one.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed here
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff]/g;
const CREDENTIALS_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s]*@/gi;
const SECRET_SHAPES = [
  /eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]+){0,2}/g,
  /\b(hv[sbr]|s|b|r)\.[A-Za-z0-9_-]{20,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{20,}/g,
  /\bsha256~[A-Za-z0-9_-]{20,}/g,
  /-----BEGIN [A-Z ]+-----[\s\S]*/g,
];

/**
 * A name from a cluster, Vault or a file, safe to print on one line: no control characters, no workflow commands, no
 * token shapes, at most 253 characters. Markdown is escaped where Markdown is written (report/summary).
 */
export function cleanName(raw: string): string {
  let name = raw
    .slice(0, 4 * MAX_NAME)
    .replace(INVISIBLE, ' ')
    .replace(CREDENTIALS_IN_URL, '$1');
  for (const shape of SECRET_SHAPES) name = name.replace(shape, '[removed]');
  name = name.replaceAll('##[', '# #[').replaceAll('::', ': :').trim();
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name;
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether Kubernetes accepts `name` as a namespace. */
export function isNamespaceName(name: string): boolean {
  return LABEL.test(name);
}

/** Whether Kubernetes accepts `name` for most objects (DNS subdomain). */
export function isObjectName(name: string): boolean {
  return name.length <= MAX_NAME && name.split('.').every((part) => LABEL.test(part));
}

/** The candidate nearest to `word` by edit distance, or undefined when none is near enough to be a slip. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
