import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeGitopsHealthy } from './gitops.ts';
import { putGitopsRole } from './gitops-vault.ts';
import { ENV, openScene, type SceneRun } from './scene.ts';

const OUT = fileURLToPath(new URL('../.out/demo/', import.meta.url));
const began = Date.now();

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function chapter(title: string): void {
  say(`\n── ${title} ${'─'.repeat(Math.max(3, 76 - title.length))}\n`);
}

/** Shows a run as its log does, keeps its summary, and stops the demo when it did not end as it should. */
function show(name: string, { main, post, report }: SceneRun, wanted: (report: SceneRun['report']) => boolean): void {
  say(main.log.trimEnd());
  say(post.log.trimEnd());
  writeFileSync(join(OUT, `${name}.md`), main.summary);
  writeFileSync(join(OUT, `${name}.json`), JSON.stringify(report, null, 2));
  main.remove();
  if (wanted(report)) return;
  throw new Error(`${name} ended as ${report?.verdict ?? `exit ${main.exitCode}`}; its log is above`);
}

mkdirSync(OUT, { recursive: true });
const real = (process.env['REAL'] ?? '') !== '';
say(
  `starting ${real ? 'a real API server (etcd, kube-apiserver, kube-controller-manager)' : 'an emulated API server'}, a real OpenBao or Vault, and an OIDC issuer`,
);
const scene = await openScene({ real });
try {
  say(
    `  ${scene.cluster.kind} cluster at ${scene.cluster.server}, ${scene.vault.kind} at ${scene.vault.address}; Vault does not know the cluster`,
  );
  chapter('plan, as the platform admin: what would be done, and what each identity needs');
  show(
    'plan',
    await scene.run(scene.adminInputs({ mode: 'plan' })),
    (report) => report?.verdict === 'green' && !report.changed,
  );
  chapter('paste those permissions; from here on nobody is root or cluster-admin');
  for (const { identity } of await scene.grantAll()) say(`  vault-cluster-${identity}: Vault policy, JWT role, RBAC`);
  chapter('bind, by GitHub OIDC');
  show('bind', await scene.run(await scene.inputs('bind')), (report) => report?.verdict === 'green' && report.changed);
  chapter('bind again: nothing to do, nothing written');
  show(
    'bind-again',
    await scene.run(await scene.inputs('bind')),
    (report) => report?.verdict === 'green' && !report.changed,
  );
  chapter('the GitOps bootstrap (played): Argo CD, vault-config-operator, vault-secrets-operator, Secrets');
  await putGitopsRole(scene.vault, ENV);
  await makeGitopsHealthy(scene.cluster, ENV);
  chapter('verify, the gate');
  show(
    'verify',
    await scene.run(await scene.inputs('verify', { mode: 'verify', wait: '20s' })),
    (report) => report?.verdict === 'green' && !report.drift,
  );
  chapter('done');
  say(`green in ${Math.round((Date.now() - began) / 1000)} s; summaries and reports are in .out/demo/`);
} finally {
  await scene.stop();
}
