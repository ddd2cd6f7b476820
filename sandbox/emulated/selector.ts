import { type Fields, fields, type KubeObject } from './object.ts';
import { badRequest } from './refusal.ts';
import type { Resource } from './resources.ts';

type Test = (object: KubeObject) => boolean;

/** Labels of fields that can be selected by, beside name and namespace. */
const SELECTABLE: Readonly<Record<string, readonly string[]>> = {
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'reason',
    'type',
  ],
  secrets: ['type'],
  namespaces: ['status.phase'],
};

function valueAt(object: KubeObject, path: string): string {
  const found = path.split('.').reduce<unknown>((node, key) => fields(node)[key], object as Fields);
  return typeof found === 'string' ? found : '';
}

function term(text: string): { key: string; value: string; isEqual: boolean } {
  const match = /^([^!=]+)(==|!=|=)(.*)$/.exec(text.trim());
  if (match === null) throw badRequest(`unable to parse requirement: ${text}`);
  return { key: (match[1] ?? '').trim(), value: (match[3] ?? '').trim(), isEqual: match[2] !== '!=' };
}

function fieldTest(selector: string, resource: Resource): Test {
  const known = ['metadata.name', 'metadata.namespace', ...(SELECTABLE[resource.plural] ?? [])];
  const terms = selector.split(',').filter(Boolean).map(term);
  for (const { key } of terms) {
    if (!known.includes(key)) throw badRequest(`field label not supported: ${key}`);
  }
  return (object) => terms.every(({ key, value, isEqual }) => (valueAt(object, key) === value) === isEqual);
}

function labelTest(selector: string): Test {
  const terms = selector.split(/,(?![^(]*\))/).filter(Boolean);
  return ({ metadata: { labels = {} } }) =>
    terms.every((one) => {
      const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(one);
      if (set !== null) {
        const values = (set[3] ?? '').split(',').map((value) => value.trim());
        return values.includes(labels[set[1] ?? ''] ?? '') === (set[2] === 'in');
      }
      if (!/[=!]/.test(one.trim().slice(1)))
        return one.trim().startsWith('!') ? !(one.trim().slice(1) in labels) : one.trim() in labels;
      const { key, value, isEqual } = term(one);
      return (labels[key] === value) === isEqual;
    });
}

/** Which objects a list asks for. @throws Refusal 400 */
export function selection(query: URLSearchParams, resource: Resource): Test {
  const byField = fieldTest(query.get('fieldSelector') ?? '', resource);
  const byLabel = labelTest(query.get('labelSelector') ?? '');
  return (object) => byField(object) && byLabel(object);
}
