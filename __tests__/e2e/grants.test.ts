import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dump, loadAll } from 'js-yaml';
import { applyYaml } from '../../sandbox/apply.ts';
import { type Grants, grant } from '../../sandbox/identity.ts';
import { openScene, type Scene } from '../../sandbox/scene.ts';
import { clusterWrites, vaultWrites } from './write.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

interface Role {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: Rule[];
}

let scene: Scene;
let bind: Grants;

beforeAll(async () => {
  scene = await openScene();
  const grants = await scene.grantAll();
  bind = grants.find(({ identity }) => identity === 'bind') as Grants;
}, 120_000);

afterAll(() => scene?.stop());

/** Rights that only make two rows say more. */
const OPTIONAL = /config\.openshift\.io/;

/** Every way to take away one verb on one resource, and on one name where names are given. */
function without(text: string): { title: string; yaml: string; names: RegExp[] }[] {
  const documents = loadAll(text) as Role[];
  return documents.flatMap((document, at) =>
    (document.rules ?? []).flatMap((rule, index) =>
      (rule.apiGroups.some((group) => OPTIONAL.test(group)) ? [] : rule.verbs).flatMap((verb) =>
        (rule.resourceNames ?? ['']).map((name) => {
          const kept: Rule[] = [{ ...rule, verbs: rule.verbs.filter((one) => one !== verb) }];
          const others = (rule.resourceNames ?? []).filter((one) => one !== name);
          if (others.length > 0) kept.push({ ...rule, resourceNames: others, verbs: [verb] });
          if (name !== '') kept[0] = { ...kept[0], resourceNames: [name] } as Rule;
          if (others.length > 0)
            kept.push({ ...rule, resourceNames: others, verbs: rule.verbs.filter((one) => one !== verb) });
          const rules = [
            ...(document.rules ?? []).filter((_, position) => position !== index),
            ...kept.filter(({ verbs }) => verbs.length > 0),
          ];
          const changed = documents.map((one, position) => (position === at ? { ...document, rules } : one));
          const resource = rule.resources[0] as string;
          return {
            title: `${verb} ${resource} ${name} ${document.metadata.namespace ?? ''}`.trim(),
            yaml: changed.map((one) => dump(one)).join('---\n'),
            names: [new RegExp(`\\b${verb}\\b`), new RegExp(resource.split('/')[0] as string)],
          };
        }),
      ),
    ),
  );
}

/** What a bind of an empty mount does not touch, and what Vault's own policy `default` gives as well. */
const SPARE = /-canary|sys\/mounts\/|sys\/capabilities-self|auth\/token\//;

/** Runs bind with something missing; what was wrong about how it ended, or nothing. */
async function bindWithout(title: string, names: readonly RegExp[]): Promise<string[]> {
  const count = async (): Promise<number> =>
    (await vaultWrites(scene.vault)).length + (await clusterWrites(scene.cluster)).length;
  const before = await count();
  const { main, report } = await scene.run(await scene.inputs('bind'));
  main.remove();
  const told = JSON.stringify([report?.blockers, report?.errors]);
  const wrote = (await count()) - before;
  return [
    ...(main.exitCode === 1 ? [] : [`${title}: exit ${main.exitCode}, ${report?.verdict}`]),
    ...(names.every((name) => name.test(told)) ? [] : [`${title}: not named in ${told}`]),
    ...(wrote === 0 ? [] : [`${title}: ${wrote} writes`]),
  ];
}

describe('one grant of the bind identity removed: it is named, and nothing is written', () => {
  test('on the cluster', async () => {
    const wrong: string[] = [];
    for (const { title, yaml, names } of without(bind.rbac)) {
      await applyYaml(scene.cluster, yaml);
      wrong.push(...(await bindWithout(title, names)));
    }
    await applyYaml(scene.cluster, bind.rbac);
    expect(wrong).toEqual([]);
  }, 600_000);

  test('in Vault', async () => {
    const wrong: string[] = [];
    const taken = withoutPath(bind.vaultPolicy).filter(({ path }) => !SPARE.test(path));
    for (const { title, policy, path } of taken) {
      await scene.vault.request('PUT', 'sys/policies/acl/vault-cluster-bind', { policy });
      wrong.push(...(await bindWithout(title, [new RegExp(path)])));
    }
    await grant(scene.cluster, scene.vault, bind);
    expect(taken.length).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  }, 600_000);

  test('and with all of them back, bind is green', async () => {
    const { main, report } = await scene.run(await scene.inputs('bind'));
    main.remove();
    expect(report).toMatchObject({ verdict: 'green', changed: true });
  }, 60_000);
});

function withoutPath(policy: string): { title: string; policy: string; path: string }[] {
  return [...policy.matchAll(/path "([^"]+)" \{\s+capabilities = \[([^\]]*)\]\s+\}/g)].flatMap(
    ([stanza, path = '', list = '']) => {
      const capabilities = list.split(',').map((one) => one.trim());
      return capabilities.map((one) => {
        const left = capabilities.filter((other) => other !== one).join(', ');
        const replaced = left === '' ? '' : `path "${path}" {\n  capabilities = [${left}]\n}`;
        return { title: `${one} on ${path}`, path, policy: policy.replace(stanza, replaced) };
      });
    },
  );
}
