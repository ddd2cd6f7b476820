/** A workflow command as the runner reads it from a line of stdout or stderr. */
export interface Command {
  /** Lower case. */
  readonly name: string;
  readonly properties: Record<string, string>;
  readonly data: string;
}

const REGISTERED = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'internal-set-repo-path',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

const DATA: [string, string][] = [
  ['%0D', '\r'],
  ['%0A', '\n'],
];
const PROPERTY: [string, string][] = [...DATA, ['%3A', ':'], ['%2C', ',']];
const LEGACY: [string, string][] = [...DATA, ['%3B', ';'], ['%5D', ']']];

function unescape(text: string, mapping: [string, string][]): string {
  // `%25` last, or `%250A` would become a line break.
  return [...mapping, ['%25', '%'] as [string, string]].reduce(
    (result, [from, to]) => result.replaceAll(from, to),
    text,
  );
}

function build(
  info: string,
  data: string,
  separator: string,
  escapes: [string, string][],
  stopToken: string | null,
): Command | null {
  const space = info.indexOf(' ');
  const name = (space < 0 ? info : info.slice(0, space)).toLowerCase();
  if (!REGISTERED.has(name) && name !== stopToken?.toLowerCase()) return null;
  const properties: Record<string, string> = {};
  for (const pair of space < 0
    ? []
    : info
        .slice(space + 1)
        .trim()
        .split(separator)) {
    const equals = pair.indexOf('=');
    if (equals > 0) properties[pair.slice(0, equals).trim()] = unescape(pair.slice(equals + 1), escapes);
  }
  return { name, properties, data };
}

/**
 * Finds the command in a line: `::name k=v::data` after leading white space, or the old `##[name k=v]data` anywhere in it.
 * `stopToken` is what ends a `stop-commands` now in force.
 */
export function parseCommand(line: string, stopToken: string | null = null): Command | null {
  const text = line.trimStart();
  const end = text.startsWith('::') ? text.indexOf('::', 2) : -1;
  if (end >= 0) {
    const command = build(text.slice(2, end), unescape(text.slice(end + 2), DATA), ',', PROPERTY, stopToken);
    if (command !== null) return command;
  }
  const start = line.indexOf('##[');
  const close = start < 0 ? -1 : line.indexOf(']', start);
  if (close < 0) return null;
  return build(line.slice(start + 3, close), unescape(line.slice(close + 1), LEGACY), ';', LEGACY, stopToken);
}
