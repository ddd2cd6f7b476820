/**
 * Every error and blocker this project can name: code -> what it means. The code is also a heading in docs/errors.md.
 * Message (what was seen) and hint (the one next command or permission) are written where it is raised.
 */
export const CODES = {
  INPUT_UNKNOWN: 'an input has a name the action does not know',
  INPUT_INVALID: 'an input has a value the action cannot use',
  INPUT_MISSING: 'an input the mode needs is not set',
  INPUT_CONFLICT: 'two inputs contradict each other',
  PROD_REFUSED: 'a writing mode was asked to touch env prod without allow-prod',
  CHECKOUT_INVALID: 'a checkout of the clusters or GitOps repository cannot be read',
  CLUSTER_UNKNOWN: 'the clusters repository has no such cluster, or more than one',
  FLEET_TOO_LARGE: 'a fleet is larger than the outputs of one job',
  KUBECONFIG_MISSING: 'no cluster credentials were given',
  KUBECONFIG_INVALID: 'the kubeconfig cannot be read as one',
  KUBECONFIG_CONTEXT: 'the kubeconfig has no such context, cluster or user',
  KUBECONFIG_INSECURE: 'the kubeconfig skips TLS verification in a writing mode',
  KUBECONFIG_COMMITTED: 'a kubeconfig lies in a repository, where a commit can change it',
  KUBECONFIG_EXEC: 'the credential plugin of the kubeconfig failed or is refused',
  CLUSTER_UNREACHABLE: 'the API server does not answer',
  CLUSTER_TLS: 'the API server cannot be verified',
  CLUSTER_UNAUTHORIZED: 'the API server does not accept the credentials',
  CLUSTER_FORBIDDEN: 'the API server refuses what these credentials ask',
  CLUSTER_INSECURE: 'the API server is addressed by http off loopback',
  CLUSTER_REDIRECT: 'the API server redirected to another origin',
  CLUSTER_ERROR: 'the API server answered with something unusable',
  NAMESPACE_TERMINATING: 'the reviewer namespace is being deleted',
  ROOT_CA_MISSING: 'the cluster does not publish kube-root-ca.crt where the reviewer lives',
  VAULT_UNREACHABLE: 'Vault does not answer',
  VAULT_TLS: 'Vault cannot be verified',
  VAULT_INSECURE: 'Vault is addressed by http off loopback',
  VAULT_REDIRECT: 'Vault redirected to another origin',
  VAULT_SEALED: 'Vault is sealed',
  VAULT_UNINITIALIZED: 'Vault is not initialised',
  VAULT_NO_LEADER: 'Vault has no active node',
  VAULT_LOGIN: 'Vault refused the login',
  VAULT_TOKEN: 'Vault does not accept the token',
  VAULT_NAMESPACE: 'the Vault namespace does not exist or is not reachable with this token',
  VAULT_FORBIDDEN: 'Vault refuses what this token asks',
  VAULT_ERROR: 'Vault answered with something unusable',
  OIDC_PERMISSION: 'the job may not mint an OIDC token',
  OIDC_UNAVAILABLE: 'the OIDC provider of the runner does not answer',
  PERMISSION_MISSING: 'an identity lacks permissions the plan needs',
  MOUNT_TYPE: 'another kind of auth method lives at the mount path',
  MOUNT_NESTED: 'another mount contains or is contained in the mount path',
  MOUNT_FOREIGN: 'the mount belongs to another cluster',
  HOST_UNREACHABLE: 'Vault could never reach the kubernetes_host it would be given',
  HOST_INSECURE: 'kubernetes_host is not an https URL',
  CA_INVALID: 'the CA bundle holds no usable certificate',
  CA_MISMATCH: 'the CA bundle does not verify the API server at kubernetes_host',
  REVIEWER_UNAUTHORIZED: 'the API server does not accept the reviewer token',
  REVIEWER_FORBIDDEN: 'the reviewer may not create TokenReviews',
  REPLAY_FAILED: 'the TokenReview that Vault will send does not succeed from here',
  TOKEN_LIFETIME: 'the reviewer token would not outlive the rotation interval',
  CANARY_FAILED: 'a throw-away mount with the new host and CA could not log in',
  LEASE_HELD: 'another run is binding this mount',
  LEASE_LOST: 'the lock on this mount was lost during the run',
  MOUNT_IN_USE: 'resources on the cluster still need the mount to be deleted cleanly',
  NOT_BOUND: 'the mode needs a binding, and this mount was never bound to this cluster',
  PLAN_CHANGED: 'what the plan was made from changed while it was applied',
  WRITE_UNVERIFIED: 'a write was accepted but could not be observed afterwards',
  LOGIN_MOUNT: 'a login fails because the mount does not exist in this Vault namespace',
  LOGIN_ROLE: 'a login fails because the role does not exist on the mount',
  LOGIN_CONFIG: 'a login fails because the mount was never configured',
  LOGIN_REVIEWER: 'a login fails because the API server no longer accepts the reviewer token',
  LOGIN_DELEGATOR: 'a login fails because the reviewer may not create TokenReviews',
  LOGIN_CA: 'a login fails because the stored CA does not verify the stored host',
  LOGIN_HOST: 'a login fails because the stored host is not this cluster, or Vault cannot reach it',
  LOGIN_AUDIENCE: 'a login fails because the role wants another audience',
  LOGIN_UNBOUND: 'a login fails because the role does not bind this ServiceAccount and namespace',
  LOGIN_CIDR: 'a login fails because the role is limited to other addresses',
  LOGIN_CLOCK: 'a login fails because clocks disagree',
  LOGIN_REVIEW: 'a login fails in the TokenReview that Vault makes, and from here its causes look alike',
  LOGIN_FAILED: 'a login fails for a reason that could not be told',
  CAPABILITY_MISSING: 'the connection role logs in but may not do what vault-config-operator needs',
  GITHUB_FORBIDDEN: 'the GitHub token may not write the comment or the issue',
  GITHUB_UNAVAILABLE: 'GitHub does not answer, or not in time',
  BOOTSTRAP_FAILED: 'the bootstrap command did not succeed',
  BOOTSTRAP_TIMEOUT: 'the bootstrap command did not end within its time',
  TIMEOUT: 'the run did not finish within its time limit',
  CANCELLED: 'the run was cancelled',
  INTERNAL: 'the action failed in a way it does not know',
} as const;

export type Code = keyof typeof CODES;

/** A named trouble as data: what was seen, and the one next command or permission. */
export interface Problem {
  readonly code: Code;
  /** What was seen, in our words: no foreign text, no value. */
  readonly message: string;
  /** One imperative sentence with the exact command or permission. */
  readonly hint: string;
}

/** A Problem that stops the run. It carries no `cause`: foreign errors hold headers and bodies. */
export class BindError extends Error implements Problem {
  readonly code: Code;
  readonly hint: string;
  /** Further problems found in the same pass, so that all are shown at once. */
  readonly others: readonly Problem[];

  constructor(problem: Problem, others: readonly Problem[] = []) {
    super(problem.message);
    this.name = 'BindError';
    this.code = problem.code;
    this.hint = problem.hint;
    this.others = others;
  }

  get problems(): readonly Problem[] {
    return [{ code: this.code, message: this.message, hint: this.hint }, ...this.others];
  }
}

export function problem(code: Code, message: string, hint: string): Problem {
  return { code, message, hint };
}

/** Turns anything thrown into a Problem; what is not ours becomes INTERNAL with its class name alone. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof BindError) return problem(thrown.code, thrown.message, thrown.hint);
  const kind = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return problem(
    'INTERNAL',
    `unexpected ${kind}`,
    'Run again with step debug logging and report it with the code and the report file.',
  );
}
