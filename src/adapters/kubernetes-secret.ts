import { BindError, problem } from '../binding/errors.js';
import type { SecretRow } from '../binding/facts.js';
import { cleanName } from '../binding/name.js';
import { type Observed, present, unreadable } from '../binding/observed.js';
import type { ClusterPort } from '../ports.js';
import type { KubeAnswer } from './kube-answer.js';
import type { KubeApi } from './kube-api.js';
import { type Asked, strangeProblem } from './kube-error.js';
import { at, core, LABELS, MERGE, text } from './kubernetes-object.js';

/** The only way Secrets are looked at: no fallback to JSON, so that a server that cannot do Tables answers 406. */
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';
/** A Table's rows would bring the object's metadata along, in which kubectl leaves a copy of the whole. */
const ROWS = 'includeObject=None';

type Secrets = Pick<ClusterPort, 'secretRow' | 'createAnchor' | 'annotateAnchor' | 'deleteAnchor'>;

/** Every request about a Secret, so that none can bring its content. */
export function kubernetesSecrets(api: KubeApi): Secrets {
  return {
    secretRow: (namespace, name) => readSecretRow(api, namespace, name),
    createAnchor: (namespace, name, annotations) => createAnchor(api, namespace, name, annotations),
    async annotateAnchor(namespace, name, annotations) {
      const asked = { verb: 'patch', resource: 'secrets', namespace, name };
      const path = `${core(namespace, 'secrets', name)}?${ROWS}`;
      await api.must(path, { asked, contentType: MERGE, accept: TABLE, body: { metadata: { annotations } } });
    },
    deleteAnchor: (namespace, name, uid) => deleteAnchor(api, namespace, name, uid || undefined),
  };
}

async function readSecretRow(
  api: KubeApi,
  namespace: string,
  name: string,
  abortable = true,
): Promise<Observed<SecretRow>> {
  const asked = { verb: 'get', resource: 'secrets', namespace, name };
  const seen = await api.get(`${core(namespace, 'secrets', name)}?${ROWS}`, asked, { accept: TABLE, abortable });
  if (seen.state !== 'present') return seen;
  const columns = at(seen.value, 'columnDefinitions');
  const names = Array.isArray(columns) ? columns.map((column) => text(at(column, 'name'))) : [];
  const cells = at(seen.value, 'rows', 0, 'cells');
  const type = at(cells, names.indexOf('Type'));
  const keys = at(cells, names.indexOf('Data'));
  if (at(seen.value, 'kind') === 'Table' && typeof type === 'string' && typeof keys === 'number')
    return present({ type: cleanName(type), keys });
  return unreadable(
    problem(
      'CLUSTER_ERROR',
      `${api.server} did not answer with the table of Secret ${namespace}/${name}`,
      'Check that no proxy before the API server drops the Accept header.',
    ),
  );
}

/** An empty Secret that nobody can fill: immutable. */
async function createAnchor(
  api: KubeApi,
  namespace: string,
  name: string,
  annotations: Readonly<Record<string, string>>,
): Promise<{ uid: string }> {
  const asked = { verb: 'create', resource: 'secrets', namespace, name };
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    immutable: true,
    metadata: { name, namespace, annotations, labels: LABELS },
  };
  const answer = await api.send(`${core(namespace, 'secrets')}?${ROWS}`, { asked, body, accept: TABLE });
  if (answer.status === 409 && answer.reason === 'AlreadyExists') await requireAnchor(api, namespace, name);
  else api.accepted(answer, asked);
  const uid = await anchorUid(api, namespace, name);
  if (uid !== undefined) return { uid };
  throw changed(`Secret ${namespace}/${name} was deleted while it was made`);
}

/** The UID of an anchor without reading it: a delete that is not carried out answers with a Status that names it. */
async function anchorUid(api: KubeApi, namespace: string, name: string): Promise<string | undefined> {
  const asked = { verb: 'delete', resource: 'secrets', namespace, name };
  const answer = await remove(api, asked, { dryRun: ['All'] }, '&dryRun=All');
  if (isGone(answer)) return undefined;
  const uid = text(at(api.accepted(answer, asked), 'details', 'uid'));
  if (uid !== '') return uid;
  // A finalizer makes the answer the object instead, of which a Table keeps nothing.
  throw new BindError(strangeProblem(asked, api.server));
}

/** The body that goes with a DELETE is what the API server obeys; the query is for its audit log. */
function remove(api: KubeApi, asked: Asked, options: object, query = ''): Promise<KubeAnswer> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...options };
  const path = `${core(asked.namespace ?? '', 'secrets', asked.name)}?${ROWS}${query}`;
  return api.send(path, { asked, body, accept: TABLE });
}

function isGone({ status, reason }: KubeAnswer): boolean {
  return status === 404 && reason === 'NotFound';
}

async function deleteAnchor(api: KubeApi, namespace: string, name: string, known: string | undefined): Promise<void> {
  const uid = known ?? (await anchorUid(api, namespace, name));
  // Looked at after its UID is known: what replaces it in between has another one.
  if (uid === undefined || (await requireAnchor(api, namespace, name)) === 'absent') return;
  const asked = { verb: 'delete', resource: 'secrets', namespace, name };
  const answer = await remove(api, asked, { preconditions: { uid } });
  if (isGone(answer)) return;
  // The UID we remember may be of an earlier anchor of the same name: look again, once.
  if (answer.status === 409 && known !== undefined) return deleteAnchor(api, namespace, name, undefined);
  api.accepted(answer, asked);
}

/**
 * Not given up by a cancelled run, for its cleaning up begins with this look.
 * @throws BindError when there is something of this name that is no anchor, or it cannot be told
 */
async function requireAnchor(api: KubeApi, namespace: string, name: string): Promise<'present' | 'absent'> {
  const seen = await readSecretRow(api, namespace, name, false);
  if (seen.state === 'unreadable') throw new BindError(seen.problem);
  if (seen.state === 'absent' || (seen.value.type === 'Opaque' && seen.value.keys === 0)) return seen.state;
  throw changed(`Secret ${namespace}/${name} holds something: it is not an anchor, and is left alone`);
}

function changed(message: string): BindError {
  return new BindError(
    problem('PLAN_CHANGED', message, 'Look who made it, delete it when nobody needs it, then run this again.'),
  );
}
