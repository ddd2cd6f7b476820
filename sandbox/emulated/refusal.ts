import type { Fields } from './object.ts';

/** One wrong field. */
export interface Cause {
  readonly reason: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueNotSupported' | 'FieldValueForbidden';
  readonly message: string;
  readonly field: string;
}

/** Names of a resource as they appear in messages. */
export interface Named {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

/** An answer that ends a request: a Status body, or plain text where the API server answers so. */
export class Refusal extends Error {
  readonly code: number;
  readonly body: Fields | string;
  constructor(code: number, body: Fields | string) {
    super(typeof body === 'string' ? body : String(body['message']));
    this.code = code;
    this.body = body;
  }
}

function refuse(code: number, reason: string, message: string, details?: Fields): Refusal {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message };
  return new Refusal(code, { ...status, ...(reason && { reason }), ...(details && { details }), code });
}

const dotted = (name: string, group: string): string => (group === '' ? name : `${name}.${group}`);

function details(name: string, group: string, kind: string, more: Fields = {}): Fields {
  return { ...(name && { name }), ...(group && { group }), ...(kind && { kind }), ...more };
}

export function notFound(of: Named, name: string): Refusal {
  const message = `${dotted(of.plural, of.group)} "${name}" not found`;
  return refuse(404, 'NotFound', message, details(name, of.group, of.plural));
}

export function alreadyExists(of: Named, name: string): Refusal {
  const message = `${dotted(of.plural, of.group)} "${name}" already exists`;
  return refuse(409, 'AlreadyExists', message, details(name, of.group, of.plural));
}

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(of: Named, name: string, why = MODIFIED): Refusal {
  const message = `Operation cannot be fulfilled on ${dotted(of.plural, of.group)} "${name}": ${why}`;
  return refuse(409, 'Conflict', message, details(name, of.group, of.plural));
}

/** Preconditions and bound objects are refused in the name of the kind, not of the resource. */
export function kindConflict(of: Named, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${dotted(of.kind, of.group)} "${name}": ${why}`;
  return refuse(409, 'Conflict', message, details(name, of.group, of.kind));
}

export function invalid(kind: string, group: string, name: string, causes: readonly Cause[]): Refusal {
  const lines = causes.map(({ field, message }) => `${field}: ${message}`);
  const what = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const message = `${kind === '' ? `.${group}` : dotted(kind, group)} "${name}" is invalid: ${what}`;
  return refuse(422, 'Invalid', message, details(name, group, kind, { causes }));
}

export function badRequest(message: string): Refusal {
  return refuse(400, 'BadRequest', message);
}

export function forbidden(
  message: string,
  of: { name: string; group: string; plural: string },
  more?: Fields,
): Refusal {
  return refuse(403, 'Forbidden', message, details(of.name, of.group, of.plural, more));
}

/** The rest of a list that was begun too long ago. */
export function expired(): Refusal {
  return refuse(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
  );
}

export function internal(message: string): Refusal {
  return refuse(500, '', message);
}

export const unauthorized = (): Refusal => refuse(401, 'Unauthorized', 'Unauthorized');

/** A group, or a custom resource, that does not exist. */
export const pageNotFound = (): Refusal => new Refusal(404, '404 page not found\n');

/** A resource or version that does not exist in a built-in group. */
export const unknownResource = (): Refusal =>
  refuse(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = (): Refusal =>
  refuse(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export function notAcceptable(message: string, isRouted = false): Refusal {
  return refuse(406, 'NotAcceptable', message, isRouted ? {} : undefined);
}

export function unsupportedMedia(message: string, isRouted = false): Refusal {
  return refuse(415, 'UnsupportedMediaType', message, isRouted ? {} : undefined);
}

export function patchFailed(): Refusal {
  return refuse(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
