import { isIPv4 } from 'node:net';
import { BindError, problem } from '../binding/errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for `url` by HTTPS_PROXY or HTTP_PROXY and NO_PROXY (either case, lower case first); undefined for none.
 * Loopback never goes through one. The answer may hold credentials. @throws BindError INPUT_INVALID
 */
export function proxyFor(url: string, env: Environment = process.env): string | undefined {
  const target = new URL(url);
  const name = target.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const proxy = (env[name] || env[name.toUpperCase()] || '').trim();
  if (proxy === '' || isLoopback(hostOf(target))) return undefined;
  if (bypassed(target, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return checkedProxy(proxy, name.toUpperCase());
}

/** A proxy URL with its scheme, `http://` when it has none. `source` names where it came from. @throws BindError INPUT_INVALID */
export function checkedProxy(proxy: string, source: string): string {
  const full = proxy.includes('://') ? proxy : `http://${proxy}`;
  try {
    const { protocol, hostname, username, password } = new URL(full);
    // Credentials are decoded later, where a stray percent sign would throw with the URL in hand.
    decodeURIComponent(username + password);
    if ((protocol === 'http:' || protocol === 'https:') && hostname !== '') return full;
  } catch {
    // What the parser says repeats the URL.
  }
  throw new BindError(
    problem(
      'INPUT_INVALID',
      `${source} is not an http or https URL`,
      `Set ${source} to http://host:port, or unset it; special characters in its password are percent-encoded.`,
    ),
  );
}

/** Whether a URL leads to this machine. */
export function isLoopbackUrl(url: URL): boolean {
  return isLoopback(hostOf(url));
}

/** Whether `host` (no brackets) is this machine. */
function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
  );
}

/** The host of a URL as sockets want it: no brackets, no trailing dot. */
function hostOf({ hostname }: URL): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function bypassed(target: URL, list: string): boolean {
  const host = hostOf(target);
  const port = target.port || (target.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const { name, port: only } = /^(?<name>\[.+\]|[^:]+)(:(?<port>\d+))?$/.exec(entry)?.groups ?? { name: entry };
  if (only !== undefined && only !== port) return false;
  const bare = (name ?? '').replace(/^\[|\]$/g, '');
  if (bare.includes('/')) return inCidr(host, bare);
  const suffix = bare.replace(/^\*?\./, '');
  return host === suffix || host.endsWith(`.${suffix}`);
}

function inCidr(host: string, cidr: string): boolean {
  const [network = '', length = ''] = cidr.split('/');
  if (!isIPv4(host) || !isIPv4(network) || !/^\d{1,2}$/.test(length) || Number(length) > 32) return false;
  const shift = 2 ** (32 - Number(length));
  return Math.floor(asNumber(host) / shift) === Math.floor(asNumber(network) / shift);
}

function asNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
