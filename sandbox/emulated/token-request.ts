import { builtIn } from './built-in.ts';
import { required, wrong } from './cause.ts';
import { decode } from './decode.ts';
import { type Fields, fields, type KubeObject, strings, text, timestamp } from './object.ts';
import { badRequest, invalid, kindConflict, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import { ISSUER } from './token.ts';
import type { Call, Reply, World } from './world.ts';

const GROUP = 'authentication.k8s.io';
const DEFAULT_SECONDS = 3600;
const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;

const REQUEST: Resource = {
  group: GROUP,
  version: 'v1',
  plural: 'tokenrequests',
  singular: 'tokenrequest',
  kind: 'TokenRequest',
  listKind: '',
  isNamespaced: true,
  shortNames: [],
  hasStatus: false,
};

function secondsOf(world: World, call: Call, spec: Fields): number {
  const asked = Number(spec['expirationSeconds'] ?? DEFAULT_SECONDS);
  const refuse = (why: string): never => {
    throw invalid('TokenRequest', GROUP, '', [wrong('spec.expirationSeconds', asked, why)]);
  };
  if (asked < LEAST_SECONDS) refuse('may not specify a duration less than 10 minutes');
  if (asked > MOST_SECONDS) refuse('may not specify a duration larger than 2^32 seconds');
  const most = world.maxTokenExpirationSeconds ?? Number.POSITIVE_INFINITY;
  if (asked <= most) return asked;
  call.warnings.push(`requested expiration of ${asked} seconds shortened to ${most} seconds`);
  return most;
}

interface Bound {
  readonly name: string;
  readonly uid: string;
}

function boundSecret(world: World, namespace: string, reference: Fields): Bound {
  const kind = text(reference['kind']);
  const apiVersion = text(reference['apiVersion']);
  if (kind !== 'Secret' || apiVersion !== 'v1')
    throw badRequest(
      `cannot bind token to object of type ${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`,
    );
  const name = text(reference['name']);
  if (name === '') throw badRequest('Name parameter required.');
  const secrets = builtIn('secrets');
  const found = world.store.get(secrets, namespace, name);
  if (found === undefined) throw notFound(secrets, name);
  const { uid = '' } = found.metadata;
  const asked = text(reference['uid']) || uid;
  if (asked === uid) return { name, uid };
  throw kindConflict(
    secrets,
    name,
    `the UID in the bound object reference (${asked}) does not match the UID in record. The object might have been deleted and then recreated`,
  );
}

/** A token for the ServiceAccount of the path, alive as long as the Secret it is bound to. */
export function requestToken(world: World, call: Call): Reply {
  const { namespace, name } = call.info;
  const request: KubeObject = decode(call, REQUEST);
  const accounts = builtIn('serviceaccounts');
  const account = world.store.get(accounts, namespace, name);
  if (account === undefined) throw notFound(accounts, name);
  if (request.metadata.name && request.metadata.name !== name)
    throw invalid('TokenRequest', GROUP, '', [required('metadata.name')]);
  const spec = fields(request['spec']);
  const seconds = secondsOf(world, call, spec);
  const reference = spec['boundObjectRef'];
  const secret = reference == null ? undefined : boundSecret(world, namespace, fields(reference));
  const audiences = strings(spec['audiences']).length > 0 ? strings(spec['audiences']) : [ISSUER];
  const { uid = '' } = account.metadata;
  const minted = { namespace, account: { name, uid }, audiences, seconds };
  const token = world.tokens.mint(secret === undefined ? minted : { ...minted, secret });
  const body = {
    kind: 'TokenRequest',
    apiVersion: `${GROUP}/v1`,
    metadata: { name, namespace, uid, creationTimestamp: timestamp(world.now()) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: reference ?? null },
    status: { token, expirationTimestamp: timestamp(world.now() + seconds * 1000) },
  };
  return { status: 201, body };
}
