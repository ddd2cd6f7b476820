import type { FleetIntent } from '../binding/intent.js';
import { cleanName } from '../binding/name.js';
import { isGlob } from '../contract/selection.js';
import { readLabel } from './name.js';
import type { Reader } from './reader.js';
import { readRepositories } from './repository.js';
import { INPUTS } from './row.js';

const READ = [
  'mode',
  'env',
  'cluster',
  'clusters-path',
  'mount',
  'timeout',
  'hide-names',
  'reports-path',
  'report-path',
];
const TIMEOUT_SECONDS = 600;

/** The inputs of mode `fleet`; one that it would not look at is refused. */
export function readFleet(reader: Reader): FleetIntent {
  const env = readLabel(reader, 'env');
  const { clustersPath } = readRepositories(reader);
  if (!reader.isGiven('clusters-path'))
    reader.fail(
      'INPUT_MISSING',
      'clusters-path is not set',
      'Set clusters-path to a checkout of the clusters repository.',
    );
  for (const { id } of INPUTS.filter((row) => !READ.includes(row.id) && reader.isInput(row.id)))
    reader.fail(
      'INPUT_CONFLICT',
      `mode fleet does not look at ${id}`,
      'Leave it out: it belongs to the jobs of the fleet.',
    );
  return {
    mode: 'fleet',
    env,
    clusters: readGlobs(reader),
    clustersPath: clustersPath ?? '',
    mount: readTemplate(reader),
    timeoutSeconds: reader.seconds('timeout', 10, 43_200, 'from 10s to 12h') ?? TIMEOUT_SECONDS,
    hideNames: reader.boolean('hide-names'),
    ...readPath(reader, 'reports-path', 'reportsPath'),
    ...readPath(reader, 'report-path', 'reportPath'),
  };
}

function readGlobs(reader: Reader): readonly string[] {
  const items = reader.isGiven('cluster') ? reader.items('cluster') : ['*'];
  for (const item of items.filter((text) => !isGlob(text))) {
    reader.fail(
      'INPUT_INVALID',
      `cluster has ${cleanName(item)}, which is neither a name nor a glob`,
      'Write names of lower-case letters, digits and hyphens; * is any number of characters, ? is one, ! in front leaves out.',
    );
  }
  return items.filter(isGlob);
}

/** Filled in for each cluster later; here only its placeholders are looked at. */
function readTemplate(reader: Reader): string {
  reader.define('env', '{env}');
  reader.define('cluster', '{cluster}');
  const { text, source } = reader.value('mount');
  return reader.fill(text, source);
}

function readPath<K extends string>(reader: Reader, id: string, key: K): Partial<Record<K, string>> {
  const path = reader.text(id);
  return path === '' ? {} : ({ [key]: path } as Record<K, string>);
}
