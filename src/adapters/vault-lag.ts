import type { HttpFault } from './http.js';
import { errorText } from './vault-answer.js';

/** How long a node may take to hear of a write. */
export const LAG_MS = 10_000;
/** How long nodes may take to notice that the active one is gone and to agree on another; production defaults are slow. */
export const ELECTION_MS = 15_000;

/** What an outcome says about trying again: it counts, a few times more, until a node caught up, until one is active. */
export type Again = 'no' | 'few' | 'lag' | 'election';

/** What an active node says of requests that it drops while it gives up its place. */
const STEPPING_DOWN = /node not active|leader|context canceled|read-?only/i;

/**
 * Judges an answer. `repeatable`: whether the request may be done twice; one of which the answer says that nothing was
 * done is tried again regardless. `fresh`: whether it goes to a mount that we just enabled.
 */
export function judgeAnswer(status: number, body: unknown, repeatable: boolean, fresh: boolean): Again {
  const text = errorText(body);
  switch (status) {
    case 412:
    case 429:
      return 'lag';
    case 404:
      return fresh && text.matches(/no handler for route/) ? 'lag' : 'no';
    case 400:
      return repeatable && text.matches(STEPPING_DOWN) ? 'election' : 'no';
    case 500:
      if (text.matches(/active (cluster )?node not found/)) return 'election';
      if (!repeatable) return 'no';
      return text.matches(STEPPING_DOWN) ? 'election' : 'few';
    case 502:
    case 504:
      return repeatable ? 'election' : 'no';
    case 503:
      return text.matches(/sealed/) ? 'no' : 'election';
    default:
      return 'no';
  }
}

/** Judges a request without answer. `served`: whether Vault answered before; `standby`: whether a standby sent us away. */
export function judgeFault(
  kind: HttpFault['kind'],
  repeatable: boolean,
  { served, standby }: { readonly served: boolean; readonly standby: boolean },
): Again {
  if (kind === 'refused') return served ? 'election' : 'no';
  if (kind === 'redirect') return standby ? 'election' : 'no';
  if (kind !== 'reset' || !repeatable) return 'no';
  return served ? 'election' : 'few';
}
