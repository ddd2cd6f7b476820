import { execFile } from 'node:child_process';
import { isAbsolute, resolve } from 'node:path';
import { BindError, problem } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import type { Secret, SecretFactory } from '../binding/secret.js';
import type { ClientCertificate } from './client-certificate.js';

/** What a credential plugin answered: at least one of both. */
export interface ExecCredential {
  readonly token?: Secret;
  readonly certificate?: ClientCertificate;
}

export interface PluginOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly secret: SecretFactory;
  readonly pluginTimeoutMs?: number;
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

/**
 * Runs a kubeconfig's credential plugin (client.authentication.k8s.io); a relative command is found from `folder`. Its
 * output is a secret, its errors are foreign. @throws BindError KUBECONFIG_EXEC
 */
export async function runPlugin(section: unknown, folder: string, options: PluginOptions): Promise<ExecCredential> {
  const exec = (typeof section === 'object' && section !== null ? section : {}) as ExecSection;
  const command = typeof exec.command === 'string' ? exec.command : '';
  if (command === '') throw refused('(unnamed)', 'has no command');
  const path = command.includes('/') && !isAbsolute(command) ? resolve(folder, command) : command;
  const args = Array.isArray(exec.args) ? exec.args.map(String) : [];
  const output = await capture(path, args, environment(exec, options.env), options.pluginTimeoutMs ?? TIMEOUT_MS).catch(
    (how: unknown) => {
      throw refused(command, how as string);
    },
  );
  return read(output, command, options.secret);
}

function environment(section: ExecSection, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !WITHHELD.test(name)));
  const apiVersion = typeof section.apiVersion === 'string' ? section.apiVersion : 'client.authentication.k8s.io/v1';
  const own = Array.isArray(section.env) ? section.env : [];
  const extra = Object.fromEntries(
    own.map((entry: { name?: unknown; value?: unknown } | null) => [String(entry?.name), String(entry?.value)]),
  );
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  return { ...inherited, ...extra, KUBERNETES_EXEC_INFO: info };
}

/** Rejects with how it went wrong, in our words. */
function capture(path: string, args: readonly string[], env: NodeJS.ProcessEnv, timeoutMs: number): Promise<string> {
  return new Promise((done, fail) => {
    try {
      // One that asks for a password is answered with the end of input; one that does not end is not asked to.
      const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 1024 * 1024 } as const;
      const child = execFile(path, [...args], { ...limits, env, windowsHide: true }, (error, stdout) => {
        if (!error) return done(stdout);
        const ended = error.killed ? `did not end within ${timeoutMs / 1000} s` : 'failed';
        fail(error.code === 'ENOENT' ? 'is not installed' : ended);
      });
      child.stdin?.on('error', () => undefined);
      child.stdin?.end();
    } catch {
      fail('cannot be started');
    }
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
  const text = (key: string): string => (typeof status[key] === 'string' ? status[key].trim() : '');
  const [token, certPem, key] = ['token', 'clientCertificateData', 'clientKeyData'].map(text) as [
    string,
    string,
    string,
  ];
  const sendable = /^[\x21-\x7e]+$/.test(token);
  if (!sendable && (certPem === '' || key === ''))
    throw refused(command, 'gave neither a token nor a client certificate with its key');
  return {
    ...(sendable ? { token: secret('kubernetes token', token) } : {}),
    ...(certPem && key
      ? { certificate: { clientCertPem: certPem, clientKey: secret('kubernetes client key', key) } }
      : {}),
  };
}
