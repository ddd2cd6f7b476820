import { writeFileSync } from 'node:fs';
import { kubeconfig } from '../kubeconfig.ts';
import { type Daemon, startDaemon } from '../process.ts';
import type { ClusterOptions } from '../types.ts';
import type { ControlPlaneFiles } from './files.ts';

const ISSUER = 'https://kubernetes.default.svc';

/** The three ports of a control plane, all on 127.0.0.1. */
export interface ControlPlanePorts {
  readonly api: number;
  readonly etcd: number;
  readonly peer: number;
}

function start(kube: string, program: string, args: string[], files: ControlPlaneFiles): Daemon {
  return startDaemon(program, kube, [program, ...args], { logFile: files.path(`${program}.log`), cwd: files.dir });
}

export function startEtcd(kube: string, files: ControlPlaneFiles, ports: ControlPlanePorts): Daemon {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  const args = [
    '--name=sandbox',
    `--data-dir=${files.path('etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=sandbox=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=error',
  ];
  return start(kube, 'etcd', args, files);
}

export function startApiServer(
  kube: string,
  files: ControlPlaneFiles,
  ports: ControlPlanePorts,
  options: ClusterOptions,
): Daemon {
  const limit = options.maxTokenExpirationSeconds;
  const args = [
    `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.api}`,
    // Without these two it looks for a public interface, and a machine off the network has none.
    '--advertise-address=192.0.2.1',
    '--endpoint-reconciler-type=none',
    '--external-hostname=localhost',
    `--tls-cert-file=${files.path('serving.crt')}`,
    `--tls-private-key-file=${files.path('serving.key')}`,
    `--client-ca-file=${files.path('ca.crt')}`,
    `--service-account-issuer=${ISSUER}`,
    `--service-account-key-file=${files.path('sa.pub')}`,
    `--service-account-signing-key-file=${files.path('sa.key')}`,
    `--api-audiences=${ISSUER}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--audit-policy-file=${files.path('audit-policy.json')}`,
    `--audit-log-path=${files.path('audit.log')}`,
    ...(limit === undefined ? [] : [`--service-account-max-token-expiration=${limit}s`]),
    ...(files.foreign === null ? [] : [`--tls-sni-cert-key=${files.path('named.crt')},${files.path('named.key')}`]),
  ];
  return start(kube, 'kube-apiserver', args, files);
}

export function startControllerManager(kube: string, files: ControlPlaneFiles, ports: ControlPlanePorts): Daemon {
  const credential = files.authority.client({ user: 'system:kube-controller-manager' });
  const config = kubeconfig(`https://127.0.0.1:${ports.api}`, files.authority.certPem, credential);
  writeFileSync(files.path('controller-manager.kubeconfig'), config, { mode: 0o600 });
  const args = [
    `--kubeconfig=${files.path('controller-manager.kubeconfig')}`,
    `--root-ca-file=${files.path('ca.crt')}`,
    `--service-account-private-key-file=${files.path('sa.key')}`,
    '--use-service-account-credentials',
    '--controllers=*',
    '--leader-elect=false',
    '--secure-port=0',
  ];
  return start(kube, 'kube-controller-manager', args, files);
}
