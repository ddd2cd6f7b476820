import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installCrd, looseCrd } from './crd.ts';
import { runAction } from './github.ts';
import { ensureNamespace } from './gitops.ts';
import { GITOPS_KINDS, type GitopsObject, healthyObjects } from './gitops-objects.ts';
import { putGitopsRole } from './gitops-vault.ts';
import { send } from './request.ts';
import { ENV, openScene, type Scene } from './scene.ts';
import type { Answer } from './types.ts';

/** How many Secrets, Applications, and resources of each of the two operators. */
const SIZES = (process.env['SIZES'] ?? '100 1000 10000').split(' ').map(Number);
/** Short, for ten thousand `namespace/name` must fit into one variable of the environment: 128 KiB. */
const NAMESPACE = 's';
const PLANTED = 'planted-secret-data-of-the-scale';
const AT_ONCE = 16;

/** Status goes in with the object, so that forty thousand of them take one request each. */
async function installKinds(scene: Scene): Promise<void> {
  for (const [group, version, kind, plural] of GITOPS_KINDS) {
    const definition = looseCrd(group, version, kind, plural);
    const versions = definition.spec.versions.map(
      ({ subresources: _, ...rest }) => rest as typeof rest & { name: string; served: boolean },
    );
    await installCrd(scene.cluster, { ...definition, spec: { ...definition.spec, versions } });
  }
}

function grown(index: number): GitopsObject[] {
  const healthy = healthyObjects(ENV);
  const like = (kind: string): GitopsObject => healthy.find((object) => object.kind === kind) as GitopsObject;
  const name = `n${index}`;
  const secret = like('VaultStaticSecret');
  return [
    { ...like('Application'), name },
    { ...like('Policy'), name, spec: { ...like('Policy').spec, path: name } },
    { ...secret, namespace: NAMESPACE, name, spec: { ...secret.spec, destination: { name, create: true } } },
  ];
}

const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

/** As admin over kept connections: a handshake for each of forty thousand objects would be most of the time. */
async function post({ cluster }: Scene, path: string, body: unknown): Promise<Answer> {
  const inline = (field: string): string =>
    Buffer.from(
      new RegExp(`${field}: "?([A-Za-z0-9+/=]+)`).exec(cluster.adminKubeconfig)?.[1] ?? '',
      'base64',
    ).toString();
  const [certPem, keyPem] = [inline('client-certificate-data'), inline('client-key-data')];
  return send({ method: 'POST', url: cluster.server + path, body, caPem: cluster.caPem, certPem, keyPem, agent });
}

async function put(
  scene: Scene,
  { group, version, plural, kind, namespace, name, spec, status, owner }: GitopsObject,
): Promise<void> {
  const uid = '00000000-0000-4000-8000-000000000000';
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: `${group}/${version}`, uid, ...owner }];
  const made = await post(scene, `/apis/${group}/${version}/namespaces/${namespace}/${plural}`, {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name, namespace, ownerReferences },
    spec,
    status,
  });
  if (made.status !== 201) throw new Error(`${kind} ${name}: ${made.status}`);
}

async function grow(scene: Scene, from: number, to: number): Promise<void> {
  const queue = Array.from({ length: to - from }, (_, index) => from + index).values();
  const work = async (): Promise<void> => {
    for (const index of queue) {
      for (const object of grown(index)) await put(scene, object);
      await post(scene, `/api/v1/namespaces/${NAMESPACE}/secrets`, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: `n${index}` },
        stringData: { value: PLANTED },
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

interface Measured {
  readonly seconds: number;
  readonly megabytes: number;
  readonly verdict: string;
  readonly leaks: boolean;
}

async function verify(scene: Scene, count: number, folder: string): Promise<Measured> {
  const figure = join(folder, 'rss');
  const probe = join(folder, 'probe.mjs');
  const line = `process.on('exit', () => writeFileSync(${JSON.stringify(figure)}, String(process.resourceUsage().maxRSS)));`;
  writeFileSync(probe, `import { writeFileSync } from 'node:fs';\n${line}\n`);
  const secrets = Array.from({ length: count }, (_, index) => `${NAMESPACE}/n${index}`).join('\n');
  const began = Date.now();
  const ended = await runAction({
    bundle: 'main',
    inputs: scene.adminInputs({ mode: 'verify', secrets }),
    env: { ...scene.oidc, NODE_OPTIONS: `--import=${pathToFileURL(probe).href}` },
    timeoutMs: 600_000,
  });
  const seconds = (Date.now() - began) / 1000;
  const report = readFileSync(ended.outputs['report'] ?? '', 'utf8');
  const leaks = [ended.stdout, ended.stderr, ended.summary, report].some((text) => text.includes(PLANTED));
  const verdict = ended.outputs['verdict'] ?? `exit ${ended.exitCode}`;
  ended.remove();
  return { seconds, megabytes: Number(readFileSync(figure, 'utf8')) / 1024, verdict, leaks };
}

const scene = await openScene();
const folder = mkdtempSync(join(tmpdir(), 'scale-'));
try {
  await installKinds(scene);
  await ensureNamespace(scene.cluster, NAMESPACE);
  const bound = await scene.run(scene.adminInputs());
  bound.main.remove();
  await putGitopsRole(scene.vault, ENV, { bound_service_account_namespaces: ['*'] });
  const healthy = healthyObjects(ENV);
  const local = healthy.filter(
    ({ kind, namespace }) => /^Vault(Auth|Connection)$/.test(kind) && namespace === `bitiq-${ENV}`,
  );
  for (const object of [...healthy, ...local.map((one) => ({ ...one, namespace: NAMESPACE }))]) {
    await ensureNamespace(scene.cluster, object.namespace);
    await put(scene, object);
  }
  console.log('verify over that many Secrets, Applications, and resources of each operator\n');
  console.log('  number     time   memory  verdict');
  let there = 0;
  for (const size of SIZES) {
    await grow(scene, there, size);
    there = size;
    const { seconds, megabytes, verdict, leaks } = await verify(scene, size, folder);
    const figures = [
      String(size).padStart(8),
      `${seconds.toFixed(1)} s`.padStart(8),
      `${Math.round(megabytes)} MB`.padStart(8),
    ];
    console.log(`${figures.join(' ')}  ${verdict}${leaks ? ', and Secret data was shown' : ''}`);
  }
} finally {
  agent.destroy();
  await scene.stop();
  rmSync(folder, { recursive: true, force: true });
}
