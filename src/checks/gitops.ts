import type { GitopsFacts, ResourceFact } from '../binding/facts.js';
import type { Intent, ObjectRef } from '../binding/intent.js';
import { type Observed, valueOf } from '../binding/observed.js';
import type { Survey } from '../binding/survey.js';
import { applicationFinding, applicationSetsFinding, applicationsFinding, instanceFinding } from './argocd.js';
import type { CheckResult, Severity } from './check.js';
import { type Finding, red, refText } from './gitops-finding.js';
import { type Judgement, judged } from './gitops-judgement.js';
import { repoFinding } from './gitops-repo.js';
import { type GitopsView, gitopsView } from './gitops-view.js';
import { judgeConfig, judgeRuntime } from './joined.js';
import { OPERATORS, silence, stopped } from './operator.js';
import { secretFinding } from './secrets.js';

type FactName = 'argocd' | 'applicationSets' | 'applications' | 'vco' | 'vso';

/** A row of the GitOps checklist as the documents show it. */
export interface GitopsRow {
  readonly id: string;
  /** The sentence that is true when green. */
  readonly description: string;
  readonly severity: Severity;
  /** Facts without which the row is not evaluated: unreadable ones make it unknown, absent ones red. */
  readonly needs: readonly FactName[];
  readonly hint: string;
}

interface Row extends GitopsRow {
  /** Called when every needed fact is present. */
  readonly evaluate: (view: GitopsView) => Finding;
  /** What an absent CRD makes of it. Default: red. */
  readonly whenAbsent?: 'skipped';
}

const all = <T>(seen: Observed<readonly T[]>): readonly T[] => valueOf(seen) ?? [];

const ARGOCD_ROWS: readonly Row[] = [
  {
    id: 'argocd.instance',
    description: 'Argo CD is available and its ApplicationSet controller runs',
    severity: 'error',
    needs: ['argocd'],
    hint: 'Look at the instance: oc -n openshift-gitops describe argocd openshift-gitops.',
    evaluate: ({ facts }) => instanceFinding(all(facts.argocd)),
  },
  {
    id: 'argocd.applicationsets',
    description: 'every ApplicationSet is up to date and owns an Application',
    severity: 'error',
    needs: ['applicationSets', 'applications'],
    hint: 'Read why: oc -n openshift-gitops describe applicationsets; one that owns no Application has an env filter that matches nothing.',
    evaluate: ({ facts }) => applicationSetsFinding(all(facts.applicationSets), all(facts.applications)),
  },
  {
    id: 'argocd.applications',
    description: 'every Application is Synced and Healthy',
    severity: 'error',
    needs: ['applications'],
    hint: 'Read why: oc -n openshift-gitops describe applications.',
    evaluate: ({ facts }) => applicationsFinding(all(facts.applications)),
  },
  {
    id: 'argocd.repo-access',
    description: 'no Application reports that Argo CD may not read its repository',
    severity: 'error',
    needs: ['applications'],
    hint: 'Give Argo CD credentials for the repository: oc -n openshift-gitops get secrets -l argocd.argoproj.io/secret-type=repository.',
    whenAbsent: 'skipped',
    evaluate: ({ facts, now }) => repoFinding(all(facts.applications), all(facts.applicationSets), now),
  },
];

const OPERATOR_ROWS: readonly Row[] = [
  {
    id: 'vco.resources',
    description: 'every vault-config-operator resource was written to Vault',
    severity: 'error',
    needs: ['vco'],
    hint: 'Sync Application vault-config and read the log of vault-config-operator: the message of its failure is there.',
    evaluate: (view) => operatorFinding('vco', view, judgeConfig),
  },
  {
    id: 'vso.resources',
    description: 'every vault-secrets-operator resource is healthy',
    severity: 'error',
    needs: ['vso'],
    hint: 'Sync Application vault-runtime and read the log of vault-secrets-operator: the message of its failure is there.',
    evaluate: (view) => operatorFinding('vso', view, judgeRuntime),
  },
];

/** An operator that does not run has nothing to say, however healthy its resources were left. */
function operatorFinding(
  operator: 'vco' | 'vso',
  view: GitopsView,
  judge: (resource: ResourceFact, view: GitopsView) => Judgement,
): Finding {
  const finding = judged(all(view.facts[operator]), (resource) => judge(resource, view), OPERATORS[operator]);
  const silent = silence(view.facts, operator, view.now);
  if (silent === undefined) return finding;
  const { detail, hint } = stopped(operator, silent);
  return red(`${detail}; when it did: ${finding.detail}`, hint);
}

const NAMED = ['vault-config', 'vault-runtime'] as const;

const application = (id: string, name: string, evaluate: Row['evaluate']): Row => ({
  id,
  description: `Application ${name} is Synced and Healthy`,
  severity: 'error',
  needs: ['applications'],
  hint: 'See which ApplicationSet should generate it: oc -n openshift-gitops get applicationsets.',
  evaluate,
});

const secret = (id: string, name: string, evaluate: Row['evaluate']): Row => ({
  id,
  description: `Secret ${name} exists`,
  severity: 'error',
  needs: [],
  hint: 'See what should make it: oc get vaultstaticsecrets -A.',
  evaluate,
});

const notEvaluated = (): Finding => ({ state: 'pending', detail: '', hint: '' });

/** Every kind of row, for the documents; an id with `<namespace>/<name>` stands for one row a name. */
export const GITOPS_ROWS: readonly GitopsRow[] = [
  ...ARGOCD_ROWS,
  ...NAMED.map((name) => application(`application.${name}`, `${name}-<env>`, notEvaluated)),
  application('application.<namespace>/<name>', '<namespace>/<name>', notEvaluated),
  ...OPERATOR_ROWS,
  secret('secret.<namespace>/<name>', '<namespace>/<name>', notEvaluated),
].map(({ id, description, severity, needs, hint }) => ({ id, description, severity, needs, hint }));

/**
 * The GitOps half of the checklist: pure, one result a row, in the order shown. What could not be read is unknown,
 * never green; rows named in `skip-checks` are shown as skipped. `survey` joins it with Vault's side.
 */
export function gitopsChecks(facts: GitopsFacts, intent: Intent, now: number, survey?: Survey): readonly CheckResult[] {
  const view = gitopsView(facts, now, survey);
  const skip = new Set(intent.skipChecks);
  return rowsFor(intent).map((row) => {
    const finding = skip.has(row.id) ? skipped : findingOf(row, view, intent.cluster);
    const { id, description, severity } = row;
    const isDone = finding.state === 'green' || finding.state === 'skipped';
    const hint = isDone ? '' : finding.hint || row.hint;
    const code = finding.code === undefined ? {} : { code: finding.code };
    return {
      id,
      category: 'gitops',
      description,
      severity: finding.severity ?? severity,
      state: finding.state,
      detail: finding.detail,
      hint,
      ...code,
    };
  });
}

/** The same rows for a mode that does not look at them: pending, or skipped by name. */
export function gitopsPending(intent: Intent): readonly CheckResult[] {
  return rowsFor(intent).map(({ id, description, severity }) => {
    const { state, detail } = intent.skipChecks.includes(id) ? skipped : notEvaluated();
    return { id, category: 'gitops', description, severity, state, detail, hint: '' };
  });
}

const skipped: Finding = { state: 'skipped', detail: 'named in skip-checks', hint: '' };

function rowsFor(intent: Intent): readonly Row[] {
  return [...ARGOCD_ROWS, ...applicationRows(intent), ...OPERATOR_ROWS, ...secretRows(intent)];
}

function applicationRows(intent: Intent): Row[] {
  const taken = new Set<string>();
  return unique(intent.applications).map((ref) => {
    const known =
      NAMED.find((name) => ref.name === `${name}-${intent.env}`) ?? NAMED.find((name) => ref.name.startsWith(name));
    const isFirst = known !== undefined && !taken.has(known);
    if (isFirst) taken.add(known);
    const id = isFirst ? `application.${known}` : `application.${refText(ref)}`;
    return application(id, refText(ref), ({ facts, now }) => applicationFinding(ref, all(facts.applications), now));
  });
}

function secretRows(intent: Intent): Row[] {
  return unique(intent.secrets).map((ref) =>
    secret(`secret.${refText(ref)}`, refText(ref), (view) => secretFinding(ref, view)),
  );
}

function unique(refs: readonly ObjectRef[]): ObjectRef[] {
  return [...new Map(refs.map((ref) => [refText(ref), ref])).values()];
}

function findingOf(row: Row, view: GitopsView, cluster: string): Finding {
  for (const name of row.needs) {
    const fact = view.facts[name];
    if (fact.state === 'unreadable') {
      const { code, message, hint } = fact.problem;
      return { state: 'unknown', detail: message, hint, code };
    }
    if (fact.state === 'absent') {
      const { detail, hint } = notInstalled(name, cluster);
      return row.whenAbsent === 'skipped' ? { state: 'skipped', detail, hint: '' } : red(detail, hint);
    }
  }
  return row.evaluate(view);
}

const INSTALLED_AS: Readonly<Record<FactName, string>> = {
  argocd: 'ArgoCD',
  applicationSets: 'ApplicationSet',
  applications: 'Application',
  vco: 'vault-config-operator',
  vso: 'vault-secrets-operator',
};

function notInstalled(name: FactName, cluster: string): { detail: string; hint: string } {
  const what = INSTALLED_AS[name];
  if (name === 'vco' || name === 'vso') {
    return {
      detail: `absent: no CRD of ${what} is installed`,
      hint: `Install ${what} with the bootstrap-operators chart: oc get subscriptions -A shows what OLM was asked for.`,
    };
  }
  return {
    detail: `absent: the CRD of ${what} is not installed`,
    hint: `Install OpenShift GitOps: make bootstrap-gitops CLUSTER=${cluster}.`,
  };
}
