import { notAcceptable } from './refusal.ts';
import type { Resource } from './resources.ts';

/** How the client wants objects to look. */
export type View = 'Object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

const JSON_TYPES = new Set(['application/json', 'application/*', '*/*']);
const SERVED = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const VIEWS = new Set<View>(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

function parse(clause: string): { type: string; as: string; isMeta: boolean; quality: number } {
  const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
  const parameters = new Map(rest.map((part) => part.split('=', 2) as [string, string]));
  const isMeta = parameters.get('g') === 'meta.k8s.io' && /^v1(beta1)?$/.test(parameters.get('v') ?? '');
  return { type, as: parameters.get('as') ?? '', isMeta, quality: Number(parameters.get('q') ?? 1) };
}

/**
 * The first clause of `Accept` that can be served; this server speaks JSON alone.
 * @throws Refusal 406 when there is none.
 */
export function negotiate(accept: string, resource: Resource, hasViews: boolean): View {
  const clauses = (accept || '*/*').split(',').map(parse);
  const known = clauses.filter(({ type }) => JSON_TYPES.has(type)).sort((left, right) => right.quality - left.quality);
  for (const { as, isMeta } of known) {
    if (as === '') return 'Object';
    if (hasViews && isMeta && VIEWS.has(as as View)) return as as View;
  }
  if (known.length === 0 && resource.custom === undefined)
    throw notAcceptable(`406: Not Acceptable\n\nAvailable representations: ${SERVED}`, true);
  throw notAcceptable(`only the following media types are accepted: ${SERVED}`);
}
