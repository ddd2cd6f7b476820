import { cleanName, nearest } from '../binding/name.js';
import type { Reader } from './reader.js';
import { INPUTS } from './row.js';

/** What other actions call it, and the old script of the clusters repo. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  url: 'vault-url',
  method: 'vault-method',
  role: 'vault-role',
  path: 'vault-auth-path',
  token: 'vault-token',
  namespace: 'vault-namespace',
  roleid: 'vault-role-id',
  secretid: 'vault-secret-id',
  cacertificate: 'vault-ca-certificate',
  clientcertificate: 'vault-client-certificate',
  clientkey: 'vault-client-key',
  tlsskipverify: 'vault-tls-skip-verify',
  jwtgithubaudience: 'vault-jwt-audience',
  'kubeconfig-encoding': 'kubeconfig',
  context: 'kube-context',
  'k8s-url': 'kube-server',
  openshift_server_url: 'kube-server',
  openshift_token: 'kube-token',
  'dry-run': 'mode',
  dry_run: 'mode',
};

/** Names every input that is not one: the runner itself only warns, and a misspelt `allow-…` would go unseen. */
export function checkNames(reader: Reader, names: readonly string[]): void {
  const ids = INPUTS.map(({ id }) => id);
  for (const name of names) {
    const hyphened = name.replaceAll('_', '-');
    if (ids.includes(name) || ids.includes(hyphened)) continue;
    const near = ELSEWHERE[name] ?? nearest(hyphened, ids);
    reader.fail(
      'INPUT_UNKNOWN',
      `there is no input ${cleanName(name)}`,
      near ? `Did you mean ${near}?` : 'See docs/inputs.md for every input.',
    );
  }
}
