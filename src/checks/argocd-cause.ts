import type { ForeignText } from '../binding/foreign.js';

/**
 * What kind of trouble an Argo CD message tells of. `repository`: a Git server, chart repository or registry refused
 * Argo CD, and only that is repository access; `revision`, `path` and `chart` come after it and prove that it works.
 */
export type ArgoKind =
  | 'repository'
  | 'network'
  | 'revision'
  | 'path'
  | 'chart'
  | 'permission'
  | 'crd'
  | 'sync'
  | 'unknown';

/** A message in our words; it is never shown itself. */
export interface ArgoCause {
  readonly kind: ArgoKind;
  readonly text: string;
}

interface Row {
  readonly kind: ArgoKind;
  readonly pattern: RegExp;
  /** Must not be there as well. */
  readonly unless?: RegExp;
  /** Its first group is a name worth showing. */
  readonly name?: RegExp;
}

const WORDS: Readonly<Record<ArgoKind, string>> = {
  repository: 'repository access refused',
  network: 'network or infrastructure',
  revision: 'revision cannot be resolved',
  path: 'path does not exist in the repository',
  chart: 'manifests cannot be generated',
  permission: 'not permitted by project or cluster',
  crd: 'CRD missing when it was applied',
  sync: 'sync failed',
  unknown: '',
};

const UNREACHED =
  /dial tcp|no such host|i\/o timeout|deadline exceeded|connection (?:refused|reset)|no route to host|network is unreachable|x509:|TLS handshake|could not resolve host|proxyconnect|\b50[234] (?:Bad Gateway|Service Unavailable|Gateway Time-?out)/i;

const REFUSED_BY_HTTP =
  /\b(?:401 Unauthorized|403 Forbidden)\b|response status code 40[13]\b|no basic auth credentials|denied: requested access to the resource|failed to login to registry/i;

const RENDERS =
  /helm (?:template|dependency build|pull|fetch)\b|kustomize build\b|failed to build (?:helm )?dependencies/i;

/** The first row that matches decides: what a rendering tool prints may quote the words of any row below it. */
const ROWS: readonly Row[] = [
  // Argo CD's own Redis, though the words are those of a Git server.
  { kind: 'network', pattern: /NOAUTH Authentication required|WRONGPASS|argocd-(?:redis|repo-server)/ },
  { kind: 'chart', pattern: /execution error at \(/ },
  {
    kind: 'permission',
    pattern:
      /\bnot permitted (?:in|to use) project|not match any of the allowed destinations|is forbidden: User|code = PermissionDenied|application references project|no matching service account found for destination|Unable to get cluster|there are (?:no|\d+) clusters with (?:this|the same) name|error getting cluster by|Failed to (?:get destination cluster|load application project)|error getting app project|namespace "[^"]{1,63}" for \S{1,63} "[^"]{1,253}" is not managed/i,
    name: /(?:in|use|references) project '?([a-z0-9][a-z0-9.-]{0,62})/i,
  },
  {
    kind: 'repository',
    pattern:
      /could not read (?:Username|Password)|terminal prompts disabled|fatal: Authentication failed|permission denied \(publickey|host key verification failed|remote: Repository not found/i,
  },
  {
    kind: 'crd',
    pattern:
      /no matches for kind|resource mapping not found|could not find the requested resource|ensure CRDs are installed|failed to ensure CRD ready|Make sure the "[^"]{1,253}" CRD is installed/i,
    name: /no matches for kind \\?"([A-Za-z0-9]{1,63})/i,
  },
  {
    kind: 'path',
    pattern:
      /app path (?:does not exist|is absolute|outside root|is not a directory)|illegal appPath|out-of-bounds symlinks|error resolving helm value|values[\w.-]{0,60}\.ya?ml:? no such file|resolved to outside repository root/i,
    name: /([\w./-]{1,200}): app path/,
  },
  { kind: 'repository', pattern: new RegExp(`(?:${RENDERS.source})[\\s\\S]*(?:${REFUSED_BY_HTTP.source})`, 'i') },
  { kind: 'network', pattern: new RegExp(`(?:${RENDERS.source})[\\s\\S]*(?:${UNREACHED.source})`, 'i') },
  {
    kind: 'revision',
    pattern:
      /unable to resolve '|couldn't find remote ref|pathspec '|reference not found|Failed to checkout (?:revision|FETCH_HEAD)|unknown revision|not our ref|invalid revision|no version for constraints?|no matching version|chart '[^']{0,200}' not found in index|chart "[^"]{0,200}" (?:version "[^"]{0,100}" |matching [^\n]{0,100} )?not found in|cannot get digest for revision|improper constraint|cannot reference (?:multiple revisions|a different revision)/i,
    name: /unable to resolve '([\w./-]{1,100})'/,
  },
  { kind: 'chart', pattern: RENDERS },
  {
    kind: 'repository',
    pattern:
      /authentication required|authorization failed|authentication failed|repository not found|does not appear to be a git repository|failed to authenticate to git repository|no credentials matched this URL|knownhosts: key|unable to authenticate, attempted methods|HTTP Basic: Access denied|invalid auth method|ssh: no key found|could not get installation|status code: 4\d\d\b/i,
    unless: /code = Unavailable/,
  },
  { kind: 'repository', pattern: REFUSED_BY_HTTP },
  { kind: 'network', pattern: UNREACHED },
  {
    kind: 'network',
    pattern:
      /code = (?:Unavailable|DeadlineExceeded|ResourceExhausted)|status code: 5\d\d|server misbehaving|unexpected EOF|: EOF$|failed to connect to repo server|Operation timed out|Connection timed out|no space left on device|error acquiring repo/i,
  },
  {
    kind: 'repository',
    pattern:
      /failed to list refs|ssh: handshake failed|failed to fetch (?:default|revision)|failed to initialize git repo|error testing repository connectivity|failed to fetch chart|error fetching chart/i,
  },
  {
    kind: 'chart',
    pattern:
      /Manifest generation error|unable to build kubernetes objects|Failed to evaluate jsonnet|error generating manifests in cmp|CMP processing failed|failed to unmarshal manifest|error converting YAML|error unmarshaling|yaml: |kustomiz|Chart\.yaml|Failed to (?:open|read|unmarshal) "|source referenced "|could not parse kubernetes version|invalid manifest|Found multiple objects|max combined manifest|(?:unable|could not) to? ?find plugin|no plugin|template: |failed to (?:parse|execute) (?:go )?template|application template is empty|must be set in the template|unsupported app source type|spec\.source/i,
  },
  {
    kind: 'sync',
    pattern:
      /Failed last sync attempt|one or more (?:objects|synchronization tasks|tasks|SyncFail hooks|sync tasks)|Failed to (?:load live state|compare desired state|normalize target)|failed to (?:initialize sync context|load openAPISchema|record sync|derive service account)|error validating|is invalid: |admission webhook|field is immutable|the object has been modified|Required value|waiting for (?:healthy state|completion|deletion)/i,
  },
];

/** What an Argo CD condition or operation message means; `unknown` when no pattern knows it. */
export function argoCauseOf(message: ForeignText): ArgoCause {
  const row = ROWS.find(({ pattern, unless }) => message.matches(pattern) && !(unless && message.matches(unless)));
  if (row === undefined) return { kind: 'unknown', text: '' };
  const name = row.name === undefined ? undefined : message.capture(row.name);
  return { kind: row.kind, text: name ? `${WORDS[row.kind]} (${name})` : WORDS[row.kind] };
}
