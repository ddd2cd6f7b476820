import type { ApplicationFact, ApplicationSetFact, ArgoInstanceFact } from '../binding/facts.js';
import type { ForeignText } from '../binding/foreign.js';
import type { ObjectRef } from '../binding/intent.js';
import { argoCauseOf } from './argocd-cause.js';
import { causeOf } from './gitops-cause.js';
import { counted, type Finding, green, listed, red, refText, sameRef } from './gitops-finding.js';

/** The instance that OpenShift GitOps makes. */
export const ARGOCD: ObjectRef = { namespace: 'openshift-gitops', name: 'openshift-gitops' };

const LONG_AGO_MS = 3_600_000;
const MOST_FAILURES = 3;

export function instanceFinding(instances: readonly ArgoInstanceFact[]): Finding {
  const instance = instances.find(({ ref }) => sameRef(ref, ARGOCD));
  if (instance === undefined) {
    const others = instances.length === 0 ? '' : `; there: ${listed(instances.map(({ ref }) => refText(ref)))}`;
    return red(`no ArgoCD ${refText(ARGOCD)}${others}`);
  }
  const controller = instance.components['applicationSetController'] ?? '';
  const troubles: string[] = [];
  if (instance.phase !== 'Available') troubles.push(`phase ${instance.phase || 'not set'}`);
  if (controller !== 'Running') troubles.push(`applicationSetController ${controller || 'not set'}`);
  if (troubles.length === 0) return green('phase Available, applicationSetController Running');
  if (instance.phase === 'Available') {
    const patch = `oc -n ${ARGOCD.namespace} patch argocd ${ARGOCD.name} --type=merge -p '{"spec":{"applicationSet":{}}}'`;
    return red(troubles.join(', '), `Enable the ApplicationSet controller: ${patch}.`);
  }
  return red(troubles.join(', '));
}

export function applicationSetsFinding(
  sets: readonly ApplicationSetFact[],
  applications: readonly ApplicationFact[],
): Finding {
  if (sets.length === 0) return red('no ApplicationSet exists');
  const owners = new Set(applications.map(({ ref, owner }) => `${ref.namespace}/${owner}`));
  const bad = sets
    .map((set) => ({ name: refText(set.ref), troubles: setTroubles(set, owners.has(refText(set.ref))) }))
    .filter(({ troubles }) => troubles.length > 0);
  if (bad.length === 0) return green(counted(sets.length, 'ApplicationSet'));
  const lines = bad.map(({ name, troubles }) => `${name}: ${troubles.join(', ')}`);
  return red(`${bad.length} of ${counted(sets.length, 'ApplicationSet')} not right: ${listed(lines)}`);
}

function setTroubles(set: ApplicationSetFact, ownsSome: boolean): string[] {
  const troubles: string[] = [];
  const condition = (type: string) => set.conditions.find((candidate) => candidate.type === type);
  const failed = condition('ErrorOccurred');
  const current = condition('ResourcesUpToDate');
  if (failed === undefined && current === undefined) troubles.push('not reconciled yet');
  else if (failed === undefined || failed.status !== 'False') troubles.push(named('ErrorOccurred', failed));
  else if (current?.status !== 'True') troubles.push(named('ResourcesUpToDate not True', current));
  const parameters = condition('ParametersGenerated');
  if (parameters !== undefined && parameters.status !== 'True')
    troubles.push(named('ParametersGenerated not True', parameters));
  if (!ownsSome) troubles.push('owns no Application');
  return troubles;
}

function named(
  word: string,
  condition: { readonly reason: string; readonly message: ForeignText } | undefined,
): string {
  if (condition === undefined) return word;
  const parts = [condition.reason, meaning(condition.message)].filter((part) => part !== '');
  return parts.length === 0 ? word : `${word} (${parts.join(', ')})`;
}

/** Argo CD's own trouble by kind; what it repeats of the cluster or of Vault in the words for that. */
function meaning(message: ForeignText): string {
  const { kind, text } = argoCauseOf(message);
  return kind === 'sync' || kind === 'unknown' ? (causeOf(message)?.text ?? text) : text;
}

export function applicationsFinding(applications: readonly ApplicationFact[]): Finding {
  if (applications.length === 0) return red('no Application exists');
  const bad = applications.map((application) => ({ application, troubles: troublesOf(application) }));
  const unhealthy = bad.filter(({ troubles }) => troubles.length > 0);
  const total = counted(applications.length, 'Application');
  if (unhealthy.length === 0) return green(`${total} Synced and Healthy`);
  const lines = unhealthy.map(({ application, troubles }) => `${refText(application.ref)}: ${troubles.join(', ')}`);
  const stuck = unhealthy.find(({ application }) => isStuck(application));
  const hint = stuck === undefined ? '' : resync(stuck.application.ref);
  return red(`${unhealthy.length} of ${total} not right: ${listed(lines)}`, hint);
}

/** One Application by name. */
export function applicationFinding(ref: ObjectRef, applications: readonly ApplicationFact[], now: number): Finding {
  const application = applications.find((candidate) => sameRef(candidate.ref, ref));
  if (application === undefined) {
    const hint = `Find out which ApplicationSet should generate it: oc -n ${ref.namespace} get applicationsets; check its env filter.`;
    return red(`no Application ${refText(ref)}`, hint);
  }
  const describe = `Read why: oc -n ${ref.namespace} describe application ${ref.name}.`;
  const troubles = troublesOf(application);
  if (troubles.length > 0) return red(troubles.join(', '), isStuck(application) ? resync(ref) : describe);
  const age = application.reconciledAt === undefined ? 0 : now - application.reconciledAt;
  const stale = age > LONG_AGO_MS ? `, last compared ${Math.floor(age / LONG_AGO_MS)} h ago` : '';
  return green(`Synced and Healthy${stale}`);
}

function troublesOf(application: ApplicationFact): string[] {
  const { sync, health, operationPhase, operationMessage, conditions } = application;
  const troubles: string[] = [];
  if (application.deleting) troubles.push('being deleted');
  if (application.outdated) troubles.push('not compared since its source changed');
  if (sync !== 'Synced') troubles.push(sync === '' ? 'never compared' : `sync ${sync}`);
  if (health !== 'Healthy') troubles.push(health === '' ? 'no health yet' : `health ${health}`);
  if (hasFailed(application)) {
    troubles.push(named(`operation ${operationPhase}`, { reason: '', message: operationMessage }));
    troubles.push(...failedResources(application));
  }
  if (operationPhase === 'Running' && (application.retries ?? 0) > 0)
    troubles.push(named(`operation retried ${application.retries} times`, { reason: '', message: operationMessage }));
  for (const { type, message } of conditions) {
    if (isError(type)) troubles.push(named(type, { reason: '', message }));
  }
  return troubles;
}

/** What Argo CD could not apply; older releases tell the cause here alone. */
function failedResources({ failures = [] }: ApplicationFact): string[] {
  const causes = failures.map(({ kind, name, message }) => named(`${kind} ${name} failed`, { reason: '', message }));
  return causes.slice(0, MOST_FAILURES);
}

function hasFailed({ operationPhase }: ApplicationFact): boolean {
  return operationPhase === 'Failed' || operationPhase === 'Error';
}

/** An automated sync is not tried again at the revision it failed at, whatever becomes of the cause. */
function isStuck(application: ApplicationFact): boolean {
  return hasFailed(application) || application.conditions.some(({ type }) => type === 'SyncError');
}

function resync({ namespace, name }: ObjectRef): string {
  return `Mend the cause, then sync it, for it does not retry by itself: argocd app sync ${name}, or oc -n ${namespace} annotate application ${name} argocd.argoproj.io/refresh=hard --overwrite.`;
}

function isError(type: string): boolean {
  return type.endsWith('Error');
}
