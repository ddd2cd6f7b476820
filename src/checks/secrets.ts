import type { Problem } from '../binding/errors.js';
import type { ResourceFact, SecretRow } from '../binding/facts.js';
import type { ObjectRef } from '../binding/intent.js';
import { age } from './age.js';
import { wayOf } from './chain.js';
import { counted, type Finding, green, red, refText } from './gitops-finding.js';
import type { Judgement } from './gitops-judgement.js';
import type { GitopsView } from './gitops-view.js';
import { judgeRuntime } from './joined.js';
import { silence, stopped } from './operator.js';

/**
 * Whether the Secret exists and is current, by names and metadata alone. When it does not: which resource of
 * vault-secrets-operator should have made it, on which way, and where that is broken.
 */
export function secretFinding(ref: ObjectRef, view: GitopsView): Finding {
  const seen = view.facts.secrets[refText(ref)];
  if (seen === undefined) return { state: 'pending', detail: 'not looked at', hint: '' };
  if (seen.state === 'unreadable') return unread(ref, seen.problem, view);
  return seen.state === 'absent' ? missing(ref, view) : there(ref, seen.value, view);
}

/** Without the right to read it, the status of the resource that makes it stands for it. */
function unread(ref: ObjectRef, { code, message, hint }: Problem, view: GitopsView): Finding {
  const grant = `Grant get on secrets named ${ref.name} in namespace ${ref.namespace}.`;
  const unknown: Finding = {
    state: 'unknown',
    detail: message,
    hint: code === 'CLUSTER_FORBIDDEN' ? grant : hint,
    code,
  };
  const [maker] = view.makersOf(ref);
  if (code !== 'CLUSTER_FORBIDDEN' || maker === undefined) return unknown;
  const name = `${maker.kind} ${refText(maker.ref)}`;
  const { state, note } = judgeRuntime(maker, view);
  const silent = silence(view.facts, 'vso', view.now);
  if (silent !== undefined) return { ...unknown, detail: `${message}; ${stopped('vso', silent).detail}` };
  if (state !== 'ok') return { ...unknown, detail: `${message}; ${name}: ${note}` };
  return green(`by ${maker.kind} status: ${refText(maker.ref)} is healthy and current`);
}

function there(ref: ObjectRef, { type, keys }: SecretRow, view: GitopsView): Finding {
  const makers = view.makersOf(ref);
  const [maker] = makers;
  const seen = `${type}, ${counted(keys, 'key')}`;
  if (maker === undefined) return unmade(ref, seen, view);
  const name = `${maker.kind} ${refText(maker.ref)}`;
  const stale = (why: string, hint: string, code?: Judgement['code']): Finding =>
    red(`present, but stale: ${why}`, hint, code);
  const silent = silence(view.facts, 'vso', view.now);
  if (silent !== undefined) {
    const { detail, hint } = stopped('vso', silent);
    return stale(detail, hint);
  }
  const judgement = judgeRuntime(maker, view);
  if (judgement.state === 'unclear') {
    return { state: 'unknown', detail: `present; ${name}: ${judgement.note}`, hint: judgement.hint };
  }
  if (judgement.state !== 'ok') {
    return stale(`${wayOf(maker, view)}: ${judgement.note}`, judgement.hint || describe(maker), judgement.code);
  }
  const wanted = maker.makes?.type ?? '';
  if (wanted !== '' && wanted !== type)
    return red(`present as ${type}, while ${name} makes it as ${wanted}`, replace(ref));
  if (keys === 0) return red(`present and empty, though ${name} says that it filled it`, replace(ref));
  return green(seen);
}

/** No resource makes it: made by hand, or left behind by one that writes elsewhere now. */
function unmade(ref: ObjectRef, seen: string, view: GitopsView): Finding {
  const namesake = view.namesake(ref);
  if (namesake?.destination === undefined) {
    return green(view.facts.vso.state === 'present' ? `${seen}; no VaultStaticSecret makes it` : seen);
  }
  const where = `${namesake.kind} ${refText(namesake.ref)} writes Secret ${namesake.destination.name}`;
  return red(`present, but stale: ${where} and not this one`, `Set spec.destination.name to ${ref.name}.`);
}

function replace({ namespace, name }: ObjectRef): string {
  return `Remove it, so that it is made anew: oc -n ${namespace} delete secret ${name}.`;
}

function missing(ref: ObjectRef, view: GitopsView): Finding {
  const { vso } = view.facts;
  if (vso.state === 'unreadable') {
    return red('absent; which resource should make it cannot be read', vso.problem.hint, vso.problem.code);
  }
  if (vso.state === 'absent') {
    return red('absent; vault-secrets-operator is not installed', 'Install vault-secrets-operator, which makes it.');
  }
  const [maker] = view.makersOf(ref);
  return maker === undefined ? unclaimed(ref, view) : madeBy(maker, view);
}

function unclaimed(ref: ObjectRef, view: GitopsView): Finding {
  const namesake = view.namesake(ref);
  if (namesake?.destination !== undefined) {
    return red(
      `absent; ${namesake.kind} ${refText(namesake.ref)} writes Secret ${namesake.destination.name} in its place`,
      `Set spec.destination.name to ${ref.name}.`,
    );
  }
  return red(
    'absent; no VaultStaticSecret has it as destination',
    `Add a VaultStaticSecret with destination ${ref.name} in namespace ${ref.namespace} to the vault-runtime chart.`,
  );
}

function madeBy(maker: ResourceFact, view: GitopsView): Finding {
  const way = wayOf(maker, view);
  const since = maker.createdAt === undefined ? '' : `; waited for ${age(view.now - maker.createdAt)}`;
  const silent = silence(view.facts, 'vso', view.now);
  if (silent !== undefined) {
    const { detail, hint } = stopped('vso', silent);
    return red(`absent; ${way}: ${detail}${since}`, hint);
  }
  const { state, note, hint, code } = judgeRuntime(maker, view);
  if (maker.makes?.create === false && (state === 'ok' || note.startsWith('not reconciled'))) {
    return red(`absent; ${way}: destination.create is false, so it only fills a Secret that exists`, CREATE);
  }
  if (state !== 'ok') return red(`absent; ${way}: ${note}${since}`, hint || describe(maker), code);
  return red(`absent; although ${way} says it made it`, describe(maker));
}

const CREATE = 'Set spec.destination.create to true.';

function describe({ kind, ref }: ResourceFact): string {
  return `Look at oc -n ${ref.namespace} describe ${kind.toLowerCase()} ${ref.name}.`;
}
