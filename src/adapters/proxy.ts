import { isIP } from 'node:net';

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for a URL by HTTPS_PROXY, HTTP_PROXY and NO_PROXY (both cases); undefined for none. Loopback never has one. */
export function proxyFor(url: string, env: Environment): string | undefined {
  let target: URL;
  try {
    target = new URL(url);
  } catch {
    return undefined;
  }
  const hostname = target.hostname.toLowerCase().replace(/^\[|\]$/g, '');
  if (hostname === 'localhost' || hostname === '::1' || hostname.startsWith('127.')) return undefined;
  const secure = target.protocol === 'https:';
  const proxy = secure ? read(env, 'HTTPS_PROXY') : read(env, 'HTTP_PROXY');
  if (!proxy) return undefined;
  const port = target.port || (secure ? '443' : '80');
  const direct = (read(env, 'NO_PROXY') ?? '').split(/[\s,]+/).filter(Boolean);
  if (direct.some((rule) => matches(rule.toLowerCase(), hostname, port))) return undefined;
  return /^[a-z]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function read(env: Environment, name: string): string | undefined {
  return env[name.toLowerCase()] || env[name] || undefined;
}

/** Exact, suffix, `.suffix`, `*.suffix`, `*`, `host:port` and IPv4 networks. */
function matches(rule: string, hostname: string, port: string): boolean {
  if (rule === '*') return true;
  const [, name = rule, rulePort] = /^(.*?)(?::(\d+))?$/.exec(isIP(rule) === 6 ? '' : rule) ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  if (name.includes('/')) return inNetwork(hostname, name);
  const suffix = name.replace(/^\*?\./, '');
  return hostname === suffix || (isIP(hostname) === 0 && hostname.endsWith(`.${suffix}`));
}

function inNetwork(hostname: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  if (isIP(hostname) !== 4 || isIP(base) !== 4) return false;
  const mask = 2 ** 32 - 2 ** (32 - Number(bits));
  const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  // biome-ignore lint/suspicious/noBitwiseOperators: a netmask is bits
  return (number(hostname) & mask) >>> 0 === (number(base) & mask) >>> 0;
}
