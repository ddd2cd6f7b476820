import { type Fields, fields, type KubeObject, list, text } from './object.ts';
import { badRequest } from './refusal.ts';
import type { Resource } from './resources.ts';

type Included = 'None' | 'Metadata' | 'Object';

interface Column {
  readonly name: string;
  readonly type?: string;
  readonly priority?: number;
  cell(object: KubeObject, nowMs: number): unknown;
}

const SECOND = 1000;
const UNITS: readonly [string, number][] = [
  ['d', 86_400 * SECOND],
  ['h', 3600 * SECOND],
  ['m', 60 * SECOND],
  ['s', SECOND],
];

/** As kubectl shows an age: one unit, two while the first is small. */
function age(object: KubeObject, nowMs: number): string {
  const passed = Math.max(0, nowMs - Date.parse(object.metadata.creationTimestamp ?? ''));
  if (Number.isNaN(passed)) return '<unknown>';
  const index = UNITS.findIndex(([, unit]) => passed >= 2 * unit);
  const [letter, unit] = UNITS[index] ?? (['s', SECOND] as const);
  return `${Math.floor(passed / unit)}${letter}`;
}

const NAME: Column = { name: 'Name', cell: ({ metadata }) => metadata.name };
const AGE: Column = { name: 'Age', cell: age };
const CREATED: Column = { name: 'Created At', type: 'date', cell: ({ metadata }) => metadata.creationTimestamp };

const counted = (name: string, ...members: string[]): Column => ({
  name,
  cell: (object) => members.reduce((sum, member) => sum + Object.keys(object[member] ?? {}).length, 0),
});

const subjects = (name: string, kind: string): Column => ({
  name,
  priority: 1,
  cell(object) {
    const found = list(object['subjects']).filter((subject) => subject['kind'] === kind);
    return found
      .map((subject) => (kind === 'ServiceAccount' ? `${text(subject['namespace'])}/` : '') + text(subject['name']))
      .join(', ');
  },
});

const roleOf: Column = {
  name: 'Role',
  cell: (object) => `${text(fields(object['roleRef'])['kind'])}/${text(fields(object['roleRef'])['name'])}`,
};
const BINDING = [
  NAME,
  roleOf,
  AGE,
  subjects('Users', 'User'),
  subjects('Groups', 'Group'),
  subjects('ServiceAccounts', 'ServiceAccount'),
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  configmaps: [NAME, counted('Data', 'data', 'binaryData'), AGE],
  secrets: [NAME, { name: 'Type', cell: (object) => object['type'] }, counted('Data', 'data'), AGE],
  serviceaccounts: [NAME, counted('Secrets', 'secrets'), AGE],
  namespaces: [NAME, { name: 'Status', cell: (object) => fields(object['status'])['phase'] }, AGE],
  leases: [NAME, { name: 'Holder', cell: (object) => fields(object['spec'])['holderIdentity'] ?? '' }, AGE],
  roles: [NAME, CREATED],
  clusterroles: [NAME, CREATED],
  rolebindings: BINDING,
  clusterrolebindings: BINDING,
  customresourcedefinitions: [NAME, CREATED],
  events: [
    { name: 'Last Seen', cell: age },
    ...(['Type', 'Reason'] as const).map((name) => ({
      name,
      cell: (object: KubeObject) => object[name.toLowerCase()] ?? '',
    })),
    {
      name: 'Object',
      cell: (object) =>
        `${text(fields(object['involvedObject'])['kind']).toLowerCase()}/${text(fields(object['involvedObject'])['name'])}`,
    },
    { name: 'Message', cell: (object) => object['message'] ?? '' },
    { ...NAME, priority: 1 },
  ],
};

function read(object: KubeObject, jsonPath: string): unknown {
  const keys = jsonPath.split('.').filter(Boolean);
  return keys.reduce<unknown>((found, key) => fields(found)[key], object) ?? null;
}

function columnsOf({ plural, custom }: Resource): readonly Column[] {
  if (custom === undefined) return COLUMNS[plural] ?? [NAME, CREATED];
  const extra = custom.columns.map((column: Fields) => ({
    name: text(column['name']),
    type: text(column['type']),
    priority: Number(column['priority'] ?? 0),
    cell: (object: KubeObject) => read(object, text(column['jsonPath'])),
  }));
  return extra.length === 0 ? [NAME, AGE] : [NAME, ...extra];
}

/** @throws Refusal 400 for a word that is none. */
export function includedOf(query: URLSearchParams): Included {
  const word = query.get('includeObject') || 'Metadata';
  if (word === 'None' || word === 'Metadata' || word === 'Object') return word;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(word)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

function included(object: KubeObject, how: Included): unknown {
  if (how === 'None') return null;
  if (how === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}

/** What kubectl prints: a row of cells for each object. */
export function table(
  resource: Resource,
  items: readonly KubeObject[],
  metadata: object,
  how: Included,
  nowMs: number,
): unknown {
  const columns = columnsOf(resource);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: columns.map(({ name, type = 'string', priority = 0 }) => ({
      name,
      type,
      format: name === 'Name' ? 'name' : '',
      description: '',
      priority,
    })),
    rows: items.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, nowMs)),
      object: included(object, how),
    })),
  };
}
