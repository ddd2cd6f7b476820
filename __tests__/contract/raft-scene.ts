import { readFileSync } from 'node:fs';
import { startCluster } from '../../sandbox/cluster.ts';
import { type ActionResult, runAction } from '../../sandbox/github.ts';
import { enableLogins, type Grants, grant, identityName, jwtInputs } from '../../sandbox/identity.ts';
import { startIssuer } from '../../sandbox/issuer.ts';
import type { Cluster, VaultServer } from '../../sandbox/types.ts';
import { type RaftCluster, startRaft } from '../../sandbox/vault-raft.ts';

export const MOUNT = 'kubernetes-prodtest';

export interface RaftRun {
  readonly main: ActionResult;
  /** The JSON report; null when none was written. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the report holds
  readonly report: any;
}

export interface RaftScene {
  readonly raft: RaftCluster;
  /** Runs main and post as the identity of the mode, logged in by OIDC, Vault being the node at `index`. */
  run(mode: string, index: number, more?: Record<string, string>): Promise<RaftRun>;
  /** HTTP status of a login as the probe at every node, in order. */
  logins(): Promise<number[]>;
  /** Takes the mount away, and lets every node hear of it. */
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** The real API server, three nodes of raft, an OIDC issuer, and the identities' permissions as `plan` prints them. */
export async function openRaftScene(): Promise<RaftScene> {
  const parts = await Promise.all([startCluster({ real: true }), startRaft({ nodes: 3, tls: true }), startIssuer()]);
  const [cluster, raft, issuer] = parts;
  const [first] = raft.nodes as [VaultServer];
  await enableLogins(first, issuer);
  const env = { ACTIONS_ID_TOKEN_REQUEST_URL: issuer.requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: issuer.requestToken };
  const both = async (inputs: Record<string, string>): Promise<RaftRun> => {
    const all = { env: 'prodtest', 'vault-ca-certificate': raft.caPem ?? '', ...inputs };
    const main = await runAction({ bundle: 'main', inputs: all, env });
    const post = await runAction({
      bundle: 'post',
      inputs: all,
      env,
      state: main.state,
      dir: main.dir,
    });
    if (post.exitCode !== 0) throw new Error(`post ended with ${post.exitCode}`);
    const report = readReport(main.outputs['report']);
    main.remove();
    return { main, report };
  };
  const admin = { 'vault-method': 'token', 'vault-token': raft.rootToken, kubeconfig: cluster.adminKubeconfig };
  const planned = await both({ mode: 'plan', 'vault-url': first.address, ...admin });
  for (const one of (planned.report.grants as Grants[]).filter(({ rbac }) => rbac !== '')) {
    await grant(cluster, first, one);
  }
  return {
    raft,
    async run(mode, index, more = {}) {
      const kubeconfig = await cluster.kubeconfigFor({ user: identityName(mode) });
      return both({ mode, kubeconfig, 'vault-url': raft.addresses[index] ?? '', ...jwtInputs(mode), ...more });
    },
    logins: () => loginsAt(cluster, raft.nodes),
    async forget() {
      const { status } = await (raft.nodes[await raft.active()] ?? first).request('DELETE', `sys/auth/${MOUNT}`);
      if (status >= 300) throw new Error(`disable: HTTP ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    },
    async stop() {
      await Promise.allSettled(parts.map((part) => part.stop()));
    },
  };
}

async function loginsAt(cluster: Cluster, nodes: readonly VaultServer[]): Promise<number[]> {
  const probe = 'vault-cluster-bind-probe';
  const path = `/api/v1/namespaces/openshift-gitops/serviceaccounts/${probe}/token`;
  const { body } = await cluster.request('POST', path, { spec: { expirationSeconds: 600 } });
  const login = { role: probe, jwt: body.status.token };
  const answers = nodes.map((node) => node.request('POST', `auth/${MOUNT}/login`, login, ''));
  return (await Promise.all(answers)).map(({ status }) => status);
}

function readReport(path: string | undefined): unknown {
  try {
    return JSON.parse(readFileSync(path ?? '', 'utf8'));
  } catch {
    return null;
  }
}
