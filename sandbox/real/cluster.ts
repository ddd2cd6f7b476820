import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubeconfig } from '../kubeconfig.ts';
import type { Certificate } from '../pki.ts';
import { freePorts } from '../ports.ts';
import { type Daemon, waitUntil } from '../process.ts';
import { send } from '../request.ts';
import type { Answer, Cluster, ClusterOptions } from '../types.ts';
import { readAudit } from './audit.ts';
import { buildKube } from './build.ts';
import { type ControlPlanePorts, startApiServer, startControllerManager, startEtcd } from './control-plane.ts';
import { type ControlPlaneFiles, writeFiles } from './files.ts';

interface Parts {
  readonly kube: string;
  readonly files: ControlPlaneFiles;
  readonly ports: ControlPlanePorts;
  readonly options: ClusterOptions;
  readonly server: string;
  readonly caPem: string;
  readonly admin: Certificate;
  readonly daemons: { etcd: Daemon; api: Daemon; controllers: Daemon | null };
}

type Request = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

function requester(parts: Parts): Request {
  const { server, caPem, admin } = parts;
  return (method, path, body, headers = {}) =>
    send({ method, url: server + path, body, headers, caPem, certPem: admin.certPem, keyPem: admin.keyPem });
}

async function answers(request: Request, path: string): Promise<boolean> {
  return (await request('GET', path)).status === 200;
}

async function launch(parts: Parts, request: Request): Promise<void> {
  const { daemons, kube, files, ports } = parts;
  await waitUntil('the API server', [daemons.etcd, daemons.api], () => answers(request, '/readyz'));
  daemons.controllers = startControllerManager(kube, files, ports);
  await waitUntil('the controller-manager', [daemons.etcd, daemons.api, daemons.controllers], async () => {
    const found = await Promise.all([
      answers(request, '/api/v1/namespaces/default/configmaps/kube-root-ca.crt'),
      answers(request, '/api/v1/namespaces/default/serviceaccounts/default'),
      answers(request, '/api/v1/namespaces/kube-system'),
    ]);
    return found.every(Boolean);
  });
}

async function prepare(options: ClusterOptions): Promise<Parts> {
  const kube = await buildKube();
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'sandbox-cluster-'));
  if (existsSync(join(dir, 'etcd'))) throw new Error(`${dir} holds another cluster: name an empty directory`);
  const [free = 0, etcd = 0, peer = 0] = await freePorts(3);
  const ports = { api: options.port ?? free, etcd, peer };
  const files = writeFiles(dir, options);
  return {
    kube,
    files,
    ports,
    options,
    server: `https://${files.foreign === null ? '127.0.0.1' : 'localhost'}:${ports.api}`,
    caPem: (files.foreign ?? files.authority).certPem,
    admin: files.authority.client({ user: 'sandbox-admin', groups: ['system:masters'] }),
    daemons: {
      etcd: startEtcd(kube, files, ports),
      api: startApiServer(kube, files, ports, options),
      controllers: null,
    },
  };
}

async function stop(parts: Parts): Promise<void> {
  const { etcd, api, controllers } = parts.daemons;
  await Promise.all([etcd.stop(), api.stop(), controllers?.stop()]);
  if (parts.options.dir === undefined) rmSync(parts.files.dir, { recursive: true, force: true });
}

/**
 * Starts etcd, kube-apiserver and kube-controller-manager (about 10 s; the first time the binary is built) and waits until
 * `kube-root-ca.crt` is published and namespace `default` has its ServiceAccount. No scheduler and no node: pods stay pending.
 * @throws when a program ends or is not ready within 60 s, with the tail of its log.
 */
export async function startRealCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const parts = await prepare(options);
  const request = requester(parts);
  try {
    await launch(parts, request);
  } catch (error) {
    await stop(parts);
    throw error;
  }
  const { files, server, caPem } = parts;
  return {
    kind: 'real',
    server,
    caPem,
    adminKubeconfig: kubeconfig(server, caPem, parts.admin),
    kubeconfigFor: async (identity) => kubeconfig(server, caPem, files.authority.client(identity)),
    request,
    audit: async () => readAudit(files.path('audit.log')),
    async restart() {
      const { daemons } = parts;
      await daemons.api.stop();
      daemons.api = startApiServer(parts.kube, files, parts.ports, options);
      await waitUntil('the API server', [daemons.etcd, daemons.api], () => answers(request, '/readyz'));
    },
    stop: () => stop(parts),
  };
}
