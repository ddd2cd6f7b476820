import { createHash } from 'node:crypto';
import { MODES } from '../modes.js';
import type { ModeName } from './intent.js';

/** What a run is about, as far as a comment or an issue of its own goes. */
interface Subject {
  readonly mode: ModeName;
  readonly env: string;
  readonly cluster: string;
}

/** Opens a comment and tells it apart; what bind would do and what is so have a comment each. */
export function commentMarker({ mode, env, cluster }: Subject): string {
  const { writes, checks } = MODES[mode];
  return marker('comment', [env, cluster, writes || checks !== 'none' ? 'state' : 'plan']);
}

/** Opens the body of an issue and tells it apart. */
export function issueMarker({ env, cluster }: Subject): string {
  return marker('issue', [env, cluster]);
}

/** Of names only a hash, so that none can close the comment it stands in, or be seen where names are hidden. */
function marker(kind: string, names: readonly string[]): string {
  const hash = createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 24);
  return `<!-- vault-cluster-bind ${kind} ${hash} -->`;
}
