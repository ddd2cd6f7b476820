import type { BootstrapFact } from '../binding/bootstrap.js';
import type { Problem } from '../binding/errors.js';
import type { ModeName } from '../binding/intent.js';
import type { FieldChange, StepOp } from '../binding/step.js';
import type { CheckResult, Verdict } from '../checks/check.js';
import type { FleetReport } from './fleet-table.js';

/** Version of the JSON report, as in docs/report.schema.json. */
export const SCHEMA_VERSION = 1;

/** A step as it is shown: the plan's line and what became of it. */
export interface StepReport {
  readonly op: StepOp;
  readonly system: 'cluster' | 'vault';
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly fields: readonly FieldChange[];
  /** `planned` when nothing was applied; `done` only when observed afterwards. */
  readonly state: 'kept' | 'planned' | 'done' | 'failed' | 'not-reached';
}

/** What `plan` prints for one identity: paste-ready. */
export interface GrantsReport {
  /** `bind`, `rotate`, `verify` or `vault-config-operator`. */
  readonly identity: string;
  /** Vault policy, HCL. */
  readonly vaultPolicy: string;
  /** JWT role as `vault write` fields, or empty. */
  readonly jwtRole: string;
  /** Kubernetes RBAC, YAML. */
  readonly rbac: string;
}

/** Everything a run tells, names only; every rendering is made from this and nothing else. */
export interface Report {
  readonly version: string;
  readonly mode: ModeName;
  readonly verdict: Verdict;
  readonly env: string;
  readonly cluster: string;
  readonly mount: string;
  readonly vaultUrl: string;
  readonly vaultNamespace: string;
  /** e.g. `OpenBao 2.7.2`, empty when not seen. */
  readonly vaultVersion: string;
  readonly kubernetesHost: string;
  readonly clusterUid: string;
  /** RFC 3339, empty when not known; as the next one. */
  readonly reviewerTokenExpiresAt: string;
  readonly reviewerTokenIssuedAt: string;
  /** Unix ms; absent when not known. */
  readonly logStopsAtMs?: number;
  readonly changed: boolean;
  readonly drift: boolean;
  /** One line such as `adopt: 3 kept, 1 new`; empty when no plan was made. */
  readonly planTitle: string;
  readonly steps: readonly StepReport[];
  readonly blockers: readonly Problem[];
  /** Problems that stopped the run after it began. */
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly checks: readonly CheckResult[];
  readonly grants: readonly GrantsReport[];
  /** Identity proofs that were made, e.g. `login as openshift-gitops/default through role kube-auth`. */
  readonly proofs: readonly string[];
  /** Whether no server was looked at. */
  readonly filesOnly?: boolean;
  /** Mode fleet alone. */
  readonly fleet?: FleetReport;
  /** Absent when no command was given. */
  readonly bootstrap?: BootstrapReport;
  readonly waitedSeconds: number;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly run: string;
  /** Names that `hide-names` hides besides those it finds by itself (VSO destinations, legacy tokens); never shown. */
  readonly hidden?: HiddenNames;
}

/** What became of `bootstrap-command`. */
export interface BootstrapReport {
  /** Its first line, without what is named as a credential. */
  readonly command: string;
  /** Absent when it was not reached. */
  readonly fact?: BootstrapFact;
}

export interface HiddenNames {
  readonly hosts: readonly string[];
  /** Secret names without their namespace. */
  readonly secrets: readonly string[];
}
