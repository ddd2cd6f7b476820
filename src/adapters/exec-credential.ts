import { execFile } from 'node:child_process';
import { isAbsolute, resolve } from 'node:path';
import { BindError, problem } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import type { Secret, SecretFactory } from '../binding/secret.js';

/** What a credential plugin answered. */
export interface ExecCredential {
  readonly token?: Secret;
  readonly clientCertPem?: string;
  readonly clientKey?: Secret;
}

interface ExecSection {
  readonly command?: unknown;
  readonly args?: unknown;
  readonly env?: unknown;
  readonly apiVersion?: unknown;
}

const TIMEOUT_MS = 60_000;
/** What a plugin must not inherit: our inputs, the right to mint OIDC tokens, and Vault's token. */
const WITHHELD = /^(INPUT_|STATE_|ACTIONS_|GITHUB_(TOKEN|STATE|OUTPUT|ENV|PATH|STEP_SUMMARY)|VAULT_)/;

/** Runs a kubeconfig's credential plugin (client.authentication.k8s.io). Its output is a secret, its errors are foreign. */
export async function runPlugin(
  section: ExecSection,
  base: string,
  env: NodeJS.ProcessEnv,
  secret: SecretFactory,
): Promise<ExecCredential> {
  const command = typeof section.command === 'string' ? section.command : '';
  const path = command.includes('/') && !isAbsolute(command) ? resolve(base, command) : command;
  const args = Array.isArray(section.args) ? section.args.map(String) : [];
  const output = await capture(path, args, environment(section, env), command);
  return read(output, command, secret);
}

function environment(section: ExecSection, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !WITHHELD.test(name)));
  const apiVersion = typeof section.apiVersion === 'string' ? section.apiVersion : 'client.authentication.k8s.io/v1';
  const own = Array.isArray(section.env) ? section.env : [];
  const extra = Object.fromEntries(
    own.map((entry: { name?: unknown; value?: unknown }) => [String(entry?.name), String(entry?.value)]),
  );
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  return { ...inherited, ...extra, KUBERNETES_EXEC_INFO: info };
}

function capture(path: string, args: readonly string[], env: NodeJS.ProcessEnv, command: string): Promise<string> {
  return new Promise((done, fail) => {
    execFile(
      path,
      [...args],
      { env, timeout: TIMEOUT_MS, maxBuffer: 1024 * 1024, windowsHide: true },
      (error, stdout) => {
        if (error) fail(refused(command, error.code === 'ENOENT' ? 'is not installed' : 'failed'));
        else done(stdout);
      },
    );
  });
}

function refused(command: string, how: string): BindError {
  const name = cleanName(command);
  return new BindError(
    problem(
      'KUBECONFIG_EXEC',
      `the credential plugin ${name} of the kubeconfig ${how}`,
      `Run \`${name}\` by hand on this machine, or give a kubeconfig with a ServiceAccount token.`,
    ),
  );
}

function read(output: string, command: string, secret: SecretFactory): ExecCredential {
  let status: Record<string, unknown>;
  try {
    status = (JSON.parse(output) as { status?: Record<string, unknown> }).status ?? {};
  } catch {
    throw refused(command, 'printed something that is no ExecCredential');
  }
  const { token, clientCertificateData, clientKeyData } = status;
  const found = {
    ...(typeof token === 'string' ? { token: secret('kubernetes token', token) } : {}),
    ...(typeof clientCertificateData === 'string' ? { clientCertPem: clientCertificateData } : {}),
    ...(typeof clientKeyData === 'string' ? { clientKey: secret('kubernetes client key', clientKeyData) } : {}),
  };
  if (!found.token && !found.clientKey) throw refused(command, 'gave neither a token nor a client certificate');
  return found;
}
