import { canonicalHost, hostnameOf, isHttps, isLoopback } from '../binding/host.js';
import type { Resource } from './chart.js';
import { type Ledger, shown } from './ledger.js';
import { CONFIG, expectField, ofKind, RUNTIME, rendered } from './operator.js';
import type { ContractRow } from './row.js';
import { nameOf, OVERLAY_KEYS, OVERLAYS, type OverlayKey, type Scene } from './scene.js';
import { at, lineOf, textOf } from './yaml.js';

/** What `KubernetesAuthEngineConfig` gets when nobody says otherwise, and what resolves nowhere else. */
const IN_CLUSTER = /(^|\.)svc(\.|$)|^kubernetes(\.default)?$/;

/** C02, C03, C04 and C11: what the overlay of the environment says about its Vault. */
export const OVERLAY_ROWS: readonly ContractRow[] = [
  {
    id: 'contract.overlay-keys',
    description: 'the overlay sets all twelve vault keys',
    severity: 'error',
    code: 'C01',
    needs: 'gitops',
    evaluate: everyKey,
  },
  {
    id: 'contract.mount',
    description: "both operators log in at the mount that is bound, which is no other environment's",
    severity: 'error',
    code: 'C02',
    needs: 'gitops',
    evaluate(scene, ledger) {
      for (const key of ['vaultConfigMountPath', 'vaultRuntimeKubernetesMount'] as const)
        ledger.look(() => says(scene, ledger, key));
      ledger.look(() => otherMounts(scene, ledger));
    },
  },
  {
    id: 'contract.vault-address',
    description: 'both operators are sent to the Vault that is bound, by https',
    severity: 'error',
    code: 'C03',
    needs: 'gitops',
    evaluate(scene, ledger) {
      for (const key of ['vaultConfigAddress', 'vaultRuntimeAddress'] as const)
        ledger.look(() => address(scene, ledger, key));
      ledger.look(() => sameAddress(scene, ledger));
      const connections = ofKind(rendered(scene, ledger, RUNTIME), 'VaultConnection');
      for (const connection of connections)
        carries(scene, ledger, connection, ['spec', 'address'], 'vaultRuntimeAddress');
      for (const resource of rendered(scene, ledger, CONFIG))
        carries(scene, ledger, resource, ['spec', 'connection', 'address'], 'vaultConfigAddress');
    },
  },
  {
    id: 'contract.kubernetes-host',
    description: 'vaultConfigKubernetesHost is the API server as Vault reaches it',
    severity: 'error',
    code: 'C04',
    needs: 'gitops',
    evaluate(scene, ledger) {
      ledger.look(() => kubernetesHost(scene, ledger));
      for (const engine of ofKind(rendered(scene, ledger, CONFIG), 'KubernetesAuthEngineConfig'))
        carries(scene, ledger, engine, ['spec', 'kubernetesHost'], 'vaultConfigKubernetesHost');
    },
  },
  {
    id: 'contract.vault-server',
    description: 'no Vault is deployed in the cluster beside the one that is bound',
    severity: 'error',
    code: 'C11',
    needs: 'gitops',
    evaluate(scene, ledger) {
      const { vaultUrl } = scene.wanted;
      if (vaultUrl !== undefined && (isLoopback(vaultUrl) || IN_CLUSTER.test(hostnameOf(vaultUrl)))) return;
      says(scene, ledger, 'vaultServerEnabled');
    },
  },
];

/** A template that says something of its own makes the overlay a mere wish; one that says nothing is another row's. */
function carries(scene: Scene, ledger: Ledger, resource: Resource, path: readonly string[], key: OverlayKey): void {
  const value = scene.setting(key);
  if (value === undefined || at(resource.node, ...path) === undefined) return;
  expectField(scene, ledger, resource, path, value, `Render ${key} of the overlay.`);
}

function everyKey(scene: Scene, ledger: Ledger): void {
  const { env } = scene.wanted;
  if (scene.overlay === undefined) {
    const keys = OVERLAY_KEYS.map((key) => `${key}: ${scene.expected(key)}`).join(', ');
    const place = scene.settingPlace('name');
    ledger.found(
      place,
      `no overlay of ${env}`,
      'all twelve vault keys',
      `Give the overlay of ${env} these keys: ${keys}.`,
    );
    return;
  }
  for (const key of OVERLAY_KEYS) {
    const seen = scene.setting(key);
    const expected = `${key}: ${scene.expected(key)}`;
    const isOff = key === 'vaultRuntimeEnabled' || key === 'vaultConfigEnabled';
    if (seen === undefined || (isOff && seen !== 'true'))
      ledger.found(scene.settingPlace(key), `${said(scene, key)}`, expected, `Set ${expected}.`);
  }
}

function said(scene: Scene, key: string): string {
  if (!scene.overlay) return `no overlay of ${scene.wanted.env}: ${key} is not set`;
  const seen = scene.setting(key);
  return seen === undefined ? `${key} is not set` : `${key}: ${shown(seen)}`;
}

/** Holds one key against what it is to say; one that is missing where false is the default says false. */
function says(scene: Scene, ledger: Ledger, key: OverlayKey): void {
  const seen = scene.setting(key) ?? (key === 'vaultServerEnabled' && scene.overlay ? 'false' : undefined);
  const wanted = scene.expected(key);
  if (seen === wanted) return;
  const expected = `${key}: ${wanted}`;
  ledger.found(scene.settingPlace(key), said(scene, key), expected, `Set ${expected}.`);
}

/** Two environments at one mount of one Vault: whoever bootstraps last locks the other out. */
function otherMounts(scene: Scene, ledger: Ledger): void {
  const { wanted, gitops, overlays } = scene;
  const vault = canonicalHost(scene.setting('vaultConfigAddress') ?? wanted.vaultUrl ?? '');
  for (const overlay of overlays) {
    const name = nameOf(overlay);
    const address = textOf(at(overlay, 'vaultConfigAddress')) ?? textOf(at(overlay, 'vaultRuntimeAddress'));
    const isElsewhere = address === undefined || canonicalHost(address) !== vault;
    if (name === wanted.env || (isElsewhere && canonicalHost(address ?? '') !== canonicalHost(wanted.vaultUrl ?? '')))
      continue;
    for (const key of ['vaultConfigMountPath', 'vaultRuntimeKubernetesMount']) {
      const mount = textOf(at(overlay, key));
      if (mount === undefined || !clashes(mount, wanted.mount)) continue;
      const edit = `Give ${shown(name)} a mount of its own, e.g. kubernetes-${shown(name)}.`;
      const seen = `${shown(name)} has ${key}: ${shown(mount)} at the same Vault`;
      ledger.found(
        gitops.at(OVERLAYS, lineOf(overlay, key)),
        seen,
        `no mount but ${wanted.mount} for ${wanted.env} alone`,
        edit,
      );
    }
  }
}

function clashes(left: string, right: string): boolean {
  return left === right || left.startsWith(`${right}/`) || right.startsWith(`${left}/`);
}

function address(scene: Scene, ledger: Ledger, key: 'vaultConfigAddress' | 'vaultRuntimeAddress'): void {
  const seen = scene.setting(key);
  const { vaultUrl } = scene.wanted;
  if (seen !== undefined && vaultUrl !== undefined && canonicalHost(seen) === canonicalHost(vaultUrl)) return;
  const isPlausible = seen !== undefined && isHttps(seen) && !IN_CLUSTER.test(hostnameOf(seen));
  if (isPlausible && vaultUrl === undefined) return;
  const expected = `${key}: ${scene.expected(key)}`;
  ledger.found(scene.settingPlace(key), said(scene, key), expected, `Set ${expected}.`);
}

function sameAddress(scene: Scene, ledger: Ledger): void {
  const [config, runtime] = [scene.setting('vaultConfigAddress'), scene.setting('vaultRuntimeAddress')];
  if (config === undefined || runtime === undefined || canonicalHost(config) === canonicalHost(runtime)) return;
  if (ledger.findings.some(({ seen }) => seen.startsWith('vaultRuntimeAddress'))) return;
  const place = scene.settingPlace('vaultRuntimeAddress');
  ledger.found(
    place,
    said(scene, 'vaultRuntimeAddress'),
    'the same as vaultConfigAddress',
    'Set both to the same Vault.',
  );
}

function kubernetesHost(scene: Scene, ledger: Ledger): void {
  const key = 'vaultConfigKubernetesHost';
  const seen = scene.setting(key);
  const host = scene.kubernetesHost;
  const isPlausible = seen !== undefined && isHttps(seen) && !IN_CLUSTER.test(hostnameOf(seen));
  if (isPlausible && (host === undefined || canonicalHost(seen) === canonicalHost(host))) return;
  const expected = `${key}: ${scene.expected(key)}`;
  const what =
    scene.overlay && seen === undefined ? `${key} is not set, so https://kubernetes.default.svc` : said(scene, key);
  ledger.found(scene.settingPlace(key), what, expected, `Set ${expected}: Vault cannot resolve a name of the cluster.`);
}
