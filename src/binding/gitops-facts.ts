import type { SecretRow } from './facts.js';
import type { ForeignText } from './foreign.js';
import type { ObjectRef } from './intent.js';
import type { Observed } from './observed.js';

/** A condition of a custom resource; its message is foreign. */
export interface ConditionFact {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: ForeignText;
  /** Unix ms; undefined when missing or unparsable. */
  readonly changedAt?: number;
  readonly observedGeneration?: number;
}

export interface ArgoInstanceFact {
  readonly ref: ObjectRef;
  readonly phase: string;
  /** Component name -> its status, e.g. `applicationSetController` -> `Running`. */
  readonly components: Readonly<Record<string, string>>;
}

export interface ApplicationSetFact {
  readonly ref: ObjectRef;
  readonly conditions: readonly ConditionFact[];
  readonly generation: number;
}

export interface ApplicationFact {
  readonly ref: ObjectRef;
  /** Name of the ApplicationSet that owns it; empty when none. */
  readonly owner: string;
  readonly repoUrls: readonly ForeignText[];
  readonly sync: string;
  readonly health: string;
  readonly operationPhase: string;
  readonly operationMessage: ForeignText;
  readonly conditions: readonly ConditionFact[];
  /** Unix ms. */
  readonly reconciledAt?: number;
  /** How often the running operation was tried again. */
  readonly retries?: number;
  /** What the last operation could not apply, a few of it. */
  readonly failures?: readonly FailedApply[];
  readonly deleting?: boolean;
  /** Whether its source was changed since it was compared last. */
  readonly outdated?: boolean;
}

/** A resource that Argo CD could not apply. */
export interface FailedApply {
  readonly kind: string;
  readonly name: string;
  readonly message: ForeignText;
}

/** A VCO or VSO custom resource, as far as its state tells. */
export interface ResourceFact {
  readonly kind: string;
  readonly ref: ObjectRef;
  readonly generation: number;
  readonly conditions: readonly ConditionFact[];
  readonly deleting: boolean;
  /** VCO: the auth mount it logs in through; empty when it says none. */
  readonly authPath: string;
  /** Whether its operator has to act before it can go. */
  readonly finalized: boolean;
  /** VSO: `status.lastGeneration`; undefined when absent. */
  readonly lastGeneration?: number;
  /** VSO: `status.valid`; undefined when absent. */
  readonly valid?: boolean;
  /** VSO VaultStaticSecret: the Secret it should make. */
  readonly destination?: ObjectRef;
  /** VSO: that Secret as its spec describes it. */
  readonly makes?: DestinationFact;
  /** VSO: the VaultAuth it logs in by; undefined when it leaves that to the operator. */
  readonly authRef?: ObjectRef;
  /** VSO VaultAuth: how its users log in. */
  readonly login?: VaultLoginFact;
  /** VSO VaultStaticSecret: where it reads. */
  readonly source?: KvSource;
  /** VCO: the path in Vault that it keeps, where we know how it is computed. */
  readonly target?: string;
  /** VCO: the ServiceAccount of its namespace that it logs in as, and the role. */
  readonly account?: string;
  readonly role?: string;
  readonly createdAt?: number;
}

export interface DestinationFact {
  /** Whether it makes the Secret, or only fills one that is there. */
  readonly create: boolean;
  /** Empty when it says none. */
  readonly type: string;
}

/** What a VaultAuth says; empty where it leaves it to another object or to the default. */
export interface VaultLoginFact {
  readonly method: string;
  readonly mount: string;
  readonly namespace: string;
  readonly role: string;
  readonly serviceAccount: string;
  readonly audiences: readonly string[];
  readonly allowedNamespaces: readonly string[];
  readonly connection?: ObjectRef;
  /** Whether another object may fill in what is empty here. */
  readonly inherits: boolean;
}

/** Where a static secret is read. */
export interface KvSource {
  readonly mount: string;
  /** The API path, `data/` put in for kv-v2. */
  readonly path: string;
  /** Vault namespace of its own; empty = that of the login. */
  readonly namespace: string;
}

/** The Lease that an operator renews every few seconds while it runs. */
export interface HeartbeatFact {
  /** Unix ms. */
  readonly renewedAt: number;
}

export interface Heartbeats {
  readonly vco: Observed<HeartbeatFact>;
  readonly vso: Observed<HeartbeatFact>;
}

/** What was seen of the GitOps side. */
export interface GitopsFacts {
  readonly argocd: Observed<readonly ArgoInstanceFact[]>;
  readonly applicationSets: Observed<readonly ApplicationSetFact[]>;
  readonly applications: Observed<readonly ApplicationFact[]>;
  readonly vco: Observed<readonly ResourceFact[]>;
  readonly vso: Observed<readonly ResourceFact[]>;
  /** `namespace/name` -> its row. */
  readonly secrets: Readonly<Record<string, Observed<SecretRow>>>;
  readonly heartbeats?: Heartbeats;
}
