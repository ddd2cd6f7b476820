import type { SecondWriter } from '../binding/facts.js';
import { cleanName } from '../binding/name.js';
import { type Observed, present } from '../binding/observed.js';
import type { KubeApi } from './kube-api.js';
import { at, text } from './kubernetes-object.js';

const GROUP = '/apis/redhatcop.redhat.io/v1alpha1';

/** vault-config-operator's resources whose Vault path is this mount or its config; a missing CRD means none. */
export async function secondWriters(api: KubeApi, mount: string): Promise<Observed<readonly SecondWriter[]>> {
  const [configs, mounts] = await Promise.all([
    api.list(`${GROUP}/kubernetesauthengineconfigs`, (object) => writerOf('KubernetesAuthEngineConfig', object, mount)),
    api.list(`${GROUP}/authenginemounts`, (object) => writerOf('AuthEngineMount', object, mount)),
  ]);
  const found: SecondWriter[] = [];
  for (const list of [configs, mounts]) {
    if (list.state === 'unreadable') return list;
    if (list.state === 'present') found.push(...list.value.filter((writer) => writer !== undefined));
  }
  return present(found);
}

/** The path as the operator computes it: `spec.path` then the name, doubled slashes folded. */
function writerOf(kind: SecondWriter['kind'], object: unknown, mount: string): SecondWriter | undefined {
  const name = text(at(object, 'spec', 'name')) || text(at(object, 'metadata', 'name'));
  const below = clean(`${text(at(object, 'spec', 'path'))}/${name}`);
  if (below !== mount) return undefined;
  const reviewed =
    at(object, 'spec', 'tokenReviewerServiceAccount') !== undefined &&
    text(at(object, 'spec', 'kubernetesHost')) !== '';
  return {
    kind,
    ref: {
      namespace: cleanName(text(at(object, 'metadata', 'namespace'))),
      name: cleanName(text(at(object, 'metadata', 'name'))),
    },
    path: kind === 'AuthEngineMount' ? `sys/auth/${below}` : `auth/${below}/config`,
    harmless: kind === 'KubernetesAuthEngineConfig' && reviewed,
  };
}

function clean(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
