import type { InfrastructureFact, OpenshiftFact } from '../binding/facts.js';
import { cleanName } from '../binding/name.js';
import { type Observed, present } from '../binding/observed.js';
import { dig, itemsOf } from './gitops-json.js';
import type { KubeApi } from './kube-api.js';
import { text } from './kubernetes-object.js';

const GROUP = '/apis/config.openshift.io/v1';

/** OpenShift's own word on its API server; absent where the group is not served, which every identity may ask. */
export async function readOpenshift(api: KubeApi): Promise<Observed<OpenshiftFact>> {
  const served = await api.get(GROUP);
  if (served.state !== 'present') return served;
  const [infrastructure, apiServer] = await Promise.all([
    api.get(`${GROUP}/infrastructures/cluster`),
    api.get(`${GROUP}/apiservers/cluster`),
  ]);
  return present({
    infrastructure:
      infrastructure.state === 'present' ? present(infrastructureOf(infrastructure.value)) : infrastructure,
    namedCertificates: apiServer.state === 'present' ? present(namesOf(apiServer.value)) : apiServer,
  });
}

function infrastructureOf(object: unknown): InfrastructureFact {
  return {
    apiServerUrl: cleanName(text(dig(object, 'status', 'apiServerURL'))),
    internalUrl: cleanName(text(dig(object, 'status', 'apiServerInternalURI'))),
  };
}

function namesOf(object: unknown): readonly (readonly string[])[] {
  const named = itemsOf(dig(object, 'spec', 'servingCerts', 'namedCertificates'));
  return named.map((certificate) => itemsOf(dig(certificate, 'names')).map((name) => cleanName(text(name))));
}
