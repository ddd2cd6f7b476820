import { readFileSync } from 'node:fs';

function children(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/**
 * Samples, every 10 ms, the command lines of a process and all below it, as any user of the machine could with `ps`.
 * Linux only; elsewhere it sees nothing. A child that lives for less than that may be missed. Returns what stops it.
 */
export function watchArgv(pid: number): () => string[] {
  const seen = new Set<string>();
  const visit = (one: number): void => {
    const line = commandLine(one);
    if (line !== '') seen.add(line);
    children(one).forEach(visit);
  };
  const timer = setInterval(() => visit(pid), 10);
  visit(pid);
  return () => {
    clearInterval(timer);
    return [...seen];
  };
}
