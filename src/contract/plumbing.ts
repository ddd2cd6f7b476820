import { type Ledger, shown } from './ledger.js';
import type { ContractRow } from './row.js';
import type { Scene } from './scene.js';
import { at, itemsOf, lineOf, textOf } from './yaml.js';

/** What an overlay says and the ApplicationSet never passes on keeps its default, without a word. */
export const PLUMBING_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.plumbing',
    description: 'the ApplicationSet passes on what the overlay sets and its template reads',
    severity: 'warning',
    code: 'C12',
    needs: 'gitops',
    evaluate(scene, ledger) {
      ledger.look(() => readsWhatIsSet(scene, ledger));
      ledger.look(() => setsWhatIsRead(scene, ledger));
    },
  },
];

function readsWhatIsSet(scene: Scene, ledger: Ledger): void {
  const { gitops, applicationSet, elements } = scene;
  const [element] = elements;
  if (element?.kind !== 'map') return;
  const parameters = ['spec', 'template', 'spec', 'source', 'helm', 'parameters'];
  for (const [index, item] of itemsOf(at(applicationSet.node, ...parameters)).entries()) {
    const text = textOf(at(item, 'value')) ?? '';
    for (const [, key = ''] of text.matchAll(/\{\{-?\s*\.(\w+)/g)) {
      if (element.entries.has(key)) continue;
      const line = lineOf(applicationSet.node, ...parameters, index, 'value');
      const seen = `reads .${shown(key)}, which no element has`;
      const edit = `Add ${shown(key)} to the elements of the generator.`;
      ledger.found(gitops.at(applicationSet.file, line), seen, "a key of the generator's elements", edit);
    }
  }
}

function setsWhatIsRead(scene: Scene, ledger: Ledger): void {
  const { gitops, applicationSet, overlay } = scene;
  if (overlay?.kind !== 'map') return;
  const text = gitops.text(applicationSet.file);
  const variable = /\{\{-?\s*range\s+(?:\$\w+,\s*)?(\$\w+)\s*:=\s*\$?\.Values\.envs/.exec(text)?.[1];
  if (variable === undefined) return;
  for (const [key, { line }] of overlay.entries) {
    if (text.includes(`${variable}.${key}`)) continue;
    const edit = `Pass ${shown(key)} on in ${applicationSet.file}, or take it out of the overlay.`;
    ledger.found(
      gitops.at('charts/argocd-apps/values.yaml', line),
      `${shown(key)} is read by nobody`,
      'a key that the generator reads',
      edit,
    );
  }
}
