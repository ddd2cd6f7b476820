import type { HiddenNames, Report } from './model.js';

/** Words of our own, times and ids: no name from outside is ever in them. */
const KEPT = new Set([
  'version',
  'mode',
  'verdict',
  'op',
  'system',
  'state',
  'severity',
  'category',
  'code',
  'repo',
  'file',
  'clusterUid',
  'startedAt',
  'reviewerTokenExpiresAt',
  'reviewerTokenIssuedAt',
]);
const PUBLIC_RUN = /^https:\/\/github\.com\//;

const URL_HOST = /\b[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@`]*@)?(\[[0-9a-f:. ]+\]|[^\s/:?#"'`),;\]]+)/gi;
const IPV4 = /(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)/g;
const IPV6 =
  /(?<![\w:.])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?)(?![\w:])/gi;
const DOTTED = /(?<![\w.-])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?){2,}/gi;
/** Dotted words that are API groups, fields or files, unless they are known to be a host. */
const NO_HOST =
  /(^|\.)(k8s\.io|argoproj\.io|redhatcop\.redhat\.io|secrets\.hashicorp\.com|vault-cluster-bind\.bitiq\.io|\d+|ya?ml|json|md|sh|hcl|crt|pem|mk)$|^(spec|status|metadata|data)\.|[A-Z]/;

const SECRET_ID = /^secret\.[^/]*\/(.+)$/;
const ANCHOR = /[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?-[0-9a-f]{10}-(?:a|b|proof)\b/g;
const NAMED_SECRET = /\bsecrets?[ /]+[a-z0-9-]+\/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/gi;
const COMMAND_SECRETS = /\b(?:oc|kubectl)\b[^`\n]*?\bsecrets?[ /]+((?:[a-z0-9][a-z0-9.-]*[a-z0-9]\b *)+)/gi;
const SECRET_KINDS = new Set(['anchor', 'reviewer token', 'secret']);
const PLACEHOLDER = /^(host|secret)-\d+$/;
const NO_NAME = new Set(['generic', 'tls', 'docker-registry', 'in', 'of', 'and', 'for', 'to', 'with']);

/** The same report with `host-1`, `secret-3` in place of hosts and Secret names, in every field. */
export function hideNames(report: Report): Report {
  const { hidden: _, ...shown } = report;
  return mapText(shown, '', nameHider(report)) as Report;
}

/** Replaces the report's hosts and Secret names in any text, e.g. in progress lines; the same name, the same placeholder. */
export function nameHider(report: Report): (text: string) => string {
  const texts = allText(report);
  const hosts = [report.vaultUrl, report.kubernetesHost].flatMap(hostsOfUrls);
  const found = texts.flatMap((text) => [...hostsOfUrls(text), ...matches(text, IPV4), ...matches(text, IPV6)]);
  const known = new Set([...hosts, ...found, ...(report.hidden?.hosts ?? [])].map((host) => host.toLowerCase()));
  const dotted = texts.flatMap((text) => matches(text, DOTTED)).filter((word) => isHost(word, known));
  const steady = unique(hosts);
  const replace = new Map([
    ...placeholders('host', [
      ...steady,
      ...unique([...known, ...dotted])
        .filter((host) => !steady.includes(host))
        .toSorted(),
    ]),
    ...placeholders('secret', unique(secretNames(report, texts)).toSorted()),
  ]);
  return replacer(replace);
}

/** The same for lines of somebody else, whose hosts the report does not know: they become `other-host-1` as they turn up. */
export function foreignNameHider(report: Report): (text: string) => string {
  const hide = nameHider(report);
  const others: string[] = [];
  return (text) => {
    const shown = hide(text);
    const words = matches(shown, DOTTED).filter((word) => isHost(word, new Set(others)));
    const found = [...hostsOfUrls(shown), ...matches(shown, IPV4), ...matches(shown, IPV6), ...words];
    const fresh = unique(found).filter((name) => !PLACEHOLDER.test(name));
    others.push(...fresh.filter((name) => !others.includes(name)));
    return fresh.length === 0 ? shown : replacer(new Map(placeholders('other-host', others)))(shown);
  };
}

function isHost(word: string, known: ReadonlySet<string>): boolean {
  const domain = (host: string): string => host.split('.').slice(-2).join('.').toLowerCase();
  return !NO_HOST.test(word) || [...known].some((host) => host.includes('.') && domain(host) === domain(word));
}

function secretNames(report: Report, texts: readonly string[]): readonly string[] {
  const ids = report.checks.flatMap((check) => SECRET_ID.exec(check.id)?.[1] ?? []);
  const steps = report.steps
    .filter((step) => SECRET_KINDS.has(step.kind.toLowerCase()))
    .map((step) => step.name.replace(/^.*\//, ''));
  const written = texts.flatMap((text) => [
    ...matches(text, ANCHOR),
    ...[...text.matchAll(NAMED_SECRET)].map((match) => match[1] ?? ''),
    ...[...text.matchAll(COMMAND_SECRETS)].flatMap((match) => (match[1] ?? '').trim().split(/ +/)),
  ]);
  const hidden: HiddenNames['secrets'] = report.hidden?.secrets ?? [];
  return [...ids, ...steps, ...written, ...hidden].filter((name) => name !== '' && !NO_NAME.has(name.toLowerCase()));
}

function placeholders(noun: string, names: readonly string[]): readonly (readonly [string, string])[] {
  return names.map((name, index) => [name.toLowerCase(), `${noun}-${index + 1}`] as const);
}

/** One pass over the text, the longest name first, so that no placeholder is replaced again. */
function replacer(replace: ReadonlyMap<string, string>): (text: string) => string {
  if (replace.size === 0) return (text) => text;
  const names = [...replace.keys()].toSorted((left, right) => right.length - left.length);
  const pattern = new RegExp(
    `(?<![a-z0-9-])(?:${names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})(?![a-z0-9-])`,
    'gi',
  );
  return (text) => text.replace(pattern, (name) => replace.get(name.toLowerCase()) ?? name);
}

function hostsOfUrls(text: string): readonly string[] {
  return [...text.matchAll(URL_HOST)]
    .map((match) => (match[1] ?? '').toLowerCase().replace(/\.$/, ''))
    .filter((host) => host !== '');
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([found]) => found.toLowerCase());
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function allText(report: Report): readonly string[] {
  const texts: string[] = [];
  mapText(report, '', (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

/** Rebuilds a value with every text that may hold a name put through `change`. */
function mapText(value: unknown, key: string, change: (text: string) => string): unknown {
  if (typeof value === 'string') return isKept(key, value) ? value : change(value);
  if (Array.isArray(value)) return value.map((item) => mapText(item, key, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapText(item, name, change)]));
}

function isKept(key: string, value: string): boolean {
  if (key === 'id') return !SECRET_ID.test(value);
  return KEPT.has(key) || (key === 'run' && PUBLIC_RUN.test(value));
}
