import type { CheckoutPort } from './checkout.js';
import { CouldNotTell, type Place, type RepoName } from './ledger.js';
import { lineOf, type Yaml, type YamlFaultKind, type YamlFile } from './yaml.js';

const FAULTS: Readonly<Record<YamlFaultKind, string>> = {
  syntax: 'is not YAML',
  tab: 'has a tab where YAML wants blanks',
  'duplicate-key': 'says the same key twice',
  alias: 'has an alias that stands for nothing or for too much',
  'too-large': 'is too large',
};

/** Text with more characters than this is no script, template or document that a person keeps. */
const MOST_CHARACTERS = 400_000;
const MOST_LINE = 2000;

/** One of the two checkouts; what it cannot read it says by CouldNotTell. */
export class Repo {
  readonly name: RepoName;
  readonly #port: CheckoutPort;

  constructor(name: RepoName, port: CheckoutPort) {
    this.name = name;
    this.#port = port;
  }

  has(path: string): boolean {
    return this.#port.text(path).state !== 'absent';
  }

  text(path: string): string {
    const read = this.#port.text(path);
    if (read.state === 'absent') throw new CouldNotTell(`${path} is not there`);
    if (read.state === 'unreadable') throw new CouldNotTell(read.problem.message);
    if (read.value.includes('\u0000')) throw new CouldNotTell(`${path} is no text`);
    if (read.value.length > MOST_CHARACTERS) throw new CouldNotTell(`${path} is larger than any that is kept by hand`);
    return read.value;
  }

  /** Lines as far as anyone reads them: patterns are tried on them, and their time must stay short. */
  lines(path: string): readonly string[] {
    return this.text(path)
      .split('\n')
      .map((line) => line.slice(0, MOST_LINE));
  }

  /** The one document of a file. */
  yaml(path: string): Yaml {
    const read = this.#port.yaml(path);
    if (read.state === 'absent') throw new CouldNotTell(`${path} is not there`);
    if (read.state === 'unreadable') throw new CouldNotTell(read.problem.message);
    const [first] = sound(read.value, path);
    if (!first) throw new CouldNotTell(`${path} is empty`);
    return first;
  }

  /** Documents of a text that was rendered from `path`. */
  parse(text: string, path: string): readonly Yaml[] {
    return sound(this.#port.parse(text), `${path}, as it is rendered,`);
  }

  list(folder: string): readonly string[] {
    return this.#port.list(folder);
  }

  at(file: string, line: number): Place {
    return { repo: this.name, file, line };
  }

  /** The place of a key, or else of the deepest part of its path that is there. */
  place(file: string, root: Yaml, ...path: readonly (string | number)[]): Place {
    return this.at(file, lineOf(root, ...path));
  }
}

function sound({ documents, faults }: YamlFile, what: string): readonly Yaml[] {
  const [fault] = faults;
  if (fault) throw new CouldNotTell(`${what} ${FAULTS[fault.kind]}, line ${fault.line}`);
  return documents;
}
