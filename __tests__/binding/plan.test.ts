import { describe, expect, test } from '@jest/globals';
import type { Facts } from '../../src/binding/facts.js';
import { type Mark, writeMark } from '../../src/binding/mark.js';
import { absent, present } from '../../src/binding/observed.js';
import { drift, makePlan, planTitle } from '../../src/binding/plan.js';
import { changes, type Plan, type Step } from '../../src/binding/step.js';
import { CA, NEXT_CA, OTHER_CA } from '../fixtures/certificates.js';
import {
  config,
  dial,
  emptyFacts,
  HOUR,
  healthyFacts,
  MARK,
  NOW,
  OTHER_UID,
  ROW,
  record,
  reviewer,
  role,
  runbookFacts,
  survey,
  UNREAD,
} from '../fixtures/facts.js';
import { HOST, intent } from '../fixtures/intent.js';

function plan(facts: Facts, wanted = intent()): Plan {
  return makePlan(survey(facts, wanted));
}

/** `op kind` of each step that changes something, with the slot of anchors and tokens. */
function ops(made: Plan): string[] {
  return changes(made).map((step) => `${step.op} ${step.kind}${slotOf(step)}`);
}

function slotOf({ action }: Step): string {
  return 'slot' in action ? ` ${action.slot}` : '';
}

const MINTED = (op: string, slot: string): string[] => [`${op} reviewer token ${slot}`];
const DUE = record({ issuedAt: NOW - 13 * HOUR, expiresAt: NOW + 11 * HOUR });
const both = { a: ROW, b: ROW, proof: absent };

function mounted(description: string): Partial<Facts['vault']> {
  const mount = { type: 'kubernetes', description, accessor: 'x' };
  return { mounts: present({ 'kubernetes-prodtest': mount }), mount: present(mount) };
}

const EARLIER: Mark = { ...MARK, uid: OTHER_UID };
const PLANS: [string, Facts, string[]][] = [
  ['right after a bind', healthyFacts(), []],
  [
    'a mark for another cluster name',
    healthyFacts({ vault: mounted(writeMark('', { ...MARK, cluster: 'old' })) }),
    ['update mount'],
  ],
  ['the description tuned away', healthyFacts({ vault: mounted('tuned') }), ['update mount']],
  [
    'the copy of the mark gone',
    healthyFacts({ cluster: { reviewer: reviewer(record(), null) } }),
    ['update mark on ServiceAccount'],
  ],
  [
    'the probe is gone',
    healthyFacts({ cluster: { probe: absent }, rest: { liveLogin: absent } }),
    ['create ServiceAccount'],
  ],
  ['the delegator is gone', healthyFacts({ cluster: { delegator: absent } }), ['create ClusterRoleBinding']],
  [
    'the mount policy was edited',
    healthyFacts({ vault: { mountPolicy: present({ text: 'path "*" {}' }) } }),
    ['update policy'],
  ],
  ['the base policy was edited', healthyFacts({ vault: { basePolicy: present({ text: 'path "*" {}' }) } }), []],
  [
    'a role lost its policy',
    healthyFacts({ vault: { connectionRole: present(role({ tokenPolicies: [] })) } }),
    ['update role'],
  ],
  [
    'the token is due',
    healthyFacts({ cluster: { reviewer: reviewer(DUE) } }),
    [...MINTED('rotate', 'b'), 'delete anchor a', 'update mount config'],
  ],
  [
    'VCO blanked the token',
    healthyFacts({ vault: { config: present(config({ reviewerTokenSet: false })) } }),
    [...MINTED('rotate', 'b'), 'delete anchor a', 'update mount config'],
  ],
  [
    'the fallback to the pod was switched on',
    healthyFacts({ vault: { config: present(config({ disableLocalCaJwt: false })) } }),
    [...MINTED('rotate', 'b'), 'delete anchor a', 'update mount config'],
  ],
  ['killed after mint', healthyFacts({ cluster: { anchors: both } }), ['delete anchor b']],
  [
    'killed after the config write',
    healthyFacts({ cluster: { anchors: both, reviewer: reviewer(record({ slot: 'b', state: 'pending' })) } }),
    [...MINTED('rotate', 'b'), 'delete anchor a', 'update mount config'],
  ],
  [
    'killed before the clean-up',
    healthyFacts({ cluster: { anchors: both, reviewer: reviewer(record({ slot: 'b' })) } }),
    ['delete anchor a'],
  ],
  [
    'killed during the proof',
    healthyFacts({ cluster: { anchors: { a: ROW, b: absent, proof: ROW } } }),
    ['delete anchor proof'],
  ],
  [
    'recreated',
    healthyFacts({
      vault: { ...mounted(writeMark('', EARLIER)), config: present(config({ kubernetesCaCert: OTHER_CA })) },
      cluster: { reviewer: absent, probe: absent, delegator: absent, anchors: { a: absent, b: absent, proof: absent } },
      rest: { storedDial: present(dial('untrusted', 'unknown-issuer')), liveLogin: absent },
    }),
    [
      'create ServiceAccount',
      'create ServiceAccount',
      'create ClusterRoleBinding',
      ...MINTED('create', 'a'),
      'update mount',
      'update mount config',
    ],
  ],
  [
    'an empty cluster and no mount',
    emptyFacts(),
    [
      'create Namespace',
      'create ServiceAccount',
      'create ServiceAccount',
      'create ClusterRoleBinding',
      ...MINTED('create', 'a'),
      'create policy',
      'create policy',
      'create mount',
      'create mount config',
      'create role',
      'create role',
    ],
  ],
];

describe('the plan', () => {
  test.each(PLANS)('%s', (_name, facts, expected) => {
    const made = plan(facts);
    expect(made.blockers).toEqual([]);
    expect(ops(made)).toEqual(expected);
  });

  test('right after a bind there is nothing to do', () => {
    const made = plan(healthyFacts());
    expect(made.steps.every((step) => step.op === 'keep' && step.action.do === 'none')).toBe(true);
    expect(planTitle(made, survey())).toBe('nothing to do: 11 kept');
    expect(made.canary).toBeNull();
  });

  test.each(PLANS)(
    'steps have names of their own, and those that change something do something: %s',
    (_name, facts) => {
      const { steps } = plan(facts);
      const names = steps.map((step) => `${step.kind} ${step.name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const step of steps) expect(step.action.do === 'none').toBe(step.op === 'keep');
    },
  );

  test.each(PLANS)('an anchor that is replaced goes only after the proof: %s', (_name, facts) => {
    for (const step of plan(facts).steps)
      if (step.action.do === 'delete-anchor') expect(step.phase).toBe('after-proof');
  });

  test.each(PLANS)('the config is written with a new token or not at all: %s', (_name, facts) => {
    const verbs = plan(facts).steps.map((step) => step.action.do);
    expect(verbs.includes('write-config')).toBe(verbs.includes('mint-reviewer-token'));
  });

  test.each(PLANS)('no secret is in it: %s', (_name, facts) => {
    const told = JSON.stringify(plan(facts));
    expect(told).not.toContain('BEGIN CERTIFICATE');
    expect(told).not.toContain('planted');
  });
});

describe('adopting what the runbook made', () => {
  const made = plan(runbookFacts());

  test('says what is kept and what is new', () => {
    expect(planTitle(made, survey(runbookFacts()))).toBe('adopt: 4 kept, 4 new, 1 adopted, 3 changed');
    expect(made.blockers).toEqual([]);
  });

  test('keeps binding and text that are there, and marks the mount', () => {
    expect(made.steps.filter((step) => step.op === 'keep').map((step) => step.name)).toEqual([
      'openshift-gitops',
      'openshift-gitops/vault-token-reviewer',
      'system:auth-delegator-0',
      'kube-auth',
    ]);
    const adopted = made.steps.find((step) => step.op === 'adopt');
    expect(adopted?.action).toEqual({
      do: 'describe-mount',
      description: `made by hand ${writeMark('', { ...MARK, origin: 'adopted' })}`,
    });
  });

  test('is done once: the next look finds it ours', () => {
    const mark: Mark = { ...MARK, origin: 'adopted' };
    const again = healthyFacts({
      vault: mounted(writeMark('made by hand', mark)),
      cluster: { reviewer: reviewer(record(), mark) },
    });
    expect(ops(plan(again))).toEqual([]);
  });
});

describe('drift', () => {
  const token = healthyFacts({ cluster: { reviewer: reviewer(DUE) } });
  test.each([
    ['nothing', healthyFacts(), 0],
    ['a token that is due', token, 0],
    [
      'a due token on the other slot',
      healthyFacts({
        cluster: { reviewer: reviewer({ ...DUE, slot: 'b' }), anchors: { a: absent, b: ROW, proof: absent } },
      }),
      0,
    ],
    [
      'due and the fallback on',
      healthyFacts({
        cluster: { reviewer: reviewer(DUE) },
        vault: { config: present(config({ disableLocalCaJwt: false })) },
      }),
      1,
    ],
    [
      'due and a policy edited',
      healthyFacts({ cluster: { reviewer: reviewer(DUE) }, vault: { mountPolicy: absent } }),
      1,
    ],
    ['a dead token', healthyFacts({ cluster: { anchors: { a: absent, b: absent, proof: absent } } }), 2],
    [
      'another host',
      healthyFacts({ vault: { config: present(config({ kubernetesHost: 'https://old.example.com:6443' })) } }),
      3,
    ],
    ['a withdrawn CA', healthyFacts({ vault: { config: present(config({ kubernetesCaCert: CA + NEXT_CA })) } }), 3],
    [
      'Vault is down',
      healthyFacts({ vault: { mounts: UNREAD, mount: UNREAD, config: UNREAD, connectionRole: UNREAD } }),
      0,
    ],
  ])('%s: %d', (_name, facts, expected) => {
    const view = survey(facts);
    expect(drift(makePlan(view), view)).toHaveLength(expected);
  });
});

test('a host that differs in spelling alone is left as it is', () => {
  const facts = healthyFacts({ vault: { config: present(config({ kubernetesHost: `${HOST}/` })) } });
  expect(ops(plan(facts))).toEqual([]);
});
