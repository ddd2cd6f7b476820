import type { Ledger } from './ledger.js';
import { CONFIG, ofKind, rendered } from './operator.js';
import type { Repo } from './repo.js';
import type { ContractRow } from './row.js';
import type { Scene } from './scene.js';
import { at, lineOf, textOf } from './yaml.js';

const SERVER = 'charts/vault-dev/templates';
const HELPER = 'scripts/dev-vault.sh';

/** C16: what the repository lets vault-config-operator do in Vault. */
export const POLICY_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.connection-policy',
    description: 'no policy for vault-config-operator reaches beyond its own mount, role and policy',
    severity: 'warning',
    code: 'C16',
    needs: 'gitops',
    evaluate(scene, ledger) {
      ledger.look(() => written(scene, ledger));
      ledger.look(() => advised(scene.gitops, ledger));
      const name = scene.wanted.connectionRole;
      for (const policy of ofKind(rendered(scene, ledger, CONFIG), 'Policy').filter((one) => one.name === name)) {
        const text = textOf(at(policy.node, 'spec', 'policy')) ?? '';
        broad(scene.gitops, ledger, policy.file, text.split('\n'), lineOf(policy.node, 'spec', 'policy') + 1);
      }
    },
  },
];

/** The policies that come with a Vault in the cluster; an environment without one has none of them. */
function written(scene: Scene, ledger: Ledger): void {
  const { gitops } = scene;
  if (scene.setting('vaultServerEnabled') !== 'true') return;
  const files = gitops.list(SERVER).map((name) => `${SERVER}/${name}`);
  for (const file of [...files, HELPER].filter((one) => gitops.has(one)))
    ledger.look(() => broad(gitops, ledger, file, gitops.lines(file), 1));
}

function advised(gitops: Repo, ledger: Ledger): void {
  for (const name of gitops.list('docs').filter((one) => one.endsWith('.md'))) {
    const file = `docs/${name}`;
    ledger.look(() => broad(gitops, ledger, file, gitops.lines(file), 1));
  }
}

const RULES: readonly (readonly [pattern: RegExp, needs: RegExp, why: string])[] = [
  [/^sys\/policies\/acl\/\*$/, /create|update|sudo/, 'which lets it write its own policy'],
  [/^sys\/auth\/(\*|\+)$/, /create|update|delete|sudo/, 'which is every auth method of the Vault'],
  [/^auth\/\*$|^auth\/[^/]*\*|^auth\/\+/, /create|update|delete/, 'which is every mount'],
  [/^auth\/[^/*+]+\/\*$/, /create|update|delete/, "which is its own role and the mount's config too"],
];

/** Rules of policies as they are written down in a script, a template or a document. */
function broad(gitops: Repo, ledger: Ledger, file: string, lines: readonly string[], first: number): void {
  for (const [index, line] of lines.entries()) {
    const path = /\bpath\s+\\?"([^"\\]+)\\?"\s*\{/.exec(line)?.[1];
    if (path === undefined) continue;
    const rule = lines.slice(index, index + 3).join(' ');
    const capabilities = /capabilities\s*=\s*\[([^\]]*)\]/.exec(rule)?.[1] ?? '';
    const [, , why] = RULES.find(([pattern, needs]) => pattern.test(path) && needs.test(capabilities)) ?? [];
    if (why === undefined) continue;
    const edit = 'Leave the policy to bind, which names one mount, one role and one policy.';
    ledger.found(
      gitops.at(file, first + index),
      `path "${path}" may be written, ${why}`,
      'one mount, one role, one policy',
      edit,
    );
  }
}
