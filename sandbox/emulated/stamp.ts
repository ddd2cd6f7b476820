import { randomUUID } from 'node:crypto';
import type { KubeObject } from './object.ts';

/** A new object's identity. */
export function stamp(object: KubeObject, at: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, uid: randomUUID(), creationTimestamp: at } };
}
