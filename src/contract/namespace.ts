import { placeOf } from './chart.js';
import { type Ledger, shown } from './ledger.js';
import { CONFIG, isVco, ofKind, RUNTIME, rendered } from './operator.js';
import type { ContractRow } from './row.js';
import type { Scene } from './scene.js';
import { at, textOf } from './yaml.js';

/** The charts once had no way to say a Vault namespace: what they render goes to the root then. */
export const NAMESPACE_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.vault-namespace',
    description: 'the charts carry the Vault namespace to both operators',
    severity: 'error',
    code: 'C03',
    needs: 'gitops',
    evaluate: vaultNamespace,
  },
];

function vaultNamespace(scene: Scene, ledger: Ledger): void {
  const { vaultNamespace: wanted } = scene.wanted;
  if (wanted === undefined) return;
  const logins = [
    ...rendered(scene, ledger, CONFIG)
      .filter(isVco)
      .map((resource) => ({ resource, path: ['spec', 'authentication', 'namespace'] })),
    ...ofKind(rendered(scene, ledger, RUNTIME), 'VaultAuth').map((resource) => ({
      resource,
      path: ['spec', 'namespace'],
    })),
  ];
  for (const { resource, path } of logins) {
    const seen = textOf(at(resource.node, ...path)) ?? '';
    if (seen === wanted) continue;
    const what = `${resource.kind} ${shown(resource.name)}: ${path.join('.')} is ${seen === '' ? 'not set' : shown(seen)}`;
    const expected = wanted === '' ? 'no Vault namespace' : `${path.join('.')}: ${wanted}`;
    const edit =
      wanted === ''
        ? `Take ${path.join('.')} away.`
        : `Render ${path.join('.')}, or use a Vault without vault-namespace.`;
    ledger.found(placeOf(scene.gitops, resource, ...path), what, expected, edit);
  }
}
