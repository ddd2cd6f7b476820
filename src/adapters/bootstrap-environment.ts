import { delimiter, resolve } from 'node:path';
import type { Intent } from '../binding/intent.js';
import { expandHome } from './files.js';

/** Taken over from the job as they are; everything else of it stays behind. */
const PASSED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'RUNNER_TEMP',
  // By this the runner finds what a job that was killed left running.
  'RUNNER_TRACKING_ID',
  'CI',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GITOPS_REPO_USERNAME',
  'GITOPS_REPO_PASSWORD',
  'GITOPS_REPO_PAT',
  'GITOPS_REPO_VAULT_PATH',
  'GITOPS_REPO_SECRET_NAME',
  'GITOPS_REPO_ACCESS_TIMEOUT',
];
const LOCALE = /^LC_[A-Z]+$/;
const SECRETS = ['GITOPS_REPO_PASSWORD', 'GITOPS_REPO_PAT'];
const PROXIES = /^(https?|all)_proxy$/i;

type Environment = Readonly<Record<string, string | undefined>>;

/** Files made for the command. */
export interface Supplies {
  readonly kubeconfig: string;
  /** Empty: none was given. */
  readonly vaultCa: string;
}

/** The whole environment of the command: an allow-list, so that no token of ours and no command file is ever in it. */
export function bootstrapEnvironment(
  env: Environment,
  intent: Intent,
  { kubeconfig, vaultCa }: Supplies,
): Readonly<Record<string, string>> {
  const passed = Object.entries(env).filter(
    ([name, value]) => value !== undefined && (PASSED.includes(name) || LOCALE.test(name)),
  ) as [string, string][];
  const { url, namespace } = intent.vault;
  return {
    ...Object.fromEntries(passed),
    CLUSTER: intent.cluster,
    ENV: intent.env,
    KUBECONFIG: kubeconfig,
    VAULT_ADDR: url,
    ...(namespace === '' ? {} : { VAULT_NAMESPACE: namespace }),
    ...(vaultCa === '' ? {} : { VAULT_CACERT: vaultCa }),
    // The mount is bound already, and the script's way of binding it would undo that.
    SKIP_VAULT_K8S_AUTH_CONFIG: '1',
  };
}

/** Values in that environment that must not be shown, with what to call them. */
export function bootstrapSecrets(env: Environment): readonly { label: string; value: string }[] {
  const own = SECRETS.map((label) => ({ label, value: env[label] ?? '' }));
  const proxies = Object.entries(env)
    .filter(([name]) => PROXIES.test(name))
    .map(([, url]) => ({ label: 'proxy password', value: passwordOf(url ?? '') }));
  return [...own, ...proxies].filter(({ value }) => value !== '');
}

function passwordOf(url: string): string {
  if (!URL.canParse(url)) return '';
  try {
    return decodeURIComponent(new URL(url).password);
  } catch {
    return new URL(url).password;
  }
}

/** Paths as the command finds them from wherever it runs. */
export function absolutePaths(list: string): readonly string[] {
  return list
    .split(delimiter)
    .filter((path) => path !== '')
    .map((path) => resolve(expandHome(path)));
}
