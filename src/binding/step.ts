import type { RoleWrite } from '../ports.js';
import type { Problem } from './errors.js';

export type StepOp = 'create' | 'update' | 'rotate' | 'adopt' | 'delete' | 'keep';

/** One field that changes: names, public values and fingerprints; a secret is shown as `new` or `unchanged`. */
export interface FieldChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

/** What applying a step does. `none` for steps that are kept and only shown. */
export type Action =
  | { readonly do: 'none' }
  | { readonly do: 'create-namespace' }
  | { readonly do: 'create-reviewer' }
  | { readonly do: 'create-probe' }
  | { readonly do: 'create-delegator'; readonly name: string }
  | { readonly do: 'delete-anchor'; readonly slot: 'a' | 'b' | 'proof' }
  | { readonly do: 'mint-reviewer-token'; readonly slot: 'a' | 'b'; readonly reuse: boolean }
  | { readonly do: 'write-policy'; readonly name: string; readonly text: string }
  | { readonly do: 'enable-mount'; readonly description: string }
  | { readonly do: 'describe-mount'; readonly description: string }
  | { readonly do: 'mark-reviewer' }
  | { readonly do: 'remove-canary' }
  | { readonly do: 'disable-mount' }
  | { readonly do: 'remove-role'; readonly role: string }
  | { readonly do: 'remove-policy'; readonly name: string }
  | { readonly do: 'remove-delegator'; readonly name: string }
  | { readonly do: 'remove-service-account'; readonly name: string }
  | { readonly do: 'forget' }
  | { readonly do: 'write-config' }
  | { readonly do: 'write-role'; readonly role: string; readonly fields: RoleWrite };

/** Steps before `replay` touch the cluster; those after it touch Vault; `after-proof` happens once a login was seen. */
export type StepPhase = 'cluster' | 'vault' | 'after-proof';

/** One line of the plan. */
export interface Step {
  readonly op: StepOp;
  readonly system: 'cluster' | 'vault';
  /** e.g. `ServiceAccount`, `mount config`. */
  readonly kind: string;
  /** e.g. `openshift-gitops/vault-token-reviewer`, `auth/kubernetes-prodtest/config`. */
  readonly name: string;
  readonly reason: string;
  readonly fields: readonly FieldChange[];
  readonly phase: StepPhase;
  readonly action: Action;
}

/** What will be applied, and what forbids it. Any blocker means nothing is written. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly blockers: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Whether the throw-away mount proves host and CA first, and why. */
  readonly canary: string | null;
}

/** The steps that change something. */
export function changes(plan: Plan): readonly Step[] {
  return plan.steps.filter((step) => step.op !== 'keep');
}

/** What a step is called across two plans. */
export function stepKey(step: Pick<Step, 'kind' | 'name'>): string {
  return `${step.kind} ${step.name}`;
}
