import { MODES } from '../modes.js';
import { canaryMount } from './anchor.js';
import type { PathGrant } from './facts.js';
import type { Intent } from './intent.js';
import { valueOf } from './observed.js';
import { mountPolicyName } from './policy.js';
import { PROBE } from './role.js';
import { type Action, changes, type Plan } from './step.js';
import type { Survey } from './survey.js';

/** What looking takes in Vault. */
export function readPaths(intent: Intent): readonly PathGrant[] {
  const paths = [
    'sys/auth',
    `auth/${intent.mount}/config`,
    `auth/${intent.mount}/role/${intent.connectionRole}`,
    `auth/${intent.mount}/role/${PROBE}`,
    `sys/policies/acl/${intent.connectionPolicy}`,
    ...(intent.connectionPolicyScope === 'mount' ? [`sys/policies/acl/${mountPolicyName(intent)}`] : []),
  ];
  return paths.map((path) => ({ path, capabilities: ['read'] }));
}

/** What the checklist looks at besides; without it the operators' rows are judged by the cluster's side alone. */
export function checklistPaths(intent: Intent): readonly PathGrant[] {
  const paths = [`auth/${intent.mount}/role/${intent.gitopsRole}`, `sys/policies/acl/${intent.gitopsPolicy}`];
  return paths.map((path) => ({ path, capabilities: ['read'] }));
}

function canaryPaths(intent: Intent): readonly PathGrant[] {
  const canary = canaryMount(intent.mount);
  return [
    { path: `sys/auth/${canary}`, capabilities: ['update', 'delete', 'sudo'] },
    { path: `auth/${canary}/config`, capabilities: ['update'] },
    { path: `auth/${canary}/role/${PROBE}`, capabilities: ['create', 'update'] },
  ];
}

function actionPaths(action: Action, intent: Intent, exists: boolean): readonly PathGrant[] {
  switch (action.do) {
    case 'write-policy':
      return [{ path: `sys/policies/acl/${action.name}`, capabilities: ['update'] }];
    case 'enable-mount':
      return [{ path: `sys/auth/${intent.mount}`, capabilities: ['update', 'sudo'] }];
    case 'describe-mount':
      return [{ path: `sys/mounts/auth/${intent.mount}/tune`, capabilities: ['update'] }];
    case 'write-config':
      return [{ path: `auth/${intent.mount}/config`, capabilities: ['update'] }];
    case 'write-role':
      // A role that could be made and not mended would stop the next bind that has to.
      return [
        { path: `auth/${intent.mount}/role/${action.role}`, capabilities: exists ? ['update'] : ['create', 'update'] },
      ];
    case 'disable-mount':
      return [{ path: `sys/auth/${intent.mount}`, capabilities: ['delete', 'sudo'] }];
    case 'remove-role':
      return [{ path: `auth/${intent.mount}/role/${action.role}`, capabilities: ['delete'] }];
    case 'remove-policy':
      return [{ path: `sys/policies/acl/${action.name}`, capabilities: ['delete'] }];
    case 'remove-canary':
      return [{ path: `sys/auth/${canaryMount(intent.mount)}`, capabilities: ['delete', 'sudo'] }];
    default:
      return [];
  }
}

/** Every Vault permission this plan needs, each path once. */
export function planPaths(plan: Plan, survey: Survey): readonly PathGrant[] {
  const { intent, facts } = survey;
  const needed: PathGrant[] = [...readPaths(intent)];
  if (!MODES[intent.mode].blocks) return needed;
  for (const step of changes(plan)) {
    const role =
      step.action.do === 'write-role' && step.action.role === PROBE
        ? facts.vault.probeRole
        : facts.vault.connectionRole;
    needed.push(...actionPaths(step.action, intent, valueOf(role) !== undefined));
  }
  return merge(plan.canary === null ? needed : [...needed, ...canaryPaths(intent)]);
}

/** Every Vault permission that `unbind` may ever need. */
export function unbindPaths(intent: Intent): readonly PathGrant[] {
  const actions: readonly Action[] = [
    { do: 'disable-mount' },
    { do: 'describe-mount', description: '' },
    { do: 'remove-role', role: intent.connectionRole },
    { do: 'remove-role', role: PROBE },
    ...(intent.connectionPolicyScope === 'mount'
      ? [{ do: 'remove-policy', name: mountPolicyName(intent) } as const]
      : []),
    { do: 'remove-canary' },
  ];
  return merge([...readPaths(intent), ...actions.flatMap((action) => actionPaths(action, intent, true))]);
}

/** Every Vault permission that `bind` may ever need. */
export function bindPaths(intent: Intent): readonly PathGrant[] {
  const policies = [
    intent.connectionPolicy,
    ...(intent.connectionPolicyScope === 'mount' ? [mountPolicyName(intent)] : []),
  ];
  const roles = [intent.connectionRole, PROBE];
  return merge([
    ...readPaths(intent),
    { path: `sys/auth/${intent.mount}`, capabilities: ['update', 'sudo'] },
    { path: `sys/mounts/auth/${intent.mount}/tune`, capabilities: ['update'] },
    { path: `auth/${intent.mount}/config`, capabilities: ['update'] },
    ...roles.map((role) => ({ path: `auth/${intent.mount}/role/${role}`, capabilities: ['create', 'update'] })),
    ...policies.map((policy) => ({ path: `sys/policies/acl/${policy}`, capabilities: ['update'] })),
    ...canaryPaths(intent),
  ]);
}

function merge(grants: readonly PathGrant[]): readonly PathGrant[] {
  const byPath = new Map<string, Set<string>>();
  for (const grant of grants) {
    const held = byPath.get(grant.path) ?? new Set<string>();
    for (const capability of grant.capabilities) held.add(capability);
    byPath.set(grant.path, held);
  }
  return [...byPath].map(([path, capabilities]) => ({ path, capabilities: [...capabilities] }));
}
