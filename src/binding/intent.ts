import type { Secret } from './secret.js';

/** A row of MODES (src/modes.ts). */
export type ModeName = 'bind' | 'plan' | 'rotate' | 'unbind' | 'verify' | 'fleet';

/** PEM or YAML material given inline, base64-encoded or as a path; the files adapter turns it into text. */
export interface Material {
  readonly form: 'inline' | 'base64' | 'path';
  /** For `path` the path, which is no secret; else the content. */
  readonly content: Secret;
  /** Which input or variable it came from, for messages. */
  readonly source: string;
}

/** How to reach and be someone on the cluster. */
export type ClusterAccess =
  | { readonly via: 'kubeconfig'; readonly material: Material; readonly context?: string }
  | { readonly via: 'vault'; readonly path: string; readonly field: string; readonly context?: string }
  | { readonly via: 'token'; readonly server: string; readonly token: Secret; readonly ca?: Material };

/** Credentials that are in our hands. */
export type HeldAccess = Exclude<ClusterAccess, { readonly via: 'vault' }>;

export type VaultMethod = 'jwt' | 'approle' | 'token';

/** How to reach Vault and log in. */
export interface VaultAccess {
  /** Origin without a trailing slash, e.g. `https://vault.example:8200`. */
  readonly url: string;
  /** Namespace the mount lives in; empty = root. */
  readonly namespace: string;
  /** Namespace the login happens in; default: `namespace`. */
  readonly authNamespace: string;
  readonly method: VaultMethod;
  /** Auth mount of the login without `auth/`; default: the method's name. */
  readonly authPath: string;
  readonly role: string;
  /** Audience of the OIDC token; empty = the provider's default. */
  readonly audience: string;
  readonly token?: Secret;
  readonly roleId?: Secret;
  readonly secretId?: Secret;
  readonly ca?: Material;
  readonly clientCertificate?: Material;
  readonly clientKey?: Material;
  readonly tlsSkipVerify: boolean;
}

/** One namespaced name. */
export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
}

/** What is told on GitHub beyond the run itself. */
export interface People {
  readonly token: Secret;
  /** Whether a pull request gets a comment. */
  readonly comment: boolean;
  /** Whether a failing scheduled run has an issue. */
  readonly failureIssue: boolean;
}

export type CanaryUse = 'auto' | 'always' | 'never';
export type PolicyScope = 'mount' | 'shared';
export type CheckCategory = 'binding' | 'gitops' | 'contract';

/** Modes that look at one cluster and one mount. */
export type LiveMode = Exclude<ModeName, 'fleet'>;

/** Everything a run was asked for: parsed and validated once, at the edge. */
export interface Intent {
  readonly mode: LiveMode;
  readonly env: string;
  /** Default: the one of the clusters repository that has this environment, else `env`. */
  readonly cluster: string;
  /** Folder of a checkout of the clusters repository. */
  readonly clustersPath?: string;
  /** Folder of a checkout of the GitOps repository. */
  readonly gitopsPath?: string;
  /** Absent only in a mode that does without the cluster, which `clusterUid` then names. */
  readonly access?: ClusterAccess;
  /** kube-system UID of a cluster that is gone. */
  readonly clusterUid?: string;
  /** Whether the files of the checkouts are all that is looked at; then `vault` says where it is and holds no credentials. */
  readonly filesOnly: boolean;
  readonly vault: VaultAccess;
  /** Mount path without `auth/`. */
  readonly mount: string;
  /** What Vault is told; default: the API server URL of the cluster credentials. */
  readonly kubernetesHost?: string;
  readonly kubernetesCa?: Material;
  readonly reviewer: ObjectRef;
  readonly reviewerTokenTtlSeconds: number;
  readonly rotationIntervalSeconds: number;
  readonly connectionRole: string;
  readonly connectionPolicy: string;
  readonly connectionPolicyScope: PolicyScope;
  /** ServiceAccount vault-config-operator logs in as. */
  readonly connection: ObjectRef;
  readonly appNamespace: string;
  readonly gitopsRole: string;
  readonly gitopsPolicy: string;
  /** Text the gitops policy is pinned to; absent = not pinned. */
  readonly gitopsPolicyText?: Material;
  readonly checks: readonly CheckCategory[];
  /** How long the checklist is polled; 0 = once. */
  readonly waitSeconds: number;
  readonly applications: readonly ObjectRef[];
  readonly secrets: readonly ObjectRef[];
  readonly skipChecks: readonly string[];
  /** Upper limit of the whole run, `waitSeconds` included. */
  readonly timeoutSeconds: number;
  readonly allowRebind: boolean;
  readonly allowProd: boolean;
  readonly proveOnCanary: CanaryUse;
  /** Run between bind and the checks; absent = nothing. */
  readonly bootstrapCommand?: string;
  readonly hideNames: boolean;
  /** Absent without github-token. */
  readonly people?: People;
  /** Where the JSON report goes; default: a file in the runner's temp folder. */
  readonly reportPath?: string;
}

/** What mode `fleet` was asked for: it needs neither a cluster nor Vault. */
export interface FleetIntent {
  readonly mode: 'fleet';
  /** Only clusters of this GitOps environment; empty = all. */
  readonly env: string;
  /** Names and globs of clusters. */
  readonly clusters: readonly string[];
  /** Folder of a checkout of the clusters repository. */
  readonly clustersPath: string;
  /** Template of the mount of each. */
  readonly mount: string;
  /** Folder of the JSON reports of the fleet's jobs; absent before there are any. */
  readonly reportsPath?: string;
  readonly timeoutSeconds: number;
  readonly hideNames: boolean;
  readonly reportPath?: string;
}

/** Where each input's value came from; never the value. */
export type Sources = Readonly<Record<string, string>>;
