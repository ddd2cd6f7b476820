import { type Fields, isFields, type KubeObject, same } from './object.ts';
import { badRequest, patchFailed, unsupportedMedia } from './refusal.ts';

const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const STEPS = 'application/json-patch+json';

function merge(target: unknown, change: unknown): unknown {
  if (!isFields(change)) return change;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function parentOf(root: unknown, pointer: string): { parent: Fields | unknown[]; key: string } {
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = parts.pop() ?? '';
  const parent = parts.reduce<unknown>((node, part) => (node as Fields | undefined)?.[part], root);
  if (!isFields(parent) && !Array.isArray(parent)) throw patchFailed();
  return { parent, key };
}

function step(root: unknown, one: Fields): void {
  const { parent, key } = parentOf(root, String(one['path'] ?? ''));
  const held = (parent as Fields)[key];
  const { op, value } = one;
  if (op === 'test' && !same(held, value)) throw patchFailed();
  if ((op === 'replace' || op === 'remove') && held === undefined) throw patchFailed();
  if (op === 'test') return;
  if (Array.isArray(parent)) {
    const at = key === '-' ? parent.length : Number(key);
    parent.splice(at, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [value]));
  } else if (op === 'remove') delete parent[key];
  else parent[key] = value;
}

/** `before` after a merge patch or a JSON patch; a strategic one is merged too, which is the same where no list is touched. @throws Refusal 400, 415, 422 */
export function patched(contentType: string, before: KubeObject, body: string, isCustom: boolean): Fields {
  const type = (contentType.split(';')[0] ?? '').trim();
  if (![MERGE, STRATEGIC, STEPS].includes(type) || (type === STRATEGIC && isCustom)) {
    const types = [STEPS, MERGE, ...(isCustom ? [] : [STRATEGIC]), 'application/apply-patch+yaml'].join(', ');
    throw unsupportedMedia(`the body of the request was in an unknown format - accepted media types include: ${types}`);
  }
  let change: unknown;
  try {
    change = JSON.parse(body);
  } catch {
    throw badRequest('error decoding patch: invalid character');
  }
  const copy = structuredClone(before) as unknown as Fields;
  if (type !== STEPS) return merge(copy, change) as Fields;
  if (!Array.isArray(change)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value');
  for (const one of change as Fields[]) step(copy, one);
  return copy;
}
