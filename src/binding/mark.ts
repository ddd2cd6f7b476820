import { cleanName } from './name.js';

/** Who made or adopted a mount, and for which cluster. Lives in the mount's description and on the reviewer. */
export interface Mark {
  readonly cluster: string;
  /** UID of `kube-system`. */
  readonly uid: string;
  readonly origin: 'created' | 'adopted';
}

const MARK = /\s*\[vault-cluster-bind cluster=(\S+) uid=(\S+) (created|adopted)\]/;

/** The mark in a mount's description, or undefined. */
export function readMark(description: string): Mark | undefined {
  const found = MARK.exec(description);
  if (!found?.[1] || !found[2] || !found[3]) return undefined;
  return {
    cluster: cleanName(found[1]),
    uid: cleanName(found[2]),
    origin: found[3] === 'created' ? 'created' : 'adopted',
  };
}

/** `description` with this mark in place of any other; what someone else wrote there stays. */
export function writeMark(description: string, mark: Mark): string {
  const own = `[vault-cluster-bind cluster=${mark.cluster} uid=${mark.uid} ${mark.origin}]`;
  return `${removeMark(description)} ${own}`.trim();
}

/** `description` without any mark. */
export function removeMark(description: string): string {
  return description.replace(MARK, '').trim();
}

export function sameMark(left: Mark, right: Mark): boolean {
  return left.cluster === right.cluster && left.uid === right.uid && left.origin === right.origin;
}
