import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionResult } from '../../sandbox/github.js';

const MASK = /^::add-mask::.*$/gm;

/** Everything that a run leaves where somebody may read it; `GITHUB_STATE` aside, which holds our own tokens. */
export function surfaces(result: ActionResult, name: string): Readonly<Record<string, string>> {
  const { stdout, stderr, log, summary, outputs, exported, annotations, groups, otherCommands, argv, files } = result;
  const texts = {
    stdout: stdout.replace(MASK, ''),
    stderr,
    log,
    summary,
    outputs: lines(Object.entries(outputs).flat()),
    GITHUB_ENV: lines(Object.entries(exported).flat()),
    annotations: lines(annotations.flatMap(({ title, message }) => [title, message])),
    groups: lines(groups),
    commands: lines(otherCommands),
    argv: lines(argv),
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`file ${path}`, lines([path, text])])),
    ...commandFiles(result.dir),
  };
  return Object.fromEntries(Object.entries(texts).map(([surface, text]) => [`${name}: ${surface}`, text]));
}

function lines(texts: readonly string[]): string {
  return texts.join('\n');
}

/** The files as they are on disk, in case that something was written which the runner would not read. */
function commandFiles(dir: string): Record<string, string> {
  const root = join(dir, 'commands');
  if (!existsSync(root)) return {};
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => !name.endsWith('/state'));
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(root, name)).isFile())
      .map((name) => [`command file ${name}`, readFileSync(join(root, name), 'latin1')]),
  );
}
