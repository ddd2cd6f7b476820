import type { GitopsFacts, ResourceFact } from '../binding/facts.js';
import { groupBy } from '../binding/group.js';
import type { ObjectRef } from '../binding/intent.js';
import { valueOf } from '../binding/observed.js';
import type { Survey } from '../binding/survey.js';
import { refText } from './gitops-finding.js';

/** What the operators' rows are judged by: the cluster's side, Vault's where it was looked at, and who refers to whom. */
export interface GitopsView {
  readonly facts: GitopsFacts;
  /** Unix ms. */
  readonly now: number;
  readonly survey?: Survey;
  /** A VaultAuth or VaultConnection by kind and name. */
  find(kind: 'VaultAuth' | 'VaultConnection', ref: ObjectRef): ResourceFact | undefined;
  /** Resources that have this Secret as destination. */
  makersOf(ref: ObjectRef): readonly ResourceFact[];
  /** A resource that makes Secrets and has this name itself. */
  namesake(ref: ObjectRef): ResourceFact | undefined;
}

/** Looked up by name, so that ten thousand resources cost ten thousand steps. */
export function gitopsView(facts: GitopsFacts, now: number, survey?: Survey): GitopsView {
  const resources = valueOf(facts.vso) ?? [];
  const byName = new Map(resources.map((resource) => [`${resource.kind} ${refText(resource.ref)}`, resource]));
  const makers = resources.filter(({ destination }) => destination !== undefined);
  const byDestination = groupBy(makers, ({ destination }) => (destination === undefined ? '' : refText(destination)));
  const namesakes = new Map(makers.map((maker) => [refText(maker.ref), maker]));
  return {
    facts,
    now,
    ...(survey === undefined ? {} : { survey }),
    find: (kind, ref) => byName.get(`${kind} ${refText(ref)}`),
    makersOf: (ref) => byDestination.get(refText(ref)) ?? [],
    namesake: (ref) => namesakes.get(refText(ref)),
  };
}
