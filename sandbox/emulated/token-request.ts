import { wrong } from './cause.ts';
import { type Fields, fields, strings, text, timestamp } from './object.ts';
import { badRequest, invalid, kindConflict, notFound } from './refusal.ts';
import type { Resource } from './resources.ts';
import { ISSUER } from './token.ts';
import type { Call, Reply, World } from './world.ts';

const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;
const GROUP = 'authentication.k8s.io';

function specOf(body: string): Fields {
  try {
    return fields(fields(JSON.parse(body || '{}'))['spec']);
  } catch {
    throw badRequest("couldn't get version/kind; json parse error");
  }
}

function secondsOf(spec: Fields): number {
  const asked = Number(spec['expirationSeconds'] ?? 3600);
  const field = 'spec.expirationSeconds';
  if (asked < LEAST_SECONDS)
    throw invalid('TokenRequest', GROUP, '', [wrong(field, asked, 'may not specify a duration less than 10 minutes')]);
  if (asked > MOST_SECONDS)
    throw invalid('TokenRequest', GROUP, '', [
      wrong(field, asked, 'may not specify a duration larger than 2^32 seconds'),
    ]);
  return asked;
}

function boundSecret(world: World, namespace: string, spec: Fields): { name: string; uid: string } | undefined {
  if (spec['boundObjectRef'] === undefined) return undefined;
  const { kind, apiVersion, name, uid } = fields(spec['boundObjectRef']);
  if (kind !== 'Secret' || apiVersion !== 'v1')
    throw badRequest(`cannot bind token for serviceaccount to type ${apiVersion}, Kind=${kind}`);
  const of = { group: '', plural: 'secrets', kind: 'Secret' };
  const secret = world.store.get(of, namespace, text(name));
  if (secret === undefined) throw notFound(of, text(name));
  const held = secret.metadata.uid ?? '';
  if (uid !== undefined && uid !== '' && uid !== held) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw kindConflict(of, text(name), why);
  }
  return { name: text(name), uid: held };
}

/** TokenRequest of a ServiceAccount. @throws Refusal 400, 404, 409, 422 */
export function requestToken(world: World, call: Call, accounts: Resource): Reply {
  const { namespace, name } = call.info;
  const account = world.store.get(accounts, namespace, name);
  if (account === undefined) throw notFound(accounts, name);
  const spec = specOf(call.body);
  const asked = secondsOf(spec);
  const secret = boundSecret(world, namespace, spec);
  const most = world.maxTokenExpirationSeconds ?? asked;
  const seconds = Math.min(asked, most);
  if (seconds < asked) call.warnings.push(`requested expiration of ${asked} seconds shortened to ${seconds} seconds`);
  const audiences = strings(spec['audiences']);
  const wanted = audiences.length > 0 ? audiences : [ISSUER];
  const uid = account.metadata.uid ?? '';
  const token = world.tokens.mint({
    namespace,
    account: { name, uid },
    audiences: wanted,
    seconds,
    ...(secret && { secret }),
  });
  const now = world.now();
  const expirationTimestamp = timestamp((Math.floor(now / 1000) + seconds) * 1000);
  return {
    status: 201,
    body: {
      kind: 'TokenRequest',
      apiVersion: `${GROUP}/v1`,
      metadata: { name, namespace, creationTimestamp: timestamp(now) },
      spec: { audiences: wanted, expirationSeconds: seconds, boundObjectRef: spec['boundObjectRef'] ?? null },
      status: call.isDryRun ? { token: '', expirationTimestamp } : { token, expirationTimestamp },
    },
  };
}
