import { BindError, problem } from './binding/errors.js';
import { absent, present } from './binding/observed.js';
import type { ClusterPort } from './ports.js';

/** A cluster that is gone: nothing of it is there, and all that is known is the UID its mark must carry. */
export function noCluster(uid: string): ClusterPort {
  const nothing = async (): Promise<typeof absent> => absent;
  const never = async (): Promise<never> => {
    throw new BindError(
      problem('INTERNAL', 'a cluster that is gone was written to', 'Report it with the report file.'),
    );
  };
  return {
    server: '',
    skipsTlsVerify: false,
    skewSeconds: () => undefined,
    identity: async () => present({ uid }),
    namespace: nothing,
    createNamespace: never,
    rootCa: nothing,
    serviceAccount: nothing,
    createServiceAccount: never,
    annotateServiceAccount: never,
    deleteServiceAccount: never,
    delegator: async (preferred) => ({ given: absent, free: preferred }),
    createDelegator: never,
    deleteDelegator: never,
    secretRow: nothing,
    createAnchor: never,
    annotateAnchor: never,
    deleteAnchor: never,
    mintToken: never,
    missingGrants: async () => present([]),
    lease: nothing,
    takeLease: never,
    releaseLease: never,
    secondWriters: async () => present([]),
    openshift: nothing,
    argocdInstances: nothing,
    applicationSets: nothing,
    applications: nothing,
    vcoResources: nothing,
    vsoResources: nothing,
    heartbeats: async () => ({ vco: absent, vso: absent }),
    close: () => undefined,
  };
}
