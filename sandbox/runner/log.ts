import { type Command, parseCommand } from './command.ts';

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
}

/** A step's log as the runner keeps it. */
export interface StepLog {
  /** What people see: commands rendered, mask registrations gone, masked values as `***`. */
  readonly text: string;
  readonly masks: readonly string[];
  readonly annotations: readonly Annotation[];
  /** Titles of the groups, in order. */
  readonly groups: readonly string[];
  /** Commands that act on the job and that an action of ours never writes: `set-env`, `add-path`, `set-output`, ... */
  readonly others: readonly string[];
}

/** Reads a step's lines one by one. */
export class LogReader {
  readonly #masks = new Set<string>();
  readonly #lines: string[] = [];
  readonly #annotations: Annotation[] = [];
  readonly #groups: string[] = [];
  readonly #others: string[] = [];
  #stopToken: string | null = null;

  constructor(secrets: readonly string[] = []) {
    for (const secret of secrets) this.#mask(secret);
  }

  #mask(value: string): void {
    for (const part of [value, ...value.split(/\r\n|\r|\n/).map((line) => line.trim())]) {
      if (part !== '') this.#masks.add(part);
    }
  }

  #print(line: string): void {
    const longestFirst = [...this.#masks].sort((one, other) => other.length - one.length);
    this.#lines.push(longestFirst.reduce((text, mask) => text.replaceAll(mask, '***'), line));
  }

  /** Takes one line, without its line break. */
  read(line: string): void {
    const command = parseCommand(line, this.#stopToken);
    if (this.#stopToken !== null) {
      if (command?.name === this.#stopToken.toLowerCase()) this.#stopToken = null;
      this.#print(line);
      return;
    }
    if (command === null) this.#print(line);
    else if (command.name === 'add-mask') this.#mask(command.data);
    else this.#act(command);
  }

  #act({ name, data, properties }: Command): void {
    if (name === 'stop-commands') this.#stopToken = data;
    else if (name === 'error' || name === 'warning' || name === 'notice') {
      this.#annotations.push({ level: name, title: properties['title'] ?? '', message: data });
    } else if (name === 'group') this.#groups.push(data);
    else if (name !== 'endgroup' && name !== 'debug') this.#others.push(name);
    this.#print(name === 'endgroup' ? '##[endgroup]' : `##[${name}]${data}`);
  }

  finish(): StepLog {
    return {
      text: this.#lines.join('\n'),
      masks: [...this.#masks],
      annotations: this.#annotations,
      groups: this.#groups,
      others: this.#others,
    };
  }
}
