import { isIP } from 'node:net';

export type Reach = 'loopback' | 'in-cluster' | 'link-local' | 'private' | 'public';

const PRIVATE_SUFFIXES = ['.testing', '.local', '.test', '.internal', '.lan', '.home.arpa'];
/** Names that many clusters answer to (CRC, kind, minikube), so that they identify none. */
const SHARED_SUFFIXES = ['.testing', '.local'];

/** The host name of a URL in lower case without brackets; empty when it is no URL. */
export function hostnameOf(url: string): string {
  try {
    return new URL(url).hostname
      .toLowerCase()
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '');
  } catch {
    return '';
  }
}

/** Whether this is an https URL with a host: Vault takes anything, also a host without a scheme. */
export function isHttps(url: string): boolean {
  return url.startsWith('https://') && hostnameOf(url) !== '';
}

/** The same URL in one spelling: lower-case host, explicit port, no trailing slash. */
export function canonicalHost(url: string): string {
  try {
    const parsed = new URL(url);
    const port = parsed.port || (parsed.protocol === 'https:' ? '443' : '80');
    const path = parsed.pathname.replace(/\/+$/, '');
    return `${parsed.protocol}//${parsed.hostname.toLowerCase()}:${port}${path}`;
  } catch {
    return url.replace(/\/+$/, '');
  }
}

/** From where an address can be reached at all. */
function reachOf(hostname: string): Reach {
  const address = hostname.startsWith('::ffff:') ? mappedIPv4(hostname.slice(7)) : hostname;
  if (isIP(address) === 4) return reachOfIPv4(address);
  if (isIP(hostname) === 6) {
    if (hostname === '::1' || hostname === '::') return 'loopback';
    if (/^fe[89ab]/.test(hostname)) return 'link-local';
    return /^f[cd]/.test(hostname) ? 'private' : 'public';
  }
  if (hostname === 'localhost' || hostname.endsWith('.localhost')) return 'loopback';
  if (hostname.endsWith('.svc') || hostname.includes('.svc.')) return 'in-cluster';
  if (hostname === 'kubernetes' || hostname === 'kubernetes.default') return 'in-cluster';
  return PRIVATE_SUFFIXES.some((suffix) => hostname.endsWith(suffix)) ? 'private' : 'public';
}

/** A URL spells an IPv4 address that is mapped into IPv6 in hex: `7f00:1` is `127.0.0.1`. */
function mappedIPv4(tail: string): string {
  const hex = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(tail);
  if (!hex) return tail;
  const words = [hex[1], hex[2]].map((word) => Number.parseInt(word ?? '', 16));
  return words.flatMap((word) => [word >> 8, word & 255]).join('.');
}

function reachOfIPv4(address: string): Reach {
  const [first = 0, second = 0] = address.split('.').map(Number);
  if (first === 127 || first === 0) return 'loopback';
  if (first === 169 && second === 254) return 'link-local';
  const isPrivate = first === 10 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168);
  return isPrivate || (first === 100 && second >= 64 && second < 128) ? 'private' : 'public';
}

/** Whether a URL's host is on this machine, so that plain http and unreachable names do no harm. */
export function isLoopback(url: string): boolean {
  return reachOf(hostnameOf(url)) === 'loopback';
}

/** Why a Vault at `vaultUrl` could never reach `kubernetesHost`, or undefined when it might. */
export function unreachableReason(kubernetesHost: string, vaultUrl: string): string | undefined {
  const hostname = hostnameOf(kubernetesHost);
  if (hostname === '') return 'it is not a URL';
  const reach = reachOf(hostname);
  if (isLoopback(vaultUrl)) return reach === 'in-cluster' ? `${hostname} resolves only inside the cluster` : undefined;
  if (reach === 'loopback') return `${hostname} is Vault's own machine when Vault dials it`;
  if (reach === 'link-local') return `${hostname} is link-local`;
  if (reach === 'in-cluster') return `${hostname} resolves only inside the cluster`;
  return undefined;
}

/**
 * Whether many clusters are reached at this host as seen from this Vault, so that "same host" says nothing about
 * which cluster it is.
 */
export function isSharedHost(kubernetesHost: string, vaultUrl: string): boolean {
  const hostname = hostnameOf(kubernetesHost);
  if (SHARED_SUFFIXES.some((suffix) => hostname.endsWith(suffix))) return true;
  if (isIP(hostname) === 0 && reachOf(hostname) !== 'loopback') return false;
  const reach = reachOf(hostname);
  if (reach !== 'private' && reach !== 'loopback' && reach !== 'link-local') return false;
  return reachOf(hostnameOf(vaultUrl)) !== reach;
}
