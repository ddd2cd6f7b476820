const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]+/gu;

/** Text on one line without control, bidi or zero-width characters, at most `max` characters. */
export function oneLine(text: string, max = 1000): string {
  const head = text.slice(0, 4 * max);
  const line = head.replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  return line.length > max ? `${line.slice(0, max - 1).toWellFormed()}…` : line;
}

/** One line that no runner takes for a workflow command, wherever it is printed. */
export function logLine(text: string, max = 1000): string {
  return oneLine(text, max)
    .replace(/:(?=:)/g, ': ')
    .replaceAll('##[', '# #[');
}

/** A count with its noun, e.g. `1 check`, `4,321 checks`. */
export function counted(amount: number, noun: string): string {
  return `${amount.toLocaleString('en-US')} ${noun}${amount === 1 ? '' : 's'}`;
}
