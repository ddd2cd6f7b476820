import { methodNotAllowed, pageNotFound, unknownResource } from './refusal.ts';
import type { Resource } from './resources.ts';
import { ISSUER } from './token.ts';
import type { Call, Reply, World } from './world.ts';

const VERSION = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: 'v1.34.4',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update'];
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update'];
const json = (body: unknown): Reply => ({ status: 200, body });

function verbsOf({ plural, group, custom }: Resource): string[] {
  const isKept = group === '' && plural === 'namespaces';
  const verbs = custom === undefined ? VERBS : CUSTOM_VERBS;
  return verbs.filter((verb) => !(isKept && verb === 'deletecollection'));
}

function rows(resource: Resource): object[] {
  const { plural, singular, isNamespaced, kind, shortNames, isReview, hasStatus, group } = resource;
  const names = shortNames.length === 0 ? {} : { shortNames };
  const main = { name: plural, singularName: singular, namespaced: isNamespaced, kind };
  if (isReview) return [{ ...main, verbs: ['create'] }];
  const found: object[] = [{ ...main, verbs: verbsOf(resource), ...names }];
  const below = { singularName: '', namespaced: isNamespaced };
  if (hasStatus) found.push({ name: `${plural}/status`, ...below, kind, verbs: ['get', 'patch', 'update'] });
  if (group === '' && plural === 'serviceaccounts')
    found.push({
      name: 'serviceaccounts/token',
      ...below,
      group: 'authentication.k8s.io',
      version: 'v1',
      kind: 'TokenRequest',
      verbs: ['create'],
    });
  return found;
}

function groupOf(name: string, resources: readonly Resource[]): object {
  const all = new Set(resources.filter(({ group }) => group === name).map(({ version }) => version));
  const versions = [...all]
    .sort()
    .reverse()
    .map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(world: World, group: string, version: string): Reply {
  const found = world.resources.all().filter((one) => one.group === group && one.version === version);
  if (found.length === 0) throw world.resources.isBuiltInGroup(group) ? unknownResource() : pageNotFound();
  const isCore = group === '';
  const head = { kind: 'APIResourceList', ...(isCore ? {} : { apiVersion: 'v1' }) };
  return json({ ...head, groupVersion: isCore ? version : `${group}/${version}`, resources: found.flatMap(rows) });
}

function groups(world: World, name: string | undefined): Reply {
  const all = world.resources.all();
  const names = new Set(all.map(({ group }) => group).filter(Boolean));
  if (name === undefined)
    return json({ kind: 'APIGroupList', apiVersion: 'v1', groups: [...names].map((one) => groupOf(one, all)) });
  if (!names.has(name)) throw pageNotFound();
  return json({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name, all) });
}

function openid(world: World): Reply {
  const body = {
    issuer: ISSUER,
    jwks_uri: `https://localhost:${world.port()}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
  return json(body);
}

/** What a path that is no resource answers. */
export function discover(world: World, { info }: Call): Reply {
  if (info.verb !== 'get' && info.verb !== 'head') throw methodNotAllowed();
  const parts = info.path.split('/').filter(Boolean);
  const [first, second, third] = parts;
  if (first === 'apis') return third === undefined ? groups(world, second) : resourceList(world, second ?? '', third);
  if (first === 'api' && second !== undefined) return resourceList(world, '', second);
  switch (parts.join('/')) {
    case 'api': {
      const address = { clientCIDR: '0.0.0.0/0', serverAddress: `localhost:${world.port()}` };
      return json({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [address] });
    }
    case 'version':
      return json(VERSION);
    case 'healthz':
    case 'livez':
    case 'readyz':
      return { status: 200, body: 'ok' };
    case 'openid/v1/jwks':
      return { status: 200, body: world.tokens.jwks, contentType: 'application/jwk-set+json' };
    case '.well-known/openid-configuration':
      return openid(world);
    default:
      throw pageNotFound();
  }
}
