const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/y;

/** Whole seconds of a duration as Go writes it, with `d` for days beside: `15m`, `1h30m`, `3d`. Undefined: it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  let seconds = 0;
  PART.lastIndex = 0;
  do {
    const [, figure = '', unit = ''] = PART.exec(text) ?? [];
    if (figure === '') return undefined;
    seconds += Number(figure) * (UNIT_SECONDS[unit] ?? 0);
  } while (PART.lastIndex < text.length);
  return Math.max(0, Math.ceil(seconds - 1e-9));
}
