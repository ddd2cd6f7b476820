import type { Observed } from './observed.js';

/** What OpenShift says of its own API server; each half may be forbidden by itself. */
export interface OpenshiftFact {
  readonly infrastructure: Observed<InfrastructureFact>;
  /** Names of each certificate that is served in place of the cluster's own; none = those within the certificate. */
  readonly namedCertificates: Observed<readonly (readonly string[])[]>;
}

export interface InfrastructureFact {
  readonly apiServerUrl: string;
  /** The name that is resolved within the cluster's network alone. */
  readonly internalUrl: string;
}
