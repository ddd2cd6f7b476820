import { diagnose } from '../binding/diagnosis.js';
import { ForeignText } from '../binding/foreign.js';
import type { ObjectRef } from '../binding/intent.js';
import { valueOf } from '../binding/observed.js';
import type { Survey } from '../binding/survey.js';
import type { Judgement } from './gitops-judgement.js';

const BARE = new ForeignText('permission denied');

/**
 * A login that Vault refused in its one bare 403, by the cause that is to be seen around it now: the same classifier
 * that names why a proof fails. Where logins work again, that is the news.
 */
export function loginCause(
  { state, ...judgement }: Judgement,
  who: ObjectRef,
  role: string,
  survey: Survey,
): Judgement {
  const live = valueOf(survey.facts.liveLogin);
  const { code, message, hint } = diagnose(survey, { outcome: 'refused', status: 403, text: BARE }, who, role);
  if (code !== 'LOGIN_REVIEW') return { state, note: message, hint, code };
  if (live?.outcome !== 'accepted')
    return live === undefined ? { state, ...judgement } : { state, note: message, hint, code };
  return {
    ...judgement,
    state,
    note: `login refused when it was last tried; logins through auth/${survey.intent.mount} work now`,
    hint: 'Wait for its next try, or restart the operator: it tries at once then.',
  };
}
