import type { ResourceFact } from '../binding/facts.js';
import { valueOf } from '../binding/observed.js';
import type { Survey } from '../binding/survey.js';
import { brokenLink } from './chain.js';
import { sameRef } from './gitops-finding.js';
import { type Judgement, ok } from './gitops-judgement.js';
import type { GitopsView } from './gitops-view.js';
import { loginCause } from './login-cause.js';
import { judgeVco } from './vco.js';
import { judgeVso } from './vso.js';

/**
 * A vault-secrets-operator resource by its own status and by what it needs of Vault: its status is from its last sync,
 * and a healthy one whose role or policy has gone since is not.
 */
export function judgeRuntime(resource: ResourceFact, view: GitopsView): Judgement {
  const shown = judgeVso(resource);
  if (resource.deleting) return shown;
  const broken = brokenLink(resource, view);
  if (broken !== undefined) {
    const still = shown.state === 'ok' ? ', though its last sync succeeded' : '';
    return { ...broken, state: shown.state === 'ok' ? 'failed' : shown.state, note: `${broken.note}${still}` };
  }
  const login = resource.authRef && view.find('VaultAuth', resource.authRef)?.login;
  if (shown.code !== 'LOGIN_FAILED' || view.survey === undefined || login?.mount !== view.survey.intent.mount) {
    return shown;
  }
  const who = { namespace: resource.ref.namespace, name: login.serviceAccount || 'default' };
  return loginCause(shown, who, login.role, view.survey);
}

/** A vault-config-operator resource by its own status, and by whether Vault has what it claims to have written. */
export function judgeConfig(resource: ResourceFact, view: GitopsView): Judgement {
  const shown = judgeVco(resource, view.now);
  const { survey } = view;
  if (survey === undefined || resource.deleting) return shown;
  // One that is refused is as it should be, and one that is let through is what that row is red about.
  if (isSecondWriter(resource, survey)) return { ...ok, note: 'a second writer, which mount.single-writer judges' };
  if (shown.state === 'ok' && isMissing(resource, view)) {
    return {
      state: 'failed',
      note: `${resource.target} does not exist in Vault, though it shows success`,
      hint: 'Restart vault-config-operator: it writes at its start, and never looks at what was removed since.',
    };
  }
  if (shown.code !== 'LOGIN_FAILED' || resource.authPath !== survey.intent.mount) return shown;
  const who = { namespace: resource.ref.namespace, name: resource.account ?? 'default' };
  return loginCause(shown, who, resource.role || survey.intent.connectionRole, survey);
}

function isSecondWriter({ kind, ref }: ResourceFact, { facts }: Survey): boolean {
  const writers = valueOf(facts.cluster.secondWriters) ?? [];
  return writers.some((writer) => writer.kind === kind && sameRef(writer.ref, ref));
}

function isMissing({ target }: ResourceFact, { survey }: GitopsView): boolean {
  if (survey === undefined || target === undefined) return false;
  const { intent, facts } = survey;
  if (target === `sys/policies/acl/${intent.gitopsPolicy}`) return facts.vault.gitopsPolicy?.state === 'absent';
  return target === `auth/${intent.mount}/role/${intent.gitopsRole}` && facts.vault.gitopsRole?.state === 'absent';
}
