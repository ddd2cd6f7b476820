import type { BootstrapFact } from './binding/bootstrap.js';
import type {
  ApplicationFact,
  ApplicationSetFact,
  ArgoInstanceFact,
  ClusterIdentity,
  DelegatorFact,
  DialFact,
  Grant,
  Heartbeats,
  NamespaceFact,
  OpenshiftFact,
  ReplayFact,
  ResourceFact,
  SecondWriter,
  SecretRow,
  ServiceAccountFact,
} from './binding/facts.js';
import type { Observed } from './binding/observed.js';
import type { Secret } from './binding/secret.js';
import type { FilePlace } from './checks/check.js';
import type { CheckoutPort } from './contract/checkout.js';
import type { VaultPort } from './vault-port.js';

/** A token from TokenRequest. */
export interface MintedToken {
  readonly token: Secret;
  /** Unix ms, from `status.expirationTimestamp`: the only figure that counts. */
  readonly expiresAt: number;
}

/** Asks for a ServiceAccount token. */
export interface MintRequest {
  readonly namespace: string;
  readonly name: string;
  /** At least 600. */
  readonly ttlSeconds: number;
  /** Name of the Secret (same namespace) whose deletion kills the token. */
  readonly anchor?: string;
}

/** Whether the reviewer is a delegator already, and the name a binding of its own would have. */
export interface DelegatorLook {
  readonly given: Observed<DelegatorFact>;
  /** The preferred name, or another one where that is taken by the binding of another reviewer. */
  readonly free: string;
}

/** A held Lease; `resourceVersion` makes the next renewal fail when someone else took it. */
export interface LeaseFact {
  readonly holder: string;
  /** Unix ms after which anyone may take it. */
  readonly expiresAt: number;
  readonly resourceVersion: string;
}

/**
 * The cluster, in the domain's verbs. Reads answer `Observed` and never throw; writes throw BindError.
 * There is no verb that returns a Secret's data.
 */
export interface ClusterPort {
  /** API server URL without credentials. */
  readonly server: string;
  /** Whether the credentials skip TLS verification. */
  readonly skipsTlsVerify: boolean;
  /** API server's clock minus ours, from the last answer's `Date`; undefined before the first answer. */
  skewSeconds(): number | undefined;
  identity(): Promise<Observed<ClusterIdentity>>;
  namespace(name: string): Promise<Observed<NamespaceFact>>;
  createNamespace(name: string): Promise<void>;
  /** PEM of ConfigMap kube-root-ca.crt. */
  rootCa(namespace: string): Promise<Observed<string>>;
  serviceAccount(namespace: string, name: string): Promise<Observed<ServiceAccountFact>>;
  createServiceAccount(
    namespace: string,
    name: string,
    annotations: Readonly<Record<string, string>>,
  ): Promise<ServiceAccountFact>;
  /** Merges annotations; null removes one. */
  annotateServiceAccount(
    namespace: string,
    name: string,
    annotations: Readonly<Record<string, string | null>>,
  ): Promise<void>;
  /** Absent is fine. */
  deleteServiceAccount(namespace: string, name: string): Promise<void>;
  /** The binding called `preferred`, else any other that gives the ServiceAccount system:auth-delegator. */
  delegator(preferred: string, namespace: string, serviceAccount: string): Promise<DelegatorLook>;
  createDelegator(name: string, namespace: string, serviceAccount: string): Promise<void>;
  /** Absent is fine. */
  deleteDelegator(name: string): Promise<void>;
  /** A Secret's row by exact name: Table, includeObject=None, no JSON fallback. */
  secretRow(namespace: string, name: string): Promise<Observed<SecretRow>>;
  createAnchor(
    namespace: string,
    name: string,
    annotations: Readonly<Record<string, string>>,
  ): Promise<{ uid: string }>;
  annotateAnchor(namespace: string, name: string, annotations: Readonly<Record<string, string>>): Promise<void>;
  /** Deletes an empty anchor by name and UID (looked up by a dry-run delete when not known); absent is fine. */
  deleteAnchor(namespace: string, name: string, uid?: string): Promise<void>;
  mintToken(request: MintRequest): Promise<MintedToken>;
  /** Which of `grants` these credentials lack (SelfSubjectAccessReview); writes nothing. */
  missingGrants(grants: readonly Grant[]): Promise<Observed<readonly Grant[]>>;
  lease(namespace: string, name: string): Promise<Observed<LeaseFact>>;
  /** Creates the Lease, or replaces the one seen as `previous`; undefined when someone else was faster. */
  takeLease(
    namespace: string,
    name: string,
    holder: string,
    ttlSeconds: number,
    previous?: LeaseFact,
  ): Promise<LeaseFact | undefined>;
  /** Deletes the Lease when `held` is still the one stored. */
  releaseLease(namespace: string, name: string, held: LeaseFact): Promise<void>;
  /** VCO resources that compute to `auth/<mount>` or its config; absent CRDs mean none. */
  secondWriters(mount: string): Promise<Observed<readonly SecondWriter[]>>;
  /** `absent` on plain Kubernetes. */
  openshift(): Promise<Observed<OpenshiftFact>>;
  argocdInstances(namespace: string): Promise<Observed<readonly ArgoInstanceFact[]>>;
  applicationSets(namespace: string): Promise<Observed<readonly ApplicationSetFact[]>>;
  applications(namespace: string): Promise<Observed<readonly ApplicationFact[]>>;
  /** Every vault-config-operator resource of every namespace; `absent` when no CRD of it is installed. */
  vcoResources(): Promise<Observed<readonly ResourceFact[]>>;
  /** VaultConnection, VaultAuth and VaultStaticSecret of every namespace; `absent` when no CRD is installed. */
  vsoResources(): Promise<Observed<readonly ResourceFact[]>>;
  /** When each operator renewed its Lease last; `absent` when it keeps none. */
  heartbeats(): Promise<Heartbeats>;
  close(): void;
}

/** Looks at an API server the way Vault would: trusting one bundle only. Never throws. */
export interface ReplayPort {
  dial(host: string, caPem: string): Promise<DialFact>;
  /** POST TokenReview to `host`, as `reviewer`, about `subject`. */
  review(host: string, caPem: string, reviewer: Secret, subject: Secret): Promise<ReplayFact>;
}

export type { CheckoutPort } from './contract/checkout.js';
export type { MountConfigWrite, ProofLogin, ProofResult, RoleWrite, VaultPort } from './vault-port.js';

/** The checkouts that a run was given. */
export interface Repositories {
  readonly clusters?: CheckoutPort;
  readonly gitops?: CheckoutPort;
  /** Their folders as seen from the workspace, where annotations look for files. */
  readonly paths: { readonly clusters?: string; readonly gitops?: string };
}

/** The user's command between bind and the checks, as it may be shown. `run` throws BindError when it cannot be prepared. */
export type BootstrapPort = { readonly shown: string; run(limitSeconds: number): Promise<BootstrapFact> };

/** Time, so that waiting and ages can be tested. */
export interface Clock {
  /** Unix ms. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** One line for the person reading the log; names only. With a place GitHub shows it beside that line of a change. */
export interface Log {
  info(line: string): void;
  notice(title: string, line: string): void;
  warning(title: string, line: string, place?: FilePlace): void;
  error(title: string, line: string, place?: FilePlace): void;
  group(title: string, lines: readonly string[]): void;
}

/** Everything a run acts through. */
export interface Ports {
  readonly cluster: ClusterPort;
  readonly replay: ReplayPort;
  readonly vault: VaultPort;
  readonly repositories: Repositories;
  readonly bootstrap?: BootstrapPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Who is running: URL of the workflow run, or `local` with user and host on a laptop. */
  readonly run: string;
  /** Aborts when the run is cancelled or its time is up. */
  readonly signal: AbortSignal;
}
