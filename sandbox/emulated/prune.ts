import { type Fields, fields, isFields } from './object.ts';

const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
const ROOT = ['apiVersion', 'kind', 'metadata'];

function below(value: unknown, schema: Fields, path: string, warnings: string[]): unknown {
  if (Array.isArray(value)) {
    const items = fields(schema['items']);
    return value.map((item, index) => below(item, items, `${path}[${index}]`, warnings));
  }
  return isFields(value) ? members(value, schema, path, warnings, []) : value;
}

function members(value: Fields, schema: Fields, path: string, warnings: string[], always: string[]): Fields {
  const properties = fields(schema['properties']);
  const additional = schema['additionalProperties'];
  const isOpen = schema[PRESERVE] === true || additional === true;
  const kept: Fields = {};
  for (const [key, member] of Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (always.includes(key)) kept[key] = member;
    else if (isFields(properties[key])) kept[key] = below(member, properties[key], at, warnings);
    else if (isFields(additional)) kept[key] = below(member, additional, at, warnings);
    else if (isOpen) kept[key] = member;
    else warnings.push(`unknown field "${at}"`);
  }
  return kept;
}

/** A custom object without what its schema does not name. */
export function prune(object: Fields, schema: Fields, warnings: string[]): Fields {
  return members(object, schema, '', warnings, ROOT);
}
