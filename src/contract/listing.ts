import { caseBlocks, otherwise, takes } from './shell.js';

/** Where a text lists environments, and leaves one out. */
export interface Omission {
  readonly line: number;
  readonly names: readonly string[];
}

/** A list in the text of a line needs so many names to be one: two may be a remark about these two. */
const FEWEST = 3;

/** What stands between two items: at least a blank, a comma, a bar, a slash or a word. */
const BETWEEN = '["\'`]{0,3}\\s{0,3}(?:[\\s,|/]|\\b(?:and|or)\\b)\\s{0,3}(?:(?:and|or)\\s{1,3})?["\'`]{0,3}';

/** Lists of environments without `env`, e.g. `for env in local sno prod` or `(local|sno|prod)`. */
export function omissions(lines: readonly string[], others: readonly string[], env: string): readonly Omission[] {
  if (others.length < 2) return [];
  const names = [env, ...others].map((one) => one.replace(/[^\w-]/g, '\\$&'));
  const name = `(?<![\\w.]|(?<!:)-)(?:${names.join('|')})(?![\\w-])`;
  const run = new RegExp(`${name}(?:${BETWEEN}${name})+`, 'g');
  const word = new RegExp(name, 'g');
  return lines.flatMap((line, index) => {
    const fewest = /\bfor\s+\w+\s+in\b/.test(line) ? 2 : FEWEST;
    for (const [text] of line.matchAll(run)) {
      const found = [...new Set(text.match(word) ?? [])];
      if (found.length >= fewest && !found.includes(env)) return [{ line: index + 1, names: found }];
    }
    return [];
  });
}

/** `case` blocks that name two environments or more in their labels, and not `env`. */
export function casesWithout(lines: readonly string[], others: readonly string[], env: string): readonly Omission[] {
  return caseBlocks(lines).flatMap((block) => {
    const names = others.filter((name) => block.branches.some(({ labels }) => labels.includes(name)));
    const isMet = names.length < 2 || block.branches.some((branch) => takes(branch, env));
    return isMet ? [] : [{ line: (otherwise(block) ?? block).line, names }];
  });
}

/** Scripts that end unless the environment is one other: `if [[ "$ENV" != "prod" ]]; then … exit 1`. */
export function refusals(lines: readonly string[], others: readonly string[]): readonly Omission[] {
  return lines.flatMap((line, index) => {
    const only = /^\s*if\s+\[\[?\s+"?\$\{?ENV\w*\}?"?\s+!=\s+"([^"]+)"\s+\]\]?/.exec(line)?.[1];
    if (only === undefined || !others.includes(only)) return [];
    const body = lines.slice(index + 1, index + 6);
    const end = body.findIndex((one) => /^\s*(fi|else)\b/.test(one));
    return body.slice(0, end === -1 ? body.length : end).some((one) => /\bexit\s+[1-9]/.test(one))
      ? [{ line: index + 1, names: [only] }]
      : [];
  });
}
