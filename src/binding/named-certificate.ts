import { hostnameOf } from './host.js';
import { valueOf } from './observed.js';
import type { Survey } from './survey.js';

/**
 * Whether OpenShift serves a named certificate at the host that Vault is given: ConfigMap kube-root-ca.crt covers the
 * cluster's own certificates and never those. Undefined where it cannot be told.
 */
export function servesNamed({ facts, kubernetesHost }: Survey): boolean | undefined {
  const openshift = facts.cluster.openshift === undefined ? undefined : valueOf(facts.cluster.openshift);
  const named = openshift === undefined ? undefined : valueOf(openshift.namedCertificates);
  const host = hostnameOf(kubernetesHost);
  return named?.some((names) => names.length === 0 || names.some((name) => covers(name.toLowerCase(), host)));
}

/** As TLS does: `*` stands for one whole label at the left. */
function covers(name: string, host: string): boolean {
  return (
    name === host || (name.startsWith('*.') && host.slice(host.indexOf('.')) === name.slice(1) && host.includes('.'))
  );
}
