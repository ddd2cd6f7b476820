import type { Ports } from './ports.js';

/** `Date` headers count whole seconds, so a small difference may be none. */
const NOISE_SECONDS = 5;

/** Unix ms as the API server sees it: tokens and Leases are judged by its clock, also where this machine's is off. */
export function clusterNow({ clock, cluster }: Pick<Ports, 'clock' | 'cluster'>): number {
  const skew = cluster.skewSeconds() ?? 0;
  return clock.now() + (Math.abs(skew) > NOISE_SECONDS ? skew * 1000 : 0);
}
