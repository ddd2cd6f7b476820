import type { OpenshiftFact } from '../binding/facts.js';
import { canonicalHost, hostnameOf } from '../binding/host.js';
import { servesNamed } from '../binding/named-certificate.js';
import { type Observed, valueOf } from '../binding/observed.js';
import { type BindingRow, type BindingView, type Finding, green, red, unknown } from './binding.js';

/** Rows about what OpenShift says of its own API server; on plain Kubernetes they are skipped. */
export const OPENSHIFT_ROWS: readonly BindingRow[] = [
  {
    id: 'openshift.api-url',
    description: "Vault is given the API server URL of OpenShift's infrastructure",
    severity: 'warning',
    evaluate: (view) =>
      onOpenshift(view, 'infrastructure', ({ apiServerUrl, internalUrl }) => apiUrl(view, apiServerUrl, internalUrl)),
  },
  {
    id: 'openshift.serving-certificate',
    description: "the CA covers the certificate that OpenShift serves at Vault's host",
    severity: 'error',
    evaluate: (view) => onOpenshift(view, 'namedCertificates', () => servingCertificate(view)),
  },
];

type Half = keyof OpenshiftFact;
type ValueOf<K extends Half> = OpenshiftFact[K] extends Observed<infer T> ? T : never;

/** What cannot be read here is a warning: no other row needs it, and the right to it is optional. */
function onOpenshift<K extends Half>({ survey }: BindingView, half: K, judge: (value: ValueOf<K>) => Finding): Finding {
  const { openshift } = survey.facts.cluster;
  if (openshift === undefined || openshift.state === 'absent')
    return { state: 'skipped', detail: 'this is no OpenShift: config.openshift.io is not served', hint: '' };
  const seen = openshift.state === 'present' ? openshift.value[half] : openshift;
  if (seen.state === 'unreadable') return { ...unknown(seen.problem), severity: 'warning' };
  if (seen.state === 'absent')
    return { state: 'skipped', detail: 'config.openshift.io is served, and its object cluster is not there', hint: '' };
  return judge(seen.value as ValueOf<K>);
}

function apiUrl({ survey }: BindingView, external: string, internal: string): Finding {
  const host = survey.config?.kubernetesHost ?? survey.kubernetesHost;
  if (canonicalHost(external) === canonicalHost(host)) return green(external);
  const isInternal = internal !== '' && canonicalHost(internal) === canonicalHost(host);
  const why = isInternal ? ", the name for the cluster's own network" : '';
  return red(
    `Vault is given ${host}${why}; the infrastructure says ${external || 'nothing'}`,
    `Set kubernetes-host to ${external || 'the external URL of the API server'}, unless Vault reaches the other one for certain.`,
  );
}

/** Judged by a handshake with the bundle that counts: the stored one, or the one to be written where there is none. */
function servingCertificate({ survey }: BindingView): Finding {
  const { facts, kubernetesHost } = survey;
  const name = hostnameOf(kubernetesHost);
  if (!servesNamed(survey)) return green(`no named certificate at ${name}`);
  const dials = [valueOf(facts.storedDial), valueOf(facts.desiredDial)];
  if (dials.some((dial) => dial?.outcome === 'verified'))
    return green(`a named certificate at ${name}, which is covered`);
  const refused = dials.find((dial) => dial?.outcome === 'untrusted');
  if (refused === undefined) {
    return {
      state: 'unknown',
      detail: `a named certificate at ${name}, which cannot be dialled from here`,
      hint: 'Run where the API server can be reached.',
      severity: 'warning',
    };
  }
  const issuer = refused.issuer === '' ? 'its issuer' : `its issuer "${refused.issuer}"`;
  return red(
    `OpenShift serves a named certificate at ${name}, which kube-root-ca.crt does not cover (${refused.reason})`,
    `Set kubernetes-ca-certificate to the certificate of ${issuer}, or kubernetes-host to the URL with the cluster's own certificate.`,
    'LOGIN_CA',
  );
}
