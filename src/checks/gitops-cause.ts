import type { Code } from '../binding/errors.js';
import type { ForeignText } from '../binding/foreign.js';

/** Our word for why an operator failed, made from its message by patterns; the message itself is never shown. */
export interface Cause {
  /** e.g. `login refused (403, auth/kubernetes-prodtest/login)`. */
  readonly text: string;
  readonly hint: string;
  readonly code?: Code;
}

interface CauseRow {
  readonly word: string;
  readonly pattern: RegExp;
  /** Its first group is a name worth showing. */
  readonly name?: RegExp;
  readonly code?: Code;
  readonly hint: string;
}

const SEE_BINDING = 'Run mode verify with checks: binding; login.proof names the reason.';

/** The first row that matches decides: what is told exactly comes before what only looks alike. */
const CAUSES: readonly CauseRow[] = [
  {
    word: 'path already in use',
    pattern: /path is already in use at/i,
    name: /path is already in use at ([\w./-]{1,200})/i,
    hint: 'Do not render the AuthEngineMount for this environment: the mount exists and is not its own.',
  },
  {
    word: 'CRD missing when it was applied',
    pattern: /no matches for kind|could not find the requested resource|ensure CRDs are installed/i,
    hint: 'Install the operator, then sync the Application again: Argo CD does not retry a revision that failed.',
  },
  {
    word: 'required field missing',
    pattern: /: Required value/,
    name: /\b((?:spec|metadata)\.[\w.[\]]{1,100}): Required value/,
    hint: 'Set the field in the chart that renders the resource: the installed CRD is newer than the chart.',
  },
  {
    word: 'role does not exist',
    pattern: /invalid role name/i,
    name: /invalid role name \\?"([\w.-]{1,128})/i,
    code: 'LOGIN_ROLE',
    hint: 'Make the role on this mount: run mode bind for the connection role, sync vault-config for the gitops role.',
  },
  {
    word: 'audience not accepted',
    pattern: /invalid audience \(aud\) claim/i,
    code: 'LOGIN_AUDIENCE',
    hint: 'Remove the audience from the role: the operators ask for tokens without one.',
  },
  {
    word: 'ServiceAccount not bound by the role',
    pattern: /service account name not authorized/i,
    code: 'LOGIN_UNBOUND',
    hint: 'Add the ServiceAccount to bound_service_account_names of the role.',
  },
  {
    word: 'namespace not bound by the role',
    pattern: /namespace not authorized/i,
    code: 'LOGIN_UNBOUND',
    hint: 'Add the namespace to bound_service_account_namespaces of the role.',
  },
  {
    word: 'token outside its validity',
    pattern: /invalid (?:expiration time \(exp\)|not before \(nbf\)) claim/i,
    code: 'LOGIN_CLOCK',
    hint: 'Compare the clocks of the cluster and of Vault.',
  },
  {
    word: 'mount not configured',
    pattern: /could not load backend configuration/i,
    code: 'LOGIN_CONFIG',
    hint: 'Run mode bind: the mount config was never written.',
  },
  {
    word: 'TLS not verified',
    pattern: /x509:|tls: /i,
    hint: 'Give the operator the CA that verifies Vault: caCertSecretRef of the VaultConnection, or VAULT_CACERT.',
  },
  { word: 'Vault is sealed', pattern: /vault is sealed/i, hint: 'Unseal Vault.', code: 'VAULT_SEALED' },
  {
    word: 'Vault unreachable',
    pattern:
      /dial tcp|no such host|connection refused|connection reset|i\/o timeout|deadline exceeded|no route to host|network is unreachable|: EOF\b/i,
    hint: 'Reach Vault from a pod of the operator: check address, DNS, egress rules and proxy.',
  },
  {
    word: 'no secret at the path',
    pattern: /empty response from Vault/i,
    name: /empty response from Vault, path=\\?"?([\w./-]{1,200})/i,
    hint: 'Write the secret at that path in Vault, or correct spec.path (kv-v2 inserts data/ by itself).',
  },
  {
    word: 'namespace not allowed',
    pattern: /target namespace \\?"?[\w.-]+\\?"? is not allowed/i,
    name: /target namespace \\?"?([\w.-]{1,63})/i,
    hint: 'Add the namespace to allowedNamespaces of the VaultAuth, or make a VaultAuth in that namespace.',
  },
  {
    word: 'destination Secret belongs to another',
    pattern: /not the owner of the destination Secret/i,
    hint: 'Delete the Secret, or set spec.destination.overwrite, so that this resource may own it.',
  },
  {
    word: 'login refused',
    pattern: /\/login[\s\S]{0,300}?(?:Code: 403|permission denied)|Vault auth login[\s\S]{0,300}?permission denied/i,
    code: 'LOGIN_FAILED',
    hint: SEE_BINDING,
  },
  {
    word: 'login failed',
    pattern: /\/v1\/[^\s"?]{1,200}\/login\b/i,
    code: 'LOGIN_FAILED',
    hint: SEE_BINDING,
  },
  {
    word: 'policy denies the path',
    pattern: /Code: 403|permission denied/i,
    code: 'VAULT_FORBIDDEN',
    hint: 'Add the path to the policy of the role that logs in here.',
  },
  {
    word: 'no such path in Vault',
    pattern: /Code: 404|no handler for route|unsupported path|route entry not found/i,
    hint: 'Check the mount and the path that the resource names against vault read sys/auth and sys/mounts.',
  },
  {
    word: 'referenced object missing',
    pattern: /\bnot found\b/i,
    name: /([\w.]{1,80} \\?"[\w.-]{1,253}\\?") not found/i,
    hint: 'Make the object that the resource refers to, in the same namespace.',
  },
  {
    word: 'changed by someone else meanwhile',
    pattern: /the object has been modified/i,
    hint: 'Wait: the operator tries again by itself.',
  },
  { word: 'Vault refused the request', pattern: /Code: 4\d\d/, hint: '' },
  { word: 'Vault error', pattern: /Code: 5\d\d/, hint: 'Read the server log of Vault.' },
];

const STATUS = /Code: (\d{3})\b/;
const PATH = /\/v1\/([A-Za-z0-9][\w./-]{0,200})/;

/** Classifies `message`; undefined when no pattern knows it. */
export function causeOf(message: ForeignText): Cause | undefined {
  const row = CAUSES.find((candidate) => message.matches(candidate.pattern));
  if (row === undefined) return undefined;
  const name = row.name === undefined ? undefined : message.capture(row.name)?.replaceAll('\\', '');
  const parts = [name, message.capture(STATUS), name === undefined ? message.capture(PATH) : undefined];
  const known = parts.filter((part) => part !== undefined && part !== '');
  const text = known.length === 0 ? row.word : `${row.word} (${known.join(', ')})`;
  return { text, hint: row.hint, ...(row.code === undefined ? {} : { code: row.code }) };
}
