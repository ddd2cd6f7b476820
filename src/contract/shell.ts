/** One branch of a `case`. */
export interface Branch {
  readonly labels: readonly string[];
  readonly line: number;
  readonly body: string;
}

/** A `case … esac` of a shell script; of those within others only the outer one. */
export interface CaseBlock {
  readonly subject: string;
  readonly line: number;
  readonly branches: readonly Branch[];
}

/** The `case` blocks of a script, as people lay them out: labels at the beginning of a line. */
export function caseBlocks(lines: readonly string[]): readonly CaseBlock[] {
  const found: CaseBlock[] = [];
  for (let index = 0; index < lines.length; index++) {
    const subject = /^\s*case\s+(.+?)\s+in\s*$/.exec(lines[index] ?? '')?.[1];
    if (subject === undefined) continue;
    const end = endOf(lines, index);
    // Without an end nothing after it can be told apart, however long the file is.
    if (end === undefined) return found;
    found.push({ subject, line: index + 1, branches: branchesOf(lines, index + 1, end) });
    index = end;
  }
  return found;
}

function endOf(lines: readonly string[], from: number): number | undefined {
  let depth = 0;
  for (let index = from; index < lines.length; index++) {
    if (/^\s*case\s.+\sin\b/.test(lines[index] ?? '')) depth += 1;
    if (/^\s*esac\b/.test(lines[index] ?? '')) depth -= 1;
    if (depth === 0) return index;
  }
  return undefined;
}

function branchesOf(lines: readonly string[], from: number, end: number): readonly Branch[] {
  const branches: { labels: readonly string[]; line: number; body: string }[] = [];
  let isInside = false;
  for (let index = from; index < end; index++) {
    const line = lines[index] ?? '';
    const label = isInside ? undefined : /^\s*\(?([^()\s#]+(?:\s*\|\s*[^()\s]+)*)\)(.*)$/.exec(line);
    const last = branches.at(-1);
    if (label) {
      const labels = (label[1] ?? '').split('|').map((one) => one.trim().replace(/^["']|["']$/g, ''));
      branches.push({ labels, line: index + 1, body: label[2] ?? '' });
    } else if (isInside && last) last.body += `\n${line}`;
    if (label || isInside) isInside = !/;;[&]?\s*(#.*)?$/.test(line);
  }
  return branches;
}

/** Whether one of the labels takes the word; `*` is left out, for it takes everything. */
export function takes({ labels }: Branch, word: string): boolean {
  return labels.some((label) => {
    if (label === '*') return false;
    const pattern = label
      .replace(/[.+^${}()[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${pattern}$`).test(word);
  });
}

/** The branch for everything that no other takes. */
export function otherwise({ branches }: CaseBlock): Branch | undefined {
  return branches.find(({ labels }) => labels.includes('*'));
}
