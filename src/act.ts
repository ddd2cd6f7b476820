import { bindingKeys, markKey, writeMarkCopy } from './binding/anchor.js';
import { PROBE } from './binding/role.js';
import type { Action } from './binding/step.js';
import type { Survey } from './binding/survey.js';
import { desiredMark } from './binding/vault-plan.js';
import { removeCanary } from './canary.js';
import type { Context } from './context.js';
import { configWrite } from './payload.js';
import { deleteAnchor, type Hands, mint, required } from './token.js';

type VaultAction = Extract<
  Action,
  {
    do:
      | 'write-policy'
      | 'enable-mount'
      | 'describe-mount'
      | 'write-config'
      | 'write-role'
      | 'remove-canary'
      | 'disable-mount'
      | 'remove-role'
      | 'remove-policy';
  }
>;

/** Does what one step says. Throws BindError. */
export async function act(context: Context, hands: Hands, action: Action): Promise<void> {
  const { ports, intent } = context;
  const { cluster } = ports;
  const { namespace, name } = intent.reviewer;
  switch (action.do) {
    case 'none':
    case 'create-namespace':
      return;
    case 'create-reviewer':
      await cluster.createServiceAccount(namespace, name, markCopy(hands.survey));
      return;
    case 'create-probe':
      await cluster.createServiceAccount(namespace, PROBE, {});
      return;
    case 'create-delegator':
      return cluster.createDelegator(action.name, namespace, name);
    case 'mark-reviewer':
      return cluster.annotateServiceAccount(namespace, name, markCopy(hands.survey));
    case 'mint-reviewer-token':
      return mint(context, hands, action.slot, action.reuse);
    case 'delete-anchor':
      return action.slot === 'proof' && hands.proofAnchor ? undefined : deleteAnchor(context, hands, action.slot);
    case 'remove-delegator':
      return cluster.deleteDelegator(action.name);
    case 'remove-service-account':
      return cluster.deleteServiceAccount(namespace, action.name);
    case 'forget': {
      const gone = bindingKeys(hands.survey.hash).map((key) => [key, null] as const);
      return cluster.annotateServiceAccount(namespace, name, Object.fromEntries(gone));
    }
    default:
      return actInVault(context, hands, action);
  }
}

async function actInVault(context: Context, hands: Hands, action: VaultAction): Promise<void> {
  const { intent, ports } = context;
  const { vault } = ports;
  switch (action.do) {
    case 'write-policy':
      return vault.writePolicy(action.name, action.text);
    case 'enable-mount':
      return vault.enableMount(intent.mount, action.description);
    case 'describe-mount':
      return vault.describeMount(intent.mount, action.description);
    case 'write-config':
      return vault.writeMountConfig(intent.mount, configWrite(hands.survey, required(hands.minted).token));
    case 'write-role':
      return vault.writeRole(intent.mount, action.role, action.fields);
    case 'remove-canary':
      return removeCanary(context);
    case 'disable-mount':
      return vault.disableMount(intent.mount);
    case 'remove-role':
      return vault.deleteRole(intent.mount, action.role);
    case 'remove-policy':
      return vault.deletePolicy(action.name);
  }
}

function markCopy(survey: Survey): Record<string, string> {
  return { [markKey(survey.hash)]: writeMarkCopy(desiredMark(survey), survey.intent.mount) };
}
