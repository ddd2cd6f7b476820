import type { KubeObject } from './object.ts';
import { presentList } from './present.ts';
import { badRequest, expired } from './refusal.ts';
import type { Resource } from './resources.ts';
import { matching } from './selector.ts';
import type { Call, Reply, World } from './world.ts';

/** How long the rest of a list can be asked for, as long as etcd keeps old revisions there. */
const KEPT_MS = 300_000;

interface Rest {
  readonly items: readonly KubeObject[];
  readonly until: number;
}

/** Lists that were begun and not read to their end. */
export class Pages {
  readonly #rests = new Map<string, Rest>();

  keep(token: string, items: readonly KubeObject[], nowMs: number): void {
    for (const [old, { until }] of this.#rests) if (until <= nowMs) this.#rests.delete(old);
    this.#rests.set(token, { items, until: nowMs + KEPT_MS });
  }

  /** Undefined when it is forgotten, or never was. */
  find(token: string, nowMs: number): readonly KubeObject[] | undefined {
    const rest = this.#rests.get(token);
    return rest !== undefined && rest.until > nowMs ? rest.items : undefined;
  }
}

interface Continued {
  readonly v: string;
  readonly rv: number;
  readonly start: string;
}

function decode(token: string): Continued {
  try {
    const found = JSON.parse(Buffer.from(token, 'base64url').toString()) as Continued;
    if (found.v === 'meta.k8s.io/v1' && Number.isInteger(found.rv)) return found;
  } catch {
    // Refused below.
  }
  throw badRequest('invalid continue token: continue key is not valid: illegal base64 data at input byte 0');
}

function limitOf(query: URLSearchParams): number {
  const word = query.get('limit') || '0';
  if (!/^-?\d+$/.test(word)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(word)}: invalid syntax`);
  return Number(word);
}

function pageKey({ info: { path, query } }: Call, token: string): string {
  return JSON.stringify([path, query.get('fieldSelector'), query.get('labelSelector'), token]);
}

export function list(world: World, call: Call, resource: Resource): Reply {
  const { query, namespace } = call.info;
  const limit = limitOf(query);
  const token = query.get('continue') ?? '';
  const isSelected = matching(resource, query);
  const now = world.now();
  let revision = world.store.revision;
  let items: readonly KubeObject[];
  if (token === '') items = world.store.list(resource, namespace).filter(isSelected);
  else {
    revision = String(decode(token).rv);
    const rest = world.pages.find(pageKey(call, token), now);
    if (rest === undefined) throw expired();
    items = rest;
  }
  const page = limit > 0 ? items.slice(0, limit) : items;
  const metadata: Record<string, unknown> = { resourceVersion: revision };
  if (resource.custom !== undefined) metadata['continue'] = '';
  const last = page.at(-1);
  if (page.length < items.length && last !== undefined) {
    const start = `${namespace === '' ? `/${last.metadata.namespace ?? ''}` : ''}/${last.metadata.name}\u0000`;
    const next: Continued = { v: 'meta.k8s.io/v1', rv: Number(revision), start };
    const key = Buffer.from(JSON.stringify(next)).toString('base64url');
    world.pages.keep(pageKey(call, key), items.slice(page.length), now);
    metadata['continue'] = key;
    const isCounted = !query.get('fieldSelector') && !query.get('labelSelector');
    if (isCounted) metadata['remainingItemCount'] = items.length - page.length;
  }
  return presentList(call, resource, page, metadata, now);
}
