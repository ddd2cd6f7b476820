import { BUILT_IN } from './built-in.ts';
import type { Fields } from './object.ts';
import { pageNotFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import type { Reply, World } from './world.ts';

export const VERSION = { major: '1', minor: '34', gitVersion: 'v1.34.4', platform: 'emulated' };
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

const json = (body: Fields): Reply => ({ status: 200, body });
const text = (body: string): Reply => ({ status: 200, body });

function groupOf(name: string, versions: readonly string[]): Fields {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

function resourceList(groupVersion: string, resources: readonly Resource[]): Reply {
  const rows = resources.flatMap((one) => {
    const row = { name: one.plural, singularName: one.singular, namespaced: one.isNamespaced, kind: one.kind };
    const names = one.shortNames.length > 0 ? { shortNames: one.shortNames } : {};
    const main = { ...row, verbs: one.isReview ? ['create'] : VERBS, ...names };
    const status = { ...row, name: `${one.plural}/status`, singularName: '', verbs: ['get', 'patch', 'update'] };
    return one.hasStatus ? [main, status] : [main];
  });
  return json({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: rows });
}

/** Paths that are no resources: versions, groups, health, keys. @throws Refusal 404 */
export function discover(world: World, path: string): Reply {
  const parts = path.split('/').filter(Boolean);
  const [first = '', group = '', version = ''] = parts;
  const all = world.resources.all();
  if (['healthz', 'livez', 'readyz'].includes(first)) return text('ok');
  if (path === '/version' || path === '/version/') return json(VERSION);
  if (path === '/openid/v1/jwks') return json(world.tokens.jwks);
  if (path === '/api') {
    const cidrs = [{ clientCIDR: '0.0.0.0/0', serverAddress: `127.0.0.1:${world.port()}` }];
    return json({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: cidrs });
  }
  if (path === '/api/v1')
    return resourceList(
      'v1',
      BUILT_IN.filter((one) => one.group === ''),
    );
  if (first !== 'apis') throw pageNotFound();
  const versionsOf = (name: string): string[] => [
    ...new Set(all.filter((one) => one.group === name).map((one) => one.version)),
  ];
  if (group === '') {
    const names = [...new Set(all.map((one) => one.group))].filter(Boolean);
    const groups = names.map((name) => groupOf(name, versionsOf(name)));
    return json({ kind: 'APIGroupList', apiVersion: 'v1', groups });
  }
  if (versionsOf(group).length === 0) throw pageNotFound();
  if (version === '') return json({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, versionsOf(group)) });
  const resources = all.filter((one) => one.group === group && one.version === version);
  if (resources.length === 0) throw pageNotFound();
  return resourceList(`${group}/${version}`, resources);
}
