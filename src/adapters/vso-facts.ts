import type { DestinationFact, KvSource, VaultLoginFact } from '../binding/facts.js';
import type { ObjectRef } from '../binding/intent.js';
import { dig, itemsOf, nameOf } from './gitops-json.js';

/** What a vault-secrets-operator resource refers to: names and paths, never a value. */
export interface VsoReferences {
  readonly makes?: DestinationFact;
  readonly authRef?: ObjectRef;
  readonly login?: VaultLoginFact;
  readonly source?: KvSource;
}

export function vsoReferencesOf(kind: string, object: unknown, namespace: string): VsoReferences {
  if (kind === 'VaultAuth') return { login: loginOf(object, namespace) };
  if (kind === 'VaultConnection') return {};
  const authRef = referenceOf(dig(object, 'spec', 'vaultAuthRef'), namespace);
  const source = kind === 'VaultStaticSecret' ? sourceOf(object) : undefined;
  return {
    ...(authRef === undefined ? {} : { authRef }),
    ...(source === undefined ? {} : { source }),
    makes: {
      create: dig(object, 'spec', 'destination', 'create') === true,
      type: nameOf(dig(object, 'spec', 'destination', 'type')),
    },
  };
}

function loginOf(object: unknown, namespace: string): VaultLoginFact {
  const spec = dig(object, 'spec');
  const method = nameOf(dig(spec, 'method'));
  const account = method === 'jwt' ? dig(spec, 'jwt') : dig(spec, 'kubernetes');
  const connection = referenceOf(dig(spec, 'vaultConnectionRef'), namespace);
  return {
    method,
    mount: trimmed(nameOf(dig(spec, 'mount'))),
    namespace: trimmed(nameOf(dig(spec, 'namespace'))),
    role: nameOf(dig(account, 'role')),
    serviceAccount: nameOf(dig(account, 'serviceAccount')),
    audiences: itemsOf(dig(account, 'audiences')).map(nameOf),
    allowedNamespaces: itemsOf(dig(spec, 'allowedNamespaces')).map(nameOf),
    inherits: dig(spec, 'vaultAuthGlobalRef') !== undefined,
    ...(connection === undefined ? {} : { connection }),
  };
}

function sourceOf(object: unknown): KvSource | undefined {
  const mount = trimmed(nameOf(dig(object, 'spec', 'mount')));
  const path = trimmed(nameOf(dig(object, 'spec', 'path')));
  if (mount === '' || path === '') return undefined;
  const inserted = dig(object, 'spec', 'type') === 'kv-v1' ? '' : 'data/';
  return { mount, path: `${mount}/${inserted}${path}`, namespace: trimmed(nameOf(dig(object, 'spec', 'namespace'))) };
}

/** `name` in the same namespace, or `namespace/name`. */
function referenceOf(value: unknown, namespace: string): ObjectRef | undefined {
  const parts = nameOf(value).split('/');
  const [first = '', second] = parts;
  if (first === '' || parts.length > 2) return undefined;
  return second === undefined ? { namespace, name: first } : { namespace: first, name: second };
}

function trimmed(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
