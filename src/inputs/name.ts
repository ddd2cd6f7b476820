import type { ObjectRef } from '../binding/intent.js';
import { isMountPath } from '../binding/mount-path.js';
import { cleanName, isNamespaceName, isObjectName } from '../binding/name.js';
import type { Reader } from './reader.js';

const MOST_NAME = 128;

/** A word that goes into names on both sides: a DNS label of at most 40 characters. */
export function readLabel(reader: Reader, id: string): string {
  const { text, source } = reader.value(id);
  if (text === '') return '';
  if (isNamespaceName(text) && text.length <= 40) return text;
  const seen = `${source} is ${cleanName(text)}, which is no name of lower-case letters, digits and hyphens`;
  reader.fail('INPUT_INVALID', seen, `Set ${source} to a name such as prodtest.`);
  return '';
}

export function readMount(reader: Reader): string {
  const { text, source } = reader.value('mount');
  const path = reader.fill(text, source).replace(/\/+$/, '');
  if (isMountPath(path)) return path;
  const bare = path.replace(/^\/*auth\//, '');
  const hint = isMountPath(bare)
    ? `Write it without auth/: ${bare}.`
    : 'Set mount to a path such as kubernetes-prodtest.';
  reader.fail('INPUT_INVALID', `${source} is ${cleanName(path)}, which cannot be an auth mount`, hint);
  return '';
}

export function readNamespace(reader: Reader, id: string): string {
  return named(reader, id, isNamespaceName, 'namespace');
}

export function readObjectName(reader: Reader, id: string): string {
  return named(reader, id, isObjectName, 'name of a ServiceAccount');
}

/** A role or policy of Vault, which lower-cases the names of policies itself. */
export function readVaultName(reader: Reader, id: string): string {
  return named(reader, id, (text) => text.length <= MOST_NAME && /^[a-z0-9][a-z0-9._-]*$/.test(text), 'name in Vault');
}

function named(reader: Reader, id: string, isValid: (text: string) => boolean, what: string): string {
  const { text, source } = reader.value(id);
  const name = reader.fill(text, source);
  if (isValid(name)) return name;
  const seen = `${source} is ${cleanName(name)}, which is no ${what}`;
  reader.fail('INPUT_INVALID', seen, `Set ${source} to lower-case letters, digits and hyphens.`);
  return '';
}

/** Lines of `namespace/name`. */
export function readRefs(reader: Reader, id: string): readonly ObjectRef[] {
  return reader.items(id).flatMap((item) => {
    const [namespace = '', name = '', ...rest] = reader.fill(item, id).split('/');
    if (rest.length === 0 && isNamespaceName(namespace) && isObjectName(name)) return [{ namespace, name }];
    reader.fail(
      'INPUT_INVALID',
      `${id} has ${cleanName(item)}, which is not namespace/name`,
      `Write ${id} as lines of namespace/name.`,
    );
    return [];
  });
}
