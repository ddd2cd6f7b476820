import type { SecondWriter } from '../binding/facts.js';
import { type Observed, valueOf } from '../binding/observed.js';
import { mountPolicyName } from '../binding/policy.js';
import { capabilitiesOn, decidingRules } from '../binding/policy-text.js';
import type { Survey } from '../binding/survey.js';
import { type BindingView, type Finding, green, judge, red, unknown } from './binding.js';

const REMEDY =
  "Do not render it for an externally bound environment (vaultConfigKubernetesHost, or the chart's auth-mount and auth-config templates).";

/** A second writer is red only when the policies let it write; else it fails harmlessly and is a warning in words. */
export function singleWriter({ survey }: BindingView): Finding {
  return judge(survey.facts.cluster.secondWriters, green(), (writers) => {
    if (writers.length === 0) return green();
    const named = writers.map((writer) => `${writer.kind} ${writer.ref.namespace}/${writer.ref.name}`).join(', ');
    const detail = `${named} ${writers.length === 1 ? 'computes' : 'compute'} to auth/${survey.intent.mount}`;
    const admitted = writers.filter((writer) => admits(survey, writer));
    if (admitted.length > 0) return red(`${detail} and may write it: ${harm(admitted)}`, REMEDY);
    const doubt = unreadPolicies(survey);
    if (typeof doubt === 'object') return { ...doubt, detail: `${detail}; ${doubt.detail}` };
    if (doubt !== '')
      return {
        state: 'unknown',
        detail: `${detail}, and whether policy ${doubt} lets it write was not read`,
        hint: REMEDY,
      };
    return { ...red(`${detail}; its policies refuse the write`, REMEDY), severity: 'warning' };
  });
}

function harm(writers: readonly SecondWriter[]): string {
  if (writers.some((writer) => writer.kind === 'KubernetesAuthEngineConfig' && !writer.harmless))
    return 'each reconcile wipes the reviewer token';
  return writers.some((writer) => writer.kind === 'KubernetesAuthEngineConfig')
    ? 'each reconcile puts its own host, CA and reviewer token in place of ours'
    : 'each reconcile tunes the mount';
}

/** By the policies of the connection role whose texts are known, and by how Vault ranks their paths. */
function admits(survey: Survey, writer: SecondWriter): boolean {
  const texts = knownTexts(survey);
  if (writer.kind === 'AuthEngineMount') {
    const held = capabilitiesOn(texts, `${writer.path}/tune`);
    return held.includes('sudo') && held.includes('update');
  }
  if (!capabilitiesOn(texts, writer.path).includes('update')) return false;
  // The guard for policies that must let it write: a blank reviewer token is refused.
  const guarded = decidingRules(texts, writer.path).every(({ denied }) => denied.includes('token_reviewer_jwt'));
  return writer.harmless || !guarded;
}

function held(survey: Survey): readonly string[] {
  return valueOf(survey.facts.vault.connectionRole)?.tokenPolicies ?? [];
}

function known(survey: Survey): Readonly<Record<string, Observed<{ readonly text: string }>>> {
  const { basePolicy, mountPolicy } = survey.facts.vault;
  const own = survey.intent.connectionPolicyScope === 'mount' ? { [mountPolicyName(survey.intent)]: mountPolicy } : {};
  return { ...own, [survey.intent.connectionPolicy]: basePolicy };
}

function knownTexts(survey: Survey): readonly string[] {
  const policies = known(survey);
  return held(survey).flatMap((name) => {
    const policy = policies[name];
    return policy?.state === 'present' ? [policy.value.text] : [];
  });
}

/** What stands in the way of saying no: a Finding for what was unreadable, or the names of policies nobody read. */
function unreadPolicies(survey: Survey): Finding | string {
  const { connectionRole } = survey.facts.vault;
  if (connectionRole.state === 'unreadable') return unknown(connectionRole.problem);
  const policies = known(survey);
  for (const name of held(survey)) {
    const policy = policies[name];
    if (policy?.state === 'unreadable') return unknown(policy.problem);
  }
  return held(survey)
    .filter((name) => policies[name] === undefined && name !== 'default')
    .join(', ');
}
