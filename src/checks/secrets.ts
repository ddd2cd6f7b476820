import type { GitopsFacts, ResourceFact } from '../binding/facts.js';
import type { ObjectRef } from '../binding/intent.js';
import { counted, type Finding, green, red, refText, sameRef } from './gitops-finding.js';
import { judgeVso } from './vso.js';

/** Whether the Secret exists, by name; when it does not, which vault-secrets-operator resource should have made it. */
export function secretFinding(ref: ObjectRef, facts: GitopsFacts): Finding {
  const seen = facts.secrets[refText(ref)];
  if (seen === undefined) return { state: 'pending', detail: 'not looked at', hint: '' };
  if (seen.state === 'unreadable') {
    const { code, message, hint } = seen.problem;
    const grant = `Grant get on secrets named ${ref.name} in namespace ${ref.namespace}.`;
    return { state: 'unknown', detail: message, hint: code === 'CLUSTER_FORBIDDEN' ? grant : hint, code };
  }
  if (seen.state === 'absent') return missing(ref, facts);
  const { type, keys } = seen.value;
  return green(`${type}, ${counted(keys, 'key')}`);
}

function missing(ref: ObjectRef, facts: GitopsFacts): Finding {
  if (facts.vso.state === 'unreadable') {
    return red('absent; which resource should make it cannot be read', facts.vso.problem.hint, facts.vso.problem.code);
  }
  if (facts.vso.state === 'absent') {
    return red('absent; vault-secrets-operator is not installed', 'Install vault-secrets-operator, which makes it.');
  }
  const makers = facts.vso.value.filter(({ destination }) => destination !== undefined && sameRef(destination, ref));
  const [maker] = makers;
  if (maker === undefined) {
    return red(
      'absent; no VaultStaticSecret has it as destination',
      `Add a VaultStaticSecret with destination ${ref.name} in namespace ${ref.namespace} to the vault-runtime chart.`,
    );
  }
  return madeBy(maker, ref);
}

function madeBy(maker: ResourceFact, ref: ObjectRef): Finding {
  const { state, note, hint, code } = judgeVso(maker);
  const next = `Look at oc -n ${ref.namespace} describe ${maker.kind.toLowerCase()} ${maker.ref.name}.`;
  const name = `${maker.kind} ${refText(maker.ref)}`;
  const told = state === 'ok' ? `although ${name} says it made it` : `${name}: ${note}`;
  return red(`absent; ${told}`, hint === '' ? next : hint, code);
}
