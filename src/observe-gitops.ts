import { bounded } from './binding/bounded.js';
import type { GitopsFacts } from './binding/facts.js';
import type { Intent } from './binding/intent.js';
import { absent, type Observed, present } from './binding/observed.js';
import { applicationNamespaces } from './checks/gitops-grants.js';
import type { ClusterPort } from './ports.js';

const ARGO_HOME = 'openshift-gitops';

/** The checklist's GitOps side. */
export async function observeGitops(intent: Intent, cluster: ClusterPort): Promise<GitopsFacts> {
  const [argocd, applicationSets, vco, vso, heartbeats, applications, rows] = await Promise.all([
    cluster.argocdInstances(ARGO_HOME),
    cluster.applicationSets(ARGO_HOME),
    cluster.vcoResources(),
    cluster.vsoResources(),
    cluster.heartbeats(),
    Promise.all(applicationNamespaces(intent).map((namespace) => cluster.applications(namespace))),
    bounded(intent.secrets, (secret) => cluster.secretRow(secret.namespace, secret.name)),
  ]);
  const secrets = Object.fromEntries(
    intent.secrets.map((secret, index) => [`${secret.namespace}/${secret.name}`, rows[index] ?? absent]),
  );
  return { argocd, applicationSets, applications: together(applications), vco, vso, secrets, heartbeats };
}

/** Lists of several namespaces as one: unreadable when any of them is, absent when all are. */
function together<T>(lists: readonly Observed<readonly T[]>[]): Observed<readonly T[]> {
  const broken = lists.find((list) => list.state === 'unreadable');
  if (broken) return broken;
  const found = lists.flatMap((list) => (list.state === 'present' ? [list.value] : []));
  return found.length === 0 ? absent : present(found.flat());
}
