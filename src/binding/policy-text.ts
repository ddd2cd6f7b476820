/** One `path` block of a policy. */
export interface PathRule {
  /** May end in `*` and hold `+` for one segment. */
  readonly pattern: string;
  readonly capabilities: readonly string[];
  /** Parameters it names under `denied_parameters`. */
  readonly denied: readonly string[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[{}]/g;
const HEAD = /path\s+"([^"]*)"\s*\{/g;
const SHORTHAND: Readonly<Record<string, readonly string[]>> = {
  deny: ['deny'],
  read: ['read', 'list'],
  write: ['create', 'read', 'update', 'delete', 'list'],
  sudo: ['create', 'read', 'update', 'delete', 'list', 'sudo'],
};

/** The path blocks of a policy text; what is not HCL has none. */
export function pathRules(text: string): readonly PathRule[] {
  const bare = withoutComments(text);
  return [...bare.matchAll(HEAD)].map((head) => {
    const body = blockAt(bare, head.index + head[0].length);
    const listed = /\bcapabilities\s*=\s*\[([^\]]*)\]/.exec(body)?.[1];
    const short = /\bpolicy\s*=\s*"(\w+)"/.exec(body)?.[1] ?? '';
    const denied = /\bdenied_parameters\s*=?\s*\{/.exec(body);
    return {
      pattern: (head[1] ?? '').replace(/^\//, ''),
      capabilities: listed === undefined ? (SHORTHAND[short] ?? []) : quoted(listed),
      denied: denied ? keys(blockAt(body, denied.index + denied[0].length)) : [],
    };
  });
}

/** The blocks that decide about `path` when a token holds policies with all these texts: Vault's most specific pattern. */
export function decidingRules(texts: readonly string[], path: string): readonly PathRule[] {
  const matching = texts.flatMap(pathRules).filter(({ pattern }) => matches(pattern, path));
  const [best] = [...matching].sort((left, right) => specificity(right.pattern, left.pattern));
  return best === undefined ? [] : matching.filter(({ pattern }) => pattern === best.pattern);
}

/** What these policies together allow on `path`; a `deny` beside other capabilities wins. */
export function capabilitiesOn(texts: readonly string[], path: string): readonly string[] {
  const held = new Set(decidingRules(texts, path).flatMap(({ capabilities }) => capabilities));
  return held.has('deny') ? [] : [...held];
}

function withoutComments(text: string): string {
  return text.replace(TOKEN, (token) => (/^(#|\/)/.test(token) ? ' ' : token));
}

/** The text from `start` to the brace that closes the block begun before it. */
function blockAt(text: string, start: number): string {
  let depth = 1;
  for (const token of text.slice(start).matchAll(TOKEN)) {
    if (token[0] === '{') depth++;
    if (token[0] === '}') depth--;
    if (depth === 0) return text.slice(start, start + token.index);
  }
  return text.slice(start);
}

function quoted(list: string): readonly string[] {
  return [...list.matchAll(/"([^"]*)"/g)].map((entry) => entry[1] ?? '');
}

function keys(block: string): readonly string[] {
  return [...block.matchAll(/"?([\w*]+)"?\s*=/g)].map((entry) => entry[1] ?? '');
}

function matches(pattern: string, path: string): boolean {
  const prefix = pattern.endsWith('*');
  const segments = (prefix ? pattern.slice(0, -1) : pattern)
    .replace(/[.*?^${}()|[\]\\]/g, '\\$&')
    .replace(/(^|\/)\+(?=\/|$)/g, '$1[^/]+');
  return new RegExp(`^${segments}${prefix ? '' : '$'}`).test(path);
}

/** Positive when `left` is the more specific pattern. */
function specificity(left: string, right: string): number {
  const wild = (pattern: string): number => (/[+*]/.test(pattern) ? pattern.search(/[+*]/) : Infinity);
  const plus = (pattern: string): number => pattern.split('/').filter((segment) => segment === '+').length;
  const by = [
    wild(left) === wild(right) ? 0 : wild(left) - wild(right),
    Number(right.endsWith('*')) - Number(left.endsWith('*')),
    plus(right) - plus(left),
    left.length - right.length,
  ];
  return by.find((difference) => difference !== 0) ?? (left > right ? 1 : left < right ? -1 : 0);
}
