/** What a request is about, in the words that authorisation and audit log use. */
export interface RequestInfo {
  readonly isResource: boolean;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; the lower-case method for other paths. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
  GET: 'get',
  HEAD: 'get',
};

function nameInSelector(query: URLSearchParams): string {
  return /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  const verb = VERBS[method] ?? method.toLowerCase();
  if (verb === 'delete' && name === '') return 'deletecollection';
  if (verb !== 'get' || name !== '') return verb;
  return ['true', '1'].includes(query.get('watch') ?? '') ? 'watch' : 'list';
}

interface Parts {
  namespace: string;
  resource: string;
  name: string;
  subresource: string;
}

function split(parts: string[]): Parts {
  const [first = '', second = '', third = '', ...rest] = parts;
  const isInNamespace =
    first === 'namespaces' && second !== '' && third !== '' && !['status', 'finalize'].includes(third);
  if (isInNamespace)
    return { namespace: second, resource: third, name: rest[0] ?? '', subresource: rest.slice(1).join('/') };
  const namespace = first === 'namespaces' ? second : '';
  return { namespace, resource: first, name: second, subresource: [third, ...rest].filter(Boolean).join('/') };
}

export function parseRoute(method: string, url: string): RequestInfo {
  const { pathname, searchParams: query } = new URL(url, 'https://cluster');
  const parts = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const [prefix] = parts;
  const start = prefix === 'api' ? 2 : 3;
  const other = { group: '', version: '', namespace: '', resource: '', subresource: '', name: '' };
  if ((prefix !== 'api' && prefix !== 'apis') || parts.length <= start)
    return { isResource: false, verb: method.toLowerCase(), ...other, path: pathname, query };
  const found = split(parts.slice(start));
  const verb = verbOf(method, found.name, query);
  const name = found.name === '' && (verb === 'list' || verb === 'watch') ? nameInSelector(query) : found.name;
  const group = prefix === 'api' ? '' : (parts[1] ?? '');
  const version = parts[start - 1] ?? '';
  return { isResource: true, verb, group, version, ...found, name, path: pathname, query };
}
