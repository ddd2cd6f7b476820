import type { ObjectRef } from '../binding/intent.js';

/** What the two repositories are held against. Undefined: the run was not told, and compares nothing with it. */
export interface ContractWanted {
  readonly env: string;
  readonly cluster: string;
  readonly mount: string;
  readonly vaultUrl?: string | undefined;
  readonly vaultNamespace?: string | undefined;
  /** Default: what name and base domain of cluster.yaml make of it. */
  readonly kubernetesHost?: string | undefined;
  readonly connectionRole: string;
  /** ServiceAccount vault-config-operator logs in as. */
  readonly connection: ObjectRef;
  readonly appNamespace: string;
  readonly gitopsRole: string;
  readonly gitopsPolicy: string;
  /** The folders of the checkouts as they were given: what findings begin with, so that GitHub finds their lines. */
  readonly paths: { readonly clusters?: string | undefined; readonly gitops?: string | undefined };
  /** Ids of rows that are shown as skipped. */
  readonly skipChecks?: readonly string[] | undefined;
}
