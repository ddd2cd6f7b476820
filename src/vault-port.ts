import type {
  LoginFact,
  LoginOutcome,
  MountConfigFact,
  MountFact,
  PolicyFact,
  ProvenConfig,
  RoleFact,
  VaultHealth,
} from './binding/facts.js';
import type { Observed } from './binding/observed.js';
import type { Secret } from './binding/secret.js';

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
  /** One field of a KV secret, version 1 or 2: where credentials for the cluster are kept. Throws BindError. */
  secretField(path: string, field: string): Promise<Secret>;
  /** Absent is fine, as for every removal. */
  deleteRole(mount: string, role: string): Promise<void>;
  deletePolicy(name: string): Promise<void>;
  proveLogin(proof: ProofLogin): Promise<ProofResult>;
  /** Revokes the run's token when it is ours; true when it is gone, false when it could not be told. */
  revokeOwnToken(): Promise<boolean>;
  close(): void;
}
