import type { SecondWriter } from '../binding/facts.js';
import { cleanName } from '../binding/name.js';
import { type Observed, present } from '../binding/observed.js';
import { otherVersions } from './gitops-kind.js';
import type { KubeApi } from './kube-api.js';
import { at, text } from './kubernetes-object.js';

const GROUP = 'redhatcop.redhat.io';
const KNOWN = 'v1alpha1';

/** vault-config-operator's resources whose Vault path is this mount or its config; a missing CRD means none. */
export async function secondWriters(api: KubeApi, mount: string): Promise<Observed<readonly SecondWriter[]>> {
  const others = otherVersions(api, GROUP, [KNOWN]);
  const writers = (
    plural: string,
    kind: SecondWriter['kind'],
  ): Promise<Observed<readonly (SecondWriter | undefined)[]>> =>
    inAnyVersion(api, plural, others, (object) => writerOf(kind, object, mount));
  const [configs, mounts] = await Promise.all([
    writers('kubernetesauthengineconfigs', 'KubernetesAuthEngineConfig'),
    writers('authenginemounts', 'AuthEngineMount'),
  ]);
  const found: SecondWriter[] = [];
  for (const list of [configs, mounts]) {
    if (list.state === 'unreadable') return list;
    if (list.state === 'present') found.push(...list.value.filter((writer) => writer !== undefined));
  }
  return present(found);
}

/** A newer operator may have left the version we know: its resources write all the same. */
async function inAnyVersion<T>(
  api: KubeApi,
  plural: string,
  others: Promise<Observed<readonly string[]>>,
  keep: (object: unknown) => T,
): Promise<Observed<readonly T[]>> {
  const seen = await api.list(`/apis/${GROUP}/${KNOWN}/${plural}`, keep);
  if (seen.state !== 'absent') return seen;
  const versions = await others;
  if (versions.state !== 'present') return versions;
  for (const version of versions.value) {
    const found = await api.list(`/apis/${GROUP}/${version}/${plural}`, keep);
    if (found.state !== 'absent') return found;
  }
  return seen;
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
