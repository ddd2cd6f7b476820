import type {
  ApplicationFact,
  ApplicationSetFact,
  ConditionFact,
  GitopsFacts,
  ResourceFact,
} from '../../src/binding/facts.js';
import { ForeignText } from '../../src/binding/foreign.js';
import type { Intent } from '../../src/binding/intent.js';
import { type Observed, present, unreadable } from '../../src/binding/observed.js';

export const NOW = Date.parse('2026-01-02T00:00:00Z');
const ARGO = 'openshift-gitops';

export function condition(
  type: string,
  status: string,
  more: Partial<Record<'message' | 'reason', string>> &
    Pick<Partial<ConditionFact>, 'changedAt' | 'observedGeneration'> = {},
): ConditionFact {
  const { message = '', reason = '', ...rest } = more;
  return { type, status, reason, message: new ForeignText(message), observedGeneration: 1, ...rest };
}

export function application(name: string, more: Partial<ApplicationFact> = {}): ApplicationFact {
  return {
    ref: { namespace: ARGO, name },
    owner: 'apps-by-env',
    repoUrls: [new ForeignText('https://robot:hunter2hunter2@github.com/bitiq-io/gitops.git')],
    sync: 'Synced',
    health: 'Healthy',
    operationPhase: 'Succeeded',
    operationMessage: new ForeignText(''),
    conditions: [],
    reconciledAt: NOW - 60_000,
    ...more,
  };
}

export function applicationSet(name: string, conditions?: ConditionFact[]): ApplicationSetFact {
  const fine = [
    condition('ErrorOccurred', 'False'),
    condition('ParametersGenerated', 'True'),
    condition('ResourcesUpToDate', 'True'),
  ];
  return { ref: { namespace: ARGO, name }, generation: 1, conditions: conditions ?? fine };
}

export function resource(kind: string, conditions: ConditionFact[], more: Partial<ResourceFact> = {}): ResourceFact {
  const ref = { namespace: ARGO, name: 'it' };
  return { kind, ref, generation: 1, conditions, deleting: false, authPath: '', finalized: false, ...more };
}

export const HEALTHY_SECRET = resource('VaultStaticSecret', [condition('Healthy', 'True')], {
  lastGeneration: 1,
  destination: { namespace: 'ci', name: 'quay-auth' },
});

export const FORBIDDEN = unreadable({
  code: 'CLUSTER_FORBIDDEN',
  message: 'list of things: 403',
  hint: 'Grant list on things.',
});

export function facts(more: Partial<GitopsFacts> = {}): GitopsFacts {
  return {
    argocd: present([
      {
        ref: { namespace: ARGO, name: ARGO },
        phase: 'Available',
        components: { applicationSetController: 'Running' },
      },
    ]),
    applicationSets: present([applicationSet('apps-by-env')]),
    applications: present([application('vault-config-prodtest'), application('vault-runtime-prodtest')]),
    vco: present([resource('Policy', [condition('ReconcileSuccessful', 'True')])]),
    vso: present([HEALTHY_SECRET]),
    secrets: { 'ci/quay-auth': present({ type: 'Opaque', keys: 2 }) },
    ...more,
  };
}

/** Only what the checklist reads of an intent. */
export function intent(more: Partial<Intent> = {}): Intent {
  return {
    env: 'prodtest',
    cluster: 'prodtest',
    applications: [
      { namespace: ARGO, name: 'vault-config-prodtest' },
      { namespace: ARGO, name: 'vault-runtime-prodtest' },
    ],
    secrets: [{ namespace: 'ci', name: 'quay-auth' }],
    skipChecks: [],
    ...more,
  } as unknown as Intent;
}

export function seen<T>(...values: T[]): Observed<readonly T[]> {
  return present(values);
}
