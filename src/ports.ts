import type { BootstrapFact } from './binding/bootstrap.js';
import type {
  ApplicationFact,
  ApplicationSetFact,
  ArgoInstanceFact,
  ClusterIdentity,
  DelegatorFact,
  DialFact,
  Grant,
  LoginFact,
  LoginOutcome,
  MountConfigFact,
  MountFact,
  NamespaceFact,
  PolicyFact,
  ProvenConfig,
  ReplayFact,
  ResourceFact,
  RoleFact,
  SecondWriter,
  SecretRow,
  ServiceAccountFact,
  VaultHealth,
} from './binding/facts.js';
import type { Observed } from './binding/observed.js';
import type { Secret } from './binding/secret.js';
import type { YamlFile } from './contract/yaml.js';

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
  argocdInstances(namespace: string): Promise<Observed<readonly ArgoInstanceFact[]>>;
  applicationSets(namespace: string): Promise<Observed<readonly ApplicationSetFact[]>>;
  applications(namespace: string): Promise<Observed<readonly ApplicationFact[]>>;
  /** Every vault-config-operator resource of every namespace; `absent` when no CRD of it is installed. */
  vcoResources(): Promise<Observed<readonly ResourceFact[]>>;
  /** VaultConnection, VaultAuth and VaultStaticSecret of every namespace; `absent` when no CRD is installed. */
  vsoResources(): Promise<Observed<readonly ResourceFact[]>>;
  close(): void;
}

/** Looks at an API server the way Vault would: trusting one bundle only. Never throws. */
export interface ReplayPort {
  dial(host: string, caPem: string): Promise<DialFact>;
  /** POST TokenReview to `host`, as `reviewer`, about `subject`. */
  review(host: string, caPem: string, reviewer: Secret, subject: Secret): Promise<ReplayFact>;
}

/** The whole payload of `auth/<mount>/config`: a write replaces every field. */
export interface MountConfigWrite {
  readonly kubernetesHost: string;
  readonly kubernetesCaCert: string;
  readonly reviewerToken: Secret;
  readonly issuer: string;
  readonly pemKeys: readonly string[];
  readonly disableIssValidation: boolean;
  /** Sent only when the server showed it. */
  readonly useAnnotationsAsAliasMetadata?: boolean;
  /** Leaves out what has Vault's own default: a policy that pins parameters refuses every other one, right or not. */
  readonly onlyChosen: boolean;
}

export interface RoleWrite {
  readonly serviceAccountNames: readonly string[];
  readonly serviceAccountNamespaces: readonly string[];
  readonly tokenPolicies: readonly string[];
  readonly tokenTtlSeconds: number;
  readonly tokenMaxTtlSeconds: number;
  /** A role write resets the selector when it is omitted, so one that was found is sent again; empty = none. */
  readonly namespaceSelector: string;
}

/** A proof login: tokens live inside the adapter, are asked their capabilities there, and revoked there. */
export interface ProofLogin {
  readonly mount: string;
  readonly role: string;
  readonly jwt: Secret;
  /** Paths to ask capabilities-self for with the token obtained; empty = none. */
  readonly capabilitiesOf: readonly string[];
}

export interface ProofResult {
  readonly login: LoginOutcome;
  /** Path -> capabilities; absent when not asked or refused. */
  readonly capabilities: Observed<Readonly<Record<string, readonly string[]>>>;
}

/**
 * Vault, in the domain's verbs. Paths carry no `auth/` unless they are policy paths. Reads answer `Observed` and
 * never throw; writes throw BindError. A standby's lag is dealt with inside (index headers, 404 after our own enable).
 */
export interface VaultPort {
  readonly url: string;
  /** sys/health: unauthenticated. */
  health(): Promise<Observed<VaultHealth>>;
  /** Obtains (or looks up) the run's token, saving an obtained one for the post step. */
  login(): Promise<Observed<LoginFact>>;
  mounts(): Promise<Observed<Readonly<Record<string, MountFact>>>>;
  /** `proven` is asked when only a request that repeats the pinned values is let through. */
  mountConfig(mount: string, proven?: () => Promise<ProvenConfig | undefined>): Promise<Observed<MountConfigFact>>;
  role(mount: string, role: string): Promise<Observed<RoleFact>>;
  policy(name: string): Promise<Observed<PolicyFact>>;
  /** Capabilities of the run's own token (`sys/capabilities-self`). */
  capabilities(paths: readonly string[]): Promise<Observed<Readonly<Record<string, readonly string[]>>>>;
  enableMount(mount: string, description: string): Promise<void>;
  describeMount(mount: string, description: string): Promise<void>;
  disableMount(mount: string): Promise<void>;
  writeMountConfig(mount: string, config: MountConfigWrite): Promise<void>;
  writeRole(mount: string, role: string, fields: RoleWrite): Promise<void>;
  writePolicy(name: string, text: string): Promise<void>;
  /** Absent is fine, as for every removal. */
  deleteRole(mount: string, role: string): Promise<void>;
  deletePolicy(name: string): Promise<void>;
  proveLogin(proof: ProofLogin): Promise<ProofResult>;
  /** Revokes the run's token when it is ours; true when it is gone, false when it could not be told. */
  revokeOwnToken(): Promise<boolean>;
  close(): void;
}

/** A checkout of one of the two repositories. Paths are relative to its root; what a link leads out of it is not read. */
export interface CheckoutPort {
  text(path: string): Observed<string>;
  yaml(path: string): Observed<YamlFile>;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): readonly string[];
}

/** The user's command between bind and the checks, as it may be shown. `run` throws BindError when it cannot be prepared. */
export type BootstrapPort = { readonly shown: string; run(limitSeconds: number): Promise<BootstrapFact> };

/** Time, so that waiting and ages can be tested. */
export interface Clock {
  /** Unix ms. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** One line for the person reading the log; names only. */
export interface Log {
  info(line: string): void;
  notice(title: string, line: string): void;
  warning(title: string, line: string): void;
  error(title: string, line: string): void;
  group(title: string, lines: readonly string[]): void;
}

/** Everything a run acts through. */
export interface Ports {
  readonly cluster: ClusterPort;
  readonly replay: ReplayPort;
  readonly vault: VaultPort;
  readonly bootstrap?: BootstrapPort;
  readonly clock: Clock;
  readonly log: Log;
  /** Who is running: URL of the workflow run, or `local` with user and host on a laptop. */
  readonly run: string;
  /** Aborts when the run is cancelled or its time is up. */
  readonly signal: AbortSignal;
}
