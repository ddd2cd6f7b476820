import type { Problem } from './errors.js';
import type { ForeignText } from './foreign.js';
import type { GitopsFacts } from './gitops-facts.js';
import type { ObjectRef } from './intent.js';

import type { Observed } from './observed.js';
import type { OpenshiftFact } from './openshift-facts.js';

export type * from './gitops-facts.js';
export type * from './openshift-facts.js';

/** Which cluster this is: the UID of namespace `kube-system` survives everything but a recreation. */
export interface ClusterIdentity {
  readonly uid: string;
}

export interface NamespaceFact {
  readonly phase: string;
}

export interface ServiceAccountFact {
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether bind made it. */
  readonly managed: boolean;
}

/** A ClusterRoleBinding that gives the reviewer `system:auth-delegator`. */
export interface DelegatorFact {
  readonly name: string;
  /** Whether bind made it. */
  readonly managed: boolean;
}

/** One row of a Secret's Table: all that is ever known of a Secret. */
export interface SecretRow {
  readonly type: string;
  /** How many keys it holds. */
  readonly keys: number;
}

/** A permission on the Kubernetes API, as RBAC and SelfSubjectAccessReview spell it. */
export interface Grant {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** A permission in Vault: a path (without leading slash) and the capabilities it needs. */
export interface PathGrant {
  readonly path: string;
  readonly capabilities: readonly string[];
}

/** A VCO resource that writes our mount or its config. */
export interface SecondWriter {
  readonly kind: 'KubernetesAuthEngineConfig' | 'AuthEngineMount';
  readonly ref: ObjectRef;
  /** The Vault path it computes to. */
  readonly path: string;
  /** Whether what it writes would keep a working binding (host given and a reviewer ServiceAccount named). */
  readonly harmless: boolean;
}

export interface VaultHealth {
  readonly initialized: boolean;
  readonly sealed: boolean;
  /** Whether this node is a standby (forwards writes). */
  readonly standby: boolean;
  readonly version: string;
  readonly clusterId: string;
  /** False for the editions that take a namespace header and do not look at it. */
  readonly hasNamespaces: boolean;
  /** Server clock minus ours, from the `Date` header; undefined when absent. */
  readonly skewSeconds?: number;
}

export interface MountFact {
  /** e.g. `kubernetes`. */
  readonly type: string;
  readonly description: string;
  readonly accessor: string;
}

/** `auth/<mount>/config` as Vault shows it; the reviewer token is never shown. */
/** Host and CA that were written and proven last, as the reviewer remembers them. */
export type ProvenConfig = Pick<MountConfigFact, 'kubernetesHost' | 'kubernetesCaCert'>;

export interface MountConfigFact {
  readonly kubernetesHost: string;
  readonly kubernetesCaCert: string;
  readonly issuer: string;
  readonly pemKeys: readonly string[];
  readonly disableIssValidation: boolean;
  readonly disableLocalCaJwt: boolean;
  /** Undefined on servers that do not know it. */
  readonly useAnnotationsAsAliasMetadata?: boolean;
  /** Undefined on servers that do not tell. */
  readonly reviewerTokenSet?: boolean;
}

export interface RoleFact {
  readonly serviceAccountNames: readonly string[];
  readonly serviceAccountNamespaces: readonly string[];
  readonly namespaceSelector: string;
  readonly audience: string;
  readonly tokenPolicies: readonly string[];
  readonly tokenTtlSeconds: number;
  readonly tokenMaxTtlSeconds: number;
  readonly tokenBoundCidrs: readonly string[];
  readonly tokenNoDefaultPolicy: boolean;
  readonly tokenType: string;
}

export interface PolicyFact {
  readonly text: string;
}

/** How the Vault token of this run came to be. */
export interface LoginFact {
  readonly method: string;
  /** Whether we obtained it (and so revoke it). */
  readonly ours: boolean;
  readonly policies: readonly string[];
  /** Unix ms; undefined when it never expires or cannot be looked up. */
  readonly expiresAt?: number;
  readonly batch: boolean;
}

/** A TLS dial of the API server, trusting one bundle only. */
export interface DialFact {
  readonly outcome: 'verified' | 'untrusted' | 'unreachable';
  /** SHA-256 fingerprints of the presented chain, leaf first. */
  readonly chain: readonly string[];
  /** Common name of the last issuer presented, cleaned. */
  readonly issuer: string;
  /** Our word for why: `expired`, `unknown-issuer`, `wrong-name`, `refused`, `timeout`, `dns`, `reset`, `other`. */
  readonly reason: string;
}

/** The answer to Vault's own request, made from here. */
export type ReplayFact =
  | { readonly outcome: 'authenticated'; readonly username: string }
  | { readonly outcome: 'rejected-subject' }
  | { readonly outcome: 'unauthorized' }
  | { readonly outcome: 'forbidden' }
  | { readonly outcome: 'untrusted'; readonly reason: string }
  | { readonly outcome: 'unreachable'; readonly reason: string }
  | { readonly outcome: 'unusable'; readonly status: number };

/** A login through a Kubernetes auth mount as seen by the client. */
export type LoginOutcome =
  | {
      readonly outcome: 'accepted';
      readonly policies: readonly string[];
      readonly leaseSeconds: number;
      readonly revoked: boolean;
    }
  | { readonly outcome: 'refused'; readonly status: number; readonly text: ForeignText }
  | { readonly outcome: 'unreadable'; readonly problem: Problem };

/** The two anchor slots and the short-lived one of the proof. */
export type AnchorSlot = 'a' | 'b' | 'proof';

/** What is written on the reviewer ServiceAccount about one mount's reviewer token. */
export interface TokenRecord {
  readonly slot: 'a' | 'b';
  readonly anchorUid: string;
  /** Unix ms. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly run: string;
  /** `pending` between mint and proof; `live` after the proof. */
  readonly state: 'pending' | 'live';
}

export interface ClusterFacts {
  /** API server the credentials name. */
  readonly server: string;
  /** Whether the credentials skip TLS verification. */
  readonly skipsTlsVerify: boolean;
  readonly identity: Observed<ClusterIdentity>;
  /** API server's clock minus ours. */
  readonly skewSeconds?: number;
  readonly namespace: Observed<NamespaceFact>;
  /** `kube-root-ca.crt` of the reviewer namespace, or of `default` while that does not exist. */
  readonly rootCa: Observed<string>;
  readonly reviewer: Observed<ServiceAccountFact>;
  readonly probe: Observed<ServiceAccountFact>;
  readonly delegator: Observed<DelegatorFact>;
  /** Name of the binding that would be made. */
  readonly delegatorName: string;
  readonly anchors: Readonly<Record<AnchorSlot, Observed<SecretRow>>>;
  /** The incumbent script's never-expiring token Secret. */
  readonly legacyToken: Observed<SecretRow>;
  readonly secondWriters: Observed<readonly SecondWriter[]>;
  /** Whether VCO's ServiceAccount exists, so that a login as it can be proved. */
  readonly connection: Observed<ServiceAccountFact>;
  /** Absent on plain Kubernetes. */
  readonly openshift?: Observed<OpenshiftFact>;
}

export interface VaultFacts {
  readonly health: Observed<VaultHealth>;
  readonly login: Observed<LoginFact>;
  /** Every auth mount by path without trailing slash; decides `mount` and nesting. */
  readonly mounts: Observed<Readonly<Record<string, MountFact>>>;
  readonly mount: Observed<MountFact>;
  readonly config: Observed<MountConfigFact>;
  readonly connectionRole: Observed<RoleFact>;
  readonly probeRole: Observed<RoleFact>;
  readonly basePolicy: Observed<PolicyFact>;
  readonly mountPolicy: Observed<PolicyFact>;
  /** The role that vault-secrets-operator logs in with, and its policy; looked at for the checklist alone. */
  readonly gitopsRole?: Observed<RoleFact>;
  readonly gitopsPolicy?: Observed<PolicyFact>;
  /** Capabilities of the run's token on every path a plan may touch. */
  readonly capabilities: Observed<Readonly<Record<string, readonly string[]>>>;
}

/** One look at cluster and Vault. */
export interface Facts {
  /** Unix ms of the look. */
  readonly at: number;
  readonly cluster: ClusterFacts;
  readonly vault: VaultFacts;
  /** The live API server dialled at the host Vault has stored, with the stored bundle. */
  readonly storedDial: Observed<DialFact>;
  /** The same at the host and with the bundle that bind would write. */
  readonly desiredDial: Observed<DialFact>;
  /** A login as the probe on the mount as it was found; absent when it could not even be tried. */
  readonly liveLogin: Observed<LoginOutcome>;
  /** vault-config-operator's resources that log in through the mount and cannot go without it; looked for by unbind alone. */
  readonly dependants: Observed<readonly string[]>;
  /** Undefined when the checklist was not looked at. */
  readonly gitops?: GitopsFacts;
}
