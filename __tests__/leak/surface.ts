import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionResult } from '../../sandbox/github.js';
import { parseCommand } from '../../sandbox/runner/command.js';

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

const OWN = ['add-mask', 'group', 'endgroup', 'warning', 'error', 'notice'];
const FORGING = /[^\P{C}\n]|[\u2028\u2029]/u;

/** Lines that the runner takes for a command that no action of ours gives, and texts that forge lines or hide in them. */
export function intrusions({ stdout, stderr, summary }: ActionResult): readonly string[] {
  const printed = [stdout, stderr].flatMap((text) => text.split('\n'));
  const commands = printed.filter((line) => !OWN.includes(parseCommand(line)?.name ?? 'group'));
  return [...commands, ...printed.filter((line) => FORGING.test(line)), ...(FORGING.test(summary) ? ['summary'] : [])];
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
