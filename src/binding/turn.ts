import { createHash } from 'node:crypto';

/** 0 to 999 by the name alone, so that a cluster has its place in every night and no two hundred start at once. */
export function turnOf(cluster: string): number {
  return createHash('sha256').update(cluster).digest().readUInt32BE(0) % 1000;
}
