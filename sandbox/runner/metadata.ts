import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

interface ActionMetadata {
  inputs?: Record<string, { default?: unknown } | null>;
}

/** The inputs that `action.yml` declares, each with its default or the empty string. */
export function declaredInputs(actionYml: string): Record<string, string> {
  const { inputs = {} } = load(readFileSync(actionYml, 'utf8')) as ActionMetadata;
  return Object.fromEntries(Object.entries(inputs).map(([id, input]) => [id, String(input?.default ?? '')]));
}
