const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span in ms as people say it, always rounded down: `45 s`, `2 m 14 s`, `3 h 12 m`, `71 h`, `30 d`. */
export function formatAge(ms: number): string {
  const span = Number.isFinite(ms) ? Math.max(0, ms) : 0;
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < 10 * MINUTE) return pair(span, MINUTE, 'm', SECOND, 's');
  if (span < HOUR) return `${Math.floor(span / MINUTE)} m`;
  if (span < 10 * HOUR) return pair(span, HOUR, 'h', MINUTE, 'm');
  if (span < 5 * DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

function pair(span: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((span % large) / small);
  const head = `${Math.floor(span / large)} ${largeUnit}`;
  return rest === 0 ? head : `${head} ${rest} ${smallUnit}`;
}

/** Unix ms as `2026-03-01 04:05 UTC`; empty when it is no time. */
export function formatTime(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? '' : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
