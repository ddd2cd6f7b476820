import { randomUUID } from 'node:crypto';
import { builtIn } from './built-in.ts';
import { destroy } from './delete.ts';
import { type Fields, fields, type KubeObject, list, timestamp } from './object.ts';
import { CRDS, type Resource } from './resources.ts';
import { ACCOUNT_NAME, TOKEN_SECRET } from './rule.ts';
import type { World } from './world.ts';

/** As long as a controller takes to notice. */
const REACTION_MS = 50;
const ROOT_CA = 'kube-root-ca.crt';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

function make(world: World, plural: string, namespace: string, name: string, rest: Fields): void {
  const resource = builtIn(plural);
  const metadata = { name, namespace, uid: randomUUID(), creationTimestamp: timestamp(world.now()) };
  world.store.put(resource, { kind: resource.kind, apiVersion: resource.version, metadata, ...rest });
}

function furnish(world: World, namespace: KubeObject): void {
  const { name = '' } = namespace.metadata;
  if (world.store.get(builtIn('serviceaccounts'), name, 'default') === undefined)
    make(world, 'serviceaccounts', name, 'default', {});
  const data = { 'ca.crt': world.rootCaPem };
  const published = world.store.get(builtIn('configmaps'), name, ROOT_CA);
  if (published === undefined) make(world, 'configmaps', name, ROOT_CA, { data });
  else if (fields(published['data'])['ca.crt'] !== world.rootCaPem)
    world.store.put(builtIn('configmaps'), { ...published, data });
}

function clear(world: World, namespace: KubeObject): void {
  const { name = '' } = namespace.metadata;
  let left = 0;
  const stored = world.resources.all().filter(({ isNamespaced, isReview }) => isNamespaced && !isReview);
  for (const resource of stored)
    for (const object of world.store.list(resource, name)) if (destroy(world, resource, object, false)) left += 1;
  if (left === 0) world.store.remove(builtIn('namespaces'), '', name);
}

function fillToken(world: World, secret: KubeObject): void {
  const { namespace = '', name = '', annotations = {} } = secret.metadata;
  const secrets = builtIn('secrets');
  const account = world.store.get(builtIn('serviceaccounts'), namespace, annotations[ACCOUNT_NAME] ?? '');
  const { name: accountName = '', uid = '' } = account?.metadata ?? {};
  if (account === undefined || (annotations[ACCOUNT_UID] ?? uid) !== uid) {
    world.store.remove(secrets, namespace, name);
    return;
  }
  const data = fields(secret['data']);
  if (data['token'] !== undefined && annotations[ACCOUNT_UID] === uid) return;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const token = world.tokens.mintLegacy(namespace, { name: accountName, uid }, name);
  world.store.put(secrets, {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...annotations, [ACCOUNT_UID]: uid } },
    data: { ...data, 'ca.crt': base64(world.rootCaPem), namespace: base64(namespace), token: base64(token) },
  });
}

function establish(world: World, definition: KubeObject): void {
  const status = fields(definition['status']);
  if (list(status['conditions']).some(({ type }) => type === 'Established')) return;
  const { names, versions } = fields(definition['spec']);
  const lastTransitionTime = timestamp(world.now());
  const met = (type: string, reason: string, message: string): Fields => ({
    type,
    status: 'True',
    lastTransitionTime,
    reason,
    message,
  });
  const conditions = [
    met('NamesAccepted', 'NoConflicts', 'no conflicts found'),
    met('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
  ];
  const storedVersions = list(versions)
    .filter(({ storage }) => storage === true)
    .map(({ name }) => name);
  world.store.put(CRDS, { ...definition, status: { conditions, acceptedNames: names, storedVersions } });
}

function forget(world: World, gone: KubeObject): void {
  const { group } = fields(gone['spec']);
  const { plural } = fields(fields(gone['spec'])['names']);
  const place = { group: String(group), plural: String(plural) };
  for (const { metadata } of world.store.list(place))
    world.store.remove(place, metadata.namespace ?? '', metadata.name ?? '');
}

function reconcile(world: World): void {
  const { store } = world;
  for (const definition of store.list(CRDS)) establish(world, definition);
  for (const secret of store.list(builtIn('secrets'))) if (secret['type'] === TOKEN_SECRET) fillToken(world, secret);
  for (const namespace of store.list(builtIn('namespaces')))
    if (fields(namespace['status'])['phase'] === 'Terminating') clear(world, namespace);
    else furnish(world, namespace);
}

const WATCHED: readonly Resource['plural'][] = ['namespaces', 'serviceaccounts', 'configmaps', 'secrets', CRDS.plural];

/** Does what the controller-manager does, a moment after each change; the answer ends it. */
export function startControllers(world: World): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const wake = (): void => {
    if (isStopped || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      reconcile(world);
    }, REACTION_MS);
  };
  world.store.onChange(({ plural, group }, object, change) => {
    if (change === 'removed' && plural === CRDS.plural && group === CRDS.group) forget(world, object);
    const isLeaving = object.metadata.deletionTimestamp !== undefined;
    if (WATCHED.includes(plural) || isLeaving) wake();
  });
  reconcile(world);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
