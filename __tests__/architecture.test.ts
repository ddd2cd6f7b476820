import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parseSync } from '@swc/core';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IGNORED = ['node_modules', '.git', '.tools', '.out', 'dist', 'lib', 'testdata', 'golden'];
const MOST_LINES = 250;
const MOST_FUNCTION_LINES = 40;

interface Node {
  readonly type: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly [field: string]: unknown;
}

interface Import {
  /** As written, or the file it leads to. */
  readonly target: string;
  /** Whether nothing of it is left once types are stripped. */
  readonly typeOnly: boolean;
  /** What is taken by name; `*` for all. */
  readonly names: readonly string[];
}

interface Export {
  readonly name: string;
  /** An interface or an alias: it may be exported for those who call a function, and be named by none of them. */
  readonly isType: boolean;
}

/** A function and its lines of code: comments, blank lines and the bodies of functions within it are not its own. */
interface Routine {
  readonly name: string;
  readonly lines: number;
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  readonly functions: readonly Routine[];
}

/** Every file below a folder of the project, by its path from the root. */
function filesOf(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return IGNORED.includes(entry.name) ? [] : filesOf(path);
    return entry.isFile() ? [path] : [];
  });
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function walk(value: unknown, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit, parent);
  else if (isNode(value)) {
    visit(value, parent);
    for (const [field, inner] of Object.entries(value)) if (field !== 'span') walk(inner, visit, value);
  } else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) walk(inner, visit, parent);
  }
}

function nameOf(value: unknown): string {
  return isNode(value) && typeof value['value'] === 'string' ? value['value'] : '';
}

function resolve(path: string, target: string): string {
  return target.startsWith('.') ? join(dirname(path), target).replace(/\.js$/, '.ts') : target;
}

function importOf(path: string, node: Node): Import | undefined {
  if (node.type === 'CallExpression' && isNode(node['callee']) && node['callee'].type === 'Import') {
    const [first] = node['arguments'] as readonly { readonly expression: unknown }[];
    return { target: resolve(path, nameOf(first?.expression)), typeOnly: false, names: ['*'] };
  }
  if (!/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type) || !isNode(node['source'])) return undefined;
  const specifiers = (node['specifiers'] ?? []) as readonly Node[];
  const typeOnly =
    node['typeOnly'] === true ||
    (specifiers.length > 0 && specifiers.every((specifier) => specifier['isTypeOnly'] === true));
  const names = specifiers.map((specifier) =>
    specifier.type === 'ImportSpecifier'
      ? nameOf(specifier['imported'] ?? specifier['local'])
      : specifier.type === 'ExportSpecifier'
        ? nameOf(specifier['orig'])
        : '*',
  );
  return { target: resolve(path, nameOf(node['source'])), typeOnly, names: specifiers.length === 0 ? ['*'] : names };
}

function exportsOf(node: Node): readonly Export[] {
  const value = (name: string): Export => ({ name, isType: false });
  if (node.type === 'ExportNamedDeclaration')
    return ((node['specifiers'] ?? []) as readonly Node[]).map((one) => value(nameOf(one['exported'] ?? one['orig'])));
  const declared = node['declaration'];
  if (node.type !== 'ExportDeclaration' || !isNode(declared)) return [];
  if (declared.type === 'VariableDeclaration')
    return (declared['declarations'] as readonly Node[]).map(({ id }) => value(nameOf(id)));
  const name = nameOf(declared['identifier'] ?? declared['id']);
  return [{ name, isType: /^Ts(Interface|TypeAlias)Declaration$/.test(declared.type) }];
}

const FUNCTIONS = [
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'Constructor',
];

interface Extent {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

function read(path: string): Source {
  const bytes = readFileSync(join(ROOT, path));
  const text = bytes.toString();
  const imports: Import[] = [];
  const exports: Export[] = [];
  const extents: Extent[] = [];
  const tree = parseSync(text, { syntax: 'typescript', target: 'es2024' });
  // Positions count on from file to file, and the last one is the end of this file.
  const start = tree.span.end - bytes.length;
  const lineAt = (position: number): number =>
    bytes
      .subarray(0, position - start)
      .toString()
      .split('\n').length - 1;
  walk(tree.body, (node, parent) => {
    const found = importOf(path, node);
    if (found) imports.push(found);
    exports.push(...exportsOf(node));
    if (!node.span || !FUNCTIONS.includes(node.type)) return;
    const name = nameOf(node['identifier'] ?? node['key'] ?? parent?.['id'] ?? parent?.['key']) || 'a function';
    extents.push({ name, from: lineAt(node.span.start), to: lineAt(node.span.end) });
  });
  return { path, text, imports, exports, functions: measured(text, extents) };
}

function measured(text: string, extents: readonly Extent[]): readonly Routine[] {
  const isCode = text.split('\n').map((line) => !/^\s*($|\/\/|\/?\*)/.test(line));
  return extents.map((extent) => {
    const { name, from, to } = extent;
    const within = extents.filter((other) => other !== extent && other.from >= from && other.to <= to);
    const isOwn = (line: number): boolean => !within.some((other) => line > other.from && line < other.to);
    return { name, lines: isCode.filter((code, line) => code && line >= from && line <= to && isOwn(line)).length };
  });
}

const ALL = filesOf('.');
const SOURCES = ALL.filter((path) => path.startsWith('src/') && extname(path) === '.ts').map(read);
const OUTSIDE = ALL.filter((path) => /^(__tests__|sandbox|scripts)\/.*\.(ts|mjs)$/.test(path)).map(read);

const inFolder = (folder: string): readonly Source[] => SOURCES.filter(({ path }) => path.startsWith(`src/${folder}/`));
const isAdapter = ({ path }: Source): boolean => path.startsWith('src/adapters/');
const PURE = SOURCES.filter((source) => !isAdapter(source));

/** What a file imports, as lines that name the offender. */
function offences(sources: readonly Source[], isWrong: (found: Import, from: Source) => boolean): readonly string[] {
  return sources.flatMap((from) =>
    from.imports.filter((found) => isWrong(found, from)).map(({ target }) => `${from.path} imports ${target}`),
  );
}

test('the sources are there to be looked at', () => {
  expect(SOURCES.length).toBeGreaterThan(100);
  expect(SOURCES.flatMap(({ imports }) => imports).length).toBeGreaterThan(400);
  expect(SOURCES.flatMap(({ exports }) => exports).length).toBeGreaterThan(300);
  expect(SOURCES.flatMap(({ functions }) => functions).length).toBeGreaterThan(500);
  const paths = new Set(SOURCES.map(({ path }) => path));
  expect(offences(SOURCES, ({ target }) => target.startsWith('src/') && !paths.has(target))).toEqual([]);
});

describe('the world is reached through src/adapters alone', () => {
  test('no library and no module that does I/O is imported elsewhere', () => {
    const isPure = ({ target, names }: Import, { path }: Source): boolean =>
      (target === 'node:crypto' && path.startsWith('src/binding/')) ||
      (target === 'node:net' && path === 'src/binding/host.ts' && names.every((name) => name === 'isIP'));
    const isForeign = (found: Import, from: Source): boolean =>
      !found.target.startsWith('src/') && !found.typeOnly && !isPure(found, from);
    expect(offences(PURE, isForeign)).toEqual([]);
  });

  test('modules of Node.js are called by their full name', () => {
    expect(offences(SOURCES, ({ target }) => isBuiltin(target) && !target.startsWith('node:'))).toEqual([]);
  });

  test('only the entries name an adapter', () => {
    const others = PURE.filter(({ path }) => path !== 'src/main.ts' && path !== 'src/post.ts');
    expect(offences(others, ({ target }) => target.startsWith('src/adapters/'))).toEqual([]);
  });

  test.each([
    ['the environment is read', /\bprocess\.env\b/],
    ['secrets are revealed', /\.reveal\(/],
    ['the console and the standard streams are written', /\bconsole\.|\bprocess\.(stdout|stderr)\b/],
    ['time is waited for', /\bperformance\.|\bnew Date\(\)|\bset(Timeout|Interval|Immediate)\(/],
    ['chance is asked', /\bMath\.random\(|\brandom(UUID|Bytes)\(/],
    ['the network is reached', /\bfetch\(/],
  ])('nowhere else %s', (_, pattern) => {
    expect(PURE.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test('the clock is read by the entry that gives it to the rest', () => {
    expect(PURE.filter(({ text }) => /\bDate\.now\(/.test(text)).map(({ path }) => path)).toEqual(['src/main.ts']);
  });
});

describe('layers', () => {
  const LAYERS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['binding', ['src/binding/', 'src/modes.ts'], ['src/ports.ts', 'src/report/model.ts']],
    ['checks', ['src/binding/', 'src/checks/', 'src/modes.ts'], ['src/prove.ts']],
    [
      'report',
      ['src/binding/', 'src/checks/', 'src/contract/', 'src/report/', 'src/modes.ts'],
      ['src/ports.ts', 'src/run.ts', 'src/context.ts'],
    ],
    ['inputs', ['src/binding/', 'src/contract/', 'src/inputs/'], []],
    ['contract', ['src/binding/', 'src/checks/', 'src/contract/', 'src/modes.ts'], ['src/ports.ts']],
    [
      'adapters',
      ['src/adapters/', 'src/binding/', 'src/checks/', 'src/contract/', 'src/inputs/', 'src/report/'],
      ['src/ports.ts', 'src/github-port.ts'],
    ],
  ];

  test.each(LAYERS)('src/%s uses %j, and types of %j', (folder, all, types) => {
    const isWrong = ({ target, typeOnly }: Import): boolean =>
      target.startsWith('src/') &&
      !all.some((layer) => target.startsWith(layer)) &&
      !(typeOnly && types.includes(target));
    expect(offences(inFolder(folder), isWrong)).toEqual([]);
  });

  test('the table of modes is data for all of them, and needs none', () => {
    const modes = SOURCES.filter(({ path }) => path === 'src/modes.ts');
    expect(modes).toHaveLength(1);
    expect(offences(modes, ({ typeOnly }) => !typeOnly)).toEqual([]);
  });

  test('no file imports itself by way of others', () => {
    const edges = new Map(
      SOURCES.map(({ path, imports }) => [
        path,
        imports.filter(({ typeOnly }) => !typeOnly).map(({ target }) => target),
      ]),
    );
    expect(cycles(edges)).toEqual([]);
  });
});

/** Each cycle once, as a chain of files. */
function cycles(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' > '));
    else if (!done.has(path)) {
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    }
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

describe('size', () => {
  test(`no file has more than ${MOST_LINES} lines`, () => {
    const long = SOURCES.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
    expect(long.filter(({ lines }) => lines > MOST_LINES)).toEqual([]);
  });

  test(`no function has more than ${MOST_FUNCTION_LINES} lines`, () => {
    const long = SOURCES.flatMap(({ path, functions }) =>
      functions
        .filter(({ lines }) => lines > MOST_FUNCTION_LINES)
        .map(({ name, lines }) => `${path} ${name}: ${lines}`),
    );
    expect(long).toEqual([]);
  });
});

test('every exported name is used in another file', () => {
  const used = new Set(
    [...SOURCES, ...OUTSIDE].flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => target !== path)
        .flatMap(({ target, names }) => names.map((name) => `${target} ${name}`)),
    ),
  );
  const isUsed = ({ path, text }: Source, { name, isType }: Export): boolean =>
    used.has(`${path} ${name}`) ||
    used.has(`${path} *`) ||
    (isType && [...text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1);
  const unused = SOURCES.flatMap((source) =>
    source.exports.filter((one) => !isUsed(source, one)).map(({ name }) => `${source.path} ${name}`),
  );
  expect(unused).toEqual([]);
});

describe('what is written', () => {
  const texts = ALL.filter((path) => !/\.(png|svg|gif|ico|gz|tgz)$/.test(path)).map((path) => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }));
  const lines = (pattern: RegExp, of = texts): readonly string[] =>
    of.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
    );
  const own = texts.filter(({ path }) => path !== relative(ROOT, fileURLToPath(import.meta.url)));

  test('nothing is left to do', () => {
    expect(lines(/\b(TODO|FIXME|XXX|HACK)\b/, own)).toEqual([]);
  });

  test('no path of the machine it was written on', () => {
    expect(lines(/(^|[^\w/.\\])\/(work|tmp|root|home\/(?!runner\/|me\/))\b\//, own)).toEqual([]);
  });

  test('no package registry but the one that the tools know', () => {
    expect(lines(/"resolved":|^registry\s*=|:registry\s*=|\bindex-url\b|\bGOPROXY\b|\/\/registry\./, own)).toEqual([]);
  });

  test('no rule of the compiler is switched off', () => {
    expect(lines(/@ts-(ignore|nocheck|expect-error)/, own)).toEqual([]);
  });
});
