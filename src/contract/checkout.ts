import type { Observed } from '../binding/observed.js';
import type { Yaml, YamlFile } from './yaml.js';

/** A checkout of one of the two repositories. Paths are relative to its root; what a link leads out of it is not read. */
export interface CheckoutPort {
  text(path: string): Observed<string>;
  yaml(path: string): Observed<YamlFile>;
  /** A text as YAML, e.g. a rendered template. */
  parse(text: string): YamlFile;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): readonly string[];
  /** Whether git has it in a commit or may have it: only false is sure. */
  isTracked(path: string): boolean;
  /** What breaks a JSON schema of the repository; `absent` when it has no such schema. */
  conforms(schema: string, document: Yaml): Observed<readonly SchemaFault[]>;
}

/** One rule of a JSON schema that a document breaks. */
export interface SchemaFault {
  readonly path: readonly (string | number)[];
  /** Continues a sentence that begins with the path, e.g. `must be one of local, prod`. */
  readonly expected: string;
}
