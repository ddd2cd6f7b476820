import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { cleanName } from '../binding/name.js';
import type { SchemaFault } from '../contract/checkout.js';
import type { Yaml } from '../contract/yaml.js';

const MOST_FAULTS = 20;

/** Judges documents by a JSON schema; undefined when the text is none. */
export function schemaOf(text: string): ((document: Yaml) => readonly SchemaFault[]) | undefined {
  const validate = compiled(text);
  if (!validate) return undefined;
  return (document) => {
    validate(plain(document));
    return (validate.errors ?? []).slice(0, MOST_FAULTS).map(faultOf);
  };
}

function compiled(text: string): ValidateFunction | undefined {
  try {
    // Its own words are never shown, and formats are for the repository's own validator.
    return new Ajv({ allErrors: true, strict: false, validateFormats: false, logger: false }).compile(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function plain(node: Yaml): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
}

function faultOf({ instancePath, keyword, params }: ErrorObject): SchemaFault {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const given = params as Readonly<Record<string, unknown>>;
  if (keyword === 'required') return { path: [...path, named(given['missingProperty'])], expected: 'must be there' };
  if (keyword === 'additionalProperties')
    return { path: [...path, named(given['additionalProperty'])], expected: 'is not in the schema' };
  return { path, expected: expected(keyword, given) };
}

function expected(keyword: string, params: Readonly<Record<string, unknown>>): string {
  switch (keyword) {
    case 'enum':
      return `must be one of ${(params['allowedValues'] as readonly unknown[]).map(named).join(', ')}`;
    case 'type':
      return `must be of type ${named(params['type'])}`;
    case 'pattern':
      return `must match ${named(params['pattern'])}`;
    case 'const':
      return `must be ${named(params['allowedValue'])}`;
    default:
      return `must hold ${keyword}${params['limit'] === undefined ? '' : ` ${named(params['limit'])}`} of the schema`;
  }
}

function named(value: unknown): string {
  return cleanName(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}
