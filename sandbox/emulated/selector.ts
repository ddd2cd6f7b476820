import { fields, type KubeObject, text } from './object.ts';
import { badRequest } from './refusal.ts';
import type { Resource } from './resources.ts';

type Test = (object: KubeObject) => boolean;

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  events: [...INVOLVED.map((name) => `involvedObject.${name}`), 'reason', 'reportingComponent', 'source', 'type'],
  secrets: ['type'],
  namespaces: ['status.phase'],
};

function valueAt(object: KubeObject, path: string): string {
  return text(path.split('.').reduce<unknown>((found, key) => fields(found)[key], object));
}

function fieldTest({ plural, custom }: Resource, term: string): Test {
  const [, path = '', operator, value = ''] = /^([^!=]+)(==|!=|=)(.*)$/.exec(term) ?? [];
  if (operator === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const known = custom === undefined ? (FIELDS[plural] ?? []) : [];
  if (path !== 'metadata.name' && path !== 'metadata.namespace' && !known.includes(path))
    throw badRequest(`field label not supported: ${path}`);
  return (object) => (valueAt(object, path) === value) !== (operator === '!=');
}

function labelTest(term: string): Test {
  const labelOf = (object: KubeObject, key: string): string | undefined => object.metadata.labels?.[key.trim()];
  const [, key = '', word, values = ''] = /^([^\s!=]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term) ?? [];
  if (word !== undefined) {
    const wanted = values.split(',').map((value) => value.trim());
    return (object) => wanted.includes(labelOf(object, key) ?? '\u0000') === (word === 'in');
  }
  const [, name = '', operator, value = ''] = /^([^\s!=]+)\s*(==|!=|=)\s*([^\s!=]*)$/.exec(term) ?? [];
  if (operator !== undefined) return (object) => (labelOf(object, name) === value) !== (operator === '!=');
  const [, not, bare] = /^(!?)([^\s!=]+)$/.exec(term) ?? [];
  if (bare === undefined) throw badRequest(`unable to parse requirement: found '${term}', expected: !, identifier`);
  return (object) => (labelOf(object, bare) !== undefined) === (not === '');
}

/** Whether an object is one that `fieldSelector` and `labelSelector` of a list ask for. */
export function matching(resource: Resource, query: URLSearchParams): Test {
  const split = (name: string): string[] => (query.get(name) ?? '').split(/,(?![^(]*\))/).map((term) => term.trim());
  const tests = [
    ...split('fieldSelector')
      .filter(Boolean)
      .map((term) => fieldTest(resource, term)),
    ...split('labelSelector').filter(Boolean).map(labelTest),
  ];
  return (object) => tests.every((test) => test(object));
}
