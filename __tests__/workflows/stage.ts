import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { openRunner, type Runner, type WorkflowResult, type WorkflowRun } from '../../sandbox/act.ts';
import { type GitHubApi, startGitHubApi } from '../../sandbox/github-api.ts';
import { identityName } from '../../sandbox/identity.ts';
import type { Claims } from '../../sandbox/issuer.ts';
import { openScene, type Scene, type SceneOptions } from '../../sandbox/scene.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Placeholders of the examples. */
export const VAULT_URL = 'https://vault.example.com:8200';
export const CLUSTERS = 'example-org/clusters';

/** Servers, a workflow runner, and the identities that docs/permissions.md describes. */
export interface Stage {
  readonly scene: Scene;
  readonly runner: Runner;
  /** GitHub's API, for comments and issues. */
  readonly github: GitHubApi;
  /** Claims of the job's OIDC token; what a test sets holds until it sets others. */
  claims(claims: Claims): void;
  /** base64 of the kubeconfig of `vault-cluster-<identity>`. */
  kubeconfig(identity: string): Promise<string>;
  /** An example as pasted: Vault's address and `placeholders` put in. */
  example(name: string, placeholders?: Record<string, string>): string;
  /** Pastes an example into an empty repository and runs it. */
  paste(name: string, run?: Pasted): Promise<WorkflowResult>;
  /** Runs a workflow that is no example. */
  run(text: string, run?: Pasted): Promise<WorkflowResult>;
  stop(): Promise<void>;
}

export interface Pasted extends Partial<WorkflowRun> {
  /** Where it is pasted. Default: the clusters repository. */
  repository?: string;
  /** The repository's other files. */
  files?: Record<string, string>;
  placeholders?: Record<string, string>;
}

/** Files of a clusters repository, by the name of the cluster and its environment. */
export function clusterFiles(clusters: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(clusters).map(([name, env]) => [
      `clusters/${name}/cluster.yaml`,
      `name: ${name}\ngitops:\n  env: ${env}\n`,
    ]),
  );
}

export async function openStage(options: SceneOptions = {}): Promise<Stage> {
  const claims: Claims = {};
  const scene = await openScene({ ...options, issuer: { claims } });
  const runner = openRunner();
  const github = await startGitHubApi({ repository: CLUSTERS });
  const { vault } = scene;
  for (const { identity } of await scene.grantAll()) {
    const path = `auth/jwt/role/${identityName(identity)}`;
    const { body } = await vault.request('GET', path);
    await vault.request('POST', path, { ...body.data, bound_audiences: [vault.address] });
  }
  const stage: Stage = {
    scene,
    runner,
    github,
    claims(wanted) {
      for (const name of Object.keys(claims)) delete claims[name];
      Object.assign(claims, wanted);
    },
    kubeconfig: async (identity) =>
      Buffer.from(await scene.cluster.kubeconfigFor({ user: identityName(identity) })).toString('base64'),
    example: (name, placeholders = {}) =>
      Object.entries({ [VAULT_URL]: vault.address, ...placeholders }).reduce(
        (text, [from, to]) => {
          if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
          return text.replaceAll(from, to);
        },
        readFileSync(join(ROOT, 'examples', name), 'utf8'),
      ),
    paste: (name, run = {}) => stage.run(stage.example(name, run.placeholders), run),
    async run(text, { repository = CLUSTERS, files = {}, placeholders: _, ...run } = {}) {
      const workflow = '.github/workflows/pasted.yml';
      runner.repository(repository, { ...files, [workflow]: text });
      const env = { ...scene.oidc, GITHUB_API_URL: github.url, ...run.env };
      const secrets = { GITHUB_TOKEN: github.token, ...run.secrets };
      const result = await runner.run(repository, { ...run, workflow, env, secrets });
      expectOutputsToArrive(result, Object.values(secrets));
      return result;
    },
    async stop() {
      runner.remove();
      await Promise.all([scene.stop(), github.stop()]);
    },
  };
  return stage;
}

/** Outputs of a step of a job, the job named as the runner does. */
export function outputsOf(result: WorkflowResult, job: string, step: string): Readonly<Record<string, string>> {
  const found = result.jobs.find(({ name }) => name === job);
  return found?.steps.find(({ id, stage }) => id === step && stage === 'Main')?.outputs ?? {};
}

/** What each job came to, by its name. */
export function resultsOf(result: WorkflowResult): Readonly<Record<string, string>> {
  return Object.fromEntries(result.jobs.map(({ name, result: ended }) => [name, ended]));
}

/** GitHub drops an output that holds a masked value, and says so in a warning nobody reads; this runner does not. */
function expectOutputsToArrive(result: WorkflowResult, secrets: readonly string[]): void {
  for (const { name, masks, steps } of result.jobs) {
    const hidden = [...masks, ...secrets].filter((value) => value !== '');
    const values = steps.flatMap(({ outputs }) => Object.entries(outputs));
    const dropped = values.filter(([, value]) => hidden.some((mask) => value.includes(mask)));
    expect({ job: name, dropped: dropped.map(([output]) => output) }).toEqual({ job: name, dropped: [] });
  }
}
