import { load } from 'js-yaml';

/** `owner/repository@ref` of a step or of a called workflow. */
interface Used {
  readonly repository: string;
  readonly ref: string;
}

interface Workflow {
  readonly jobs?: Readonly<Record<string, { readonly uses?: string; readonly steps?: readonly { uses?: string }[] }>>;
}

const REMOTE = /^([^/.]+\/[^/@]+)(\/[^@]+)?@(.+)$/;

/** The actions and the workflows of others that a workflow uses, and those that the called workflows use, each once. */
export function usedActions(text: string, called: (file: string) => string): readonly Used[] {
  const { jobs = {} } = load(text) as Workflow;
  const uses = Object.values(jobs).flatMap((job) => [job.uses, ...(job.steps ?? []).map((step) => step.uses)]);
  const found = uses.flatMap((use): readonly Used[] => {
    const [, repository, path = '', ref] = REMOTE.exec(use ?? '') ?? [];
    if (repository === undefined || ref === undefined) return [];
    const file = /^\/\.github\/workflows\/([^/]+)$/.exec(path)?.[1];
    return [{ repository, ref }, ...(file === undefined ? [] : usedActions(called(file), called))];
  });
  return [...new Map(found.map((one) => [`${one.repository}@${one.ref}`, one])).values()];
}
