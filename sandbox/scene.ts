import { readFileSync } from 'node:fs';
import { startCluster } from './cluster.ts';
import { type ActionResult, runAction } from './github.ts';
import { enableLogins, type Grants, grant, identityName, jwtInputs } from './identity.ts';
import { type Issuer, type IssuerOptions, startIssuer } from './issuer.ts';
import type { Cluster, ClusterOptions, VaultServer } from './types.ts';
import { startVault, type VaultOptions } from './vault.ts';

export interface SceneOptions {
  real?: boolean;
  cluster?: ClusterOptions;
  vault?: VaultOptions;
  issuer?: IssuerOptions;
}

/** A cluster, a Vault that does not know it, and an OIDC issuer: everything a run of the action needs. */
export interface Scene {
  readonly cluster: Cluster;
  readonly vault: VaultServer;
  readonly issuer: Issuer;
  /** Environment of a job with `id-token: write`. */
  readonly oidc: Record<string, string>;
  /** Inputs common to every mode, with the identity's kubeconfig and a login by OIDC. */
  inputs(identity: string, more?: Record<string, string>): Promise<Record<string, string>>;
  /** Inputs of the platform's admin: cluster-admin and root. */
  adminInputs(more?: Record<string, string>): Record<string, string>;
  /** Runs main and then post, as the runner does; `remove()` it. */
  run(inputs: Record<string, string>, env?: Record<string, string>): Promise<SceneRun>;
  /** Lets `plan` print the identities' permissions and pastes them. */
  grantAll(): Promise<readonly Grants[]>;
  stop(): Promise<void>;
}

export interface SceneRun {
  readonly main: ActionResult;
  readonly post: ActionResult;
  /** The JSON report; null when none was written. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the report holds
  readonly report: any;
}

export const ENV = 'prodtest';

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const [cluster, vault, issuer] = await Promise.all([
    startCluster({ real: options.real ?? false, ...options.cluster }),
    startVault(options.vault),
    startIssuer(options.issuer),
  ]);
  await enableLogins(vault, issuer);
  const oidc = { ACTIONS_ID_TOKEN_REQUEST_URL: issuer.requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: issuer.requestToken };
  const common = (mode: Record<string, string>): Record<string, string> => ({
    env: ENV,
    'vault-url': vault.address,
    ...(vault.caPem === null ? {} : { 'vault-ca-certificate': vault.caPem }),
    ...(vault.client
      ? { 'vault-client-certificate': vault.client.certPem, 'vault-client-key': vault.client.keyPem }
      : {}),
    ...mode,
  });
  const adminInputs = (more: Record<string, string> = {}): Record<string, string> =>
    common({ kubeconfig: cluster.adminKubeconfig, 'vault-method': 'token', 'vault-token': vault.rootToken, ...more });
  const run = (inputs: Record<string, string>, env: Record<string, string> = oidc): Promise<SceneRun> =>
    runBoth(inputs, env);
  return {
    cluster,
    vault,
    issuer,
    oidc,
    adminInputs,
    run,
    async inputs(identity, more = {}) {
      const kubeconfig = await cluster.kubeconfigFor({ user: identityName(identity) });
      return common({ kubeconfig, ...jwtInputs(identity), ...more });
    },
    async grantAll() {
      const { main, report } = await run(adminInputs({ mode: 'plan' }));
      main.remove();
      const grants = ((report?.grants ?? []) as Grants[]).filter(({ rbac }) => rbac !== '');
      for (const one of grants) await grant(cluster, vault, one);
      return grants;
    },
    async stop() {
      await Promise.allSettled([cluster.stop(), vault.stop(), issuer.stop()]);
    },
  };
}

async function runBoth(inputs: Record<string, string>, env: Record<string, string>): Promise<SceneRun> {
  const main = await runAction({ bundle: 'main', inputs, env });
  const post = await runAction({ bundle: 'post', inputs, env, state: main.state, dir: main.dir });
  return { main, post, report: readReport(main.outputs['report']) };
}

function readReport(path: string | undefined): unknown {
  if (path === undefined || path === '') return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
