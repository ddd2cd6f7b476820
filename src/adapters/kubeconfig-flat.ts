import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadYaml } from '@kubernetes/client-node';
import type { HeldAccess } from '../binding/intent.js';
import { readMaterial, readText } from './files.js';
import { type KubeCluster, type KubeUser, readKubeconfig } from './kubeconfig-file.js';

const CREDENTIAL = /token|passw|secret|key-data|cookie|assertion|credential/i;

/** Everything in kubeconfig files that looks like a credential, of whatever user: whoever gets a path gets them all. */
export function credentialsIn(files: readonly string[]): readonly string[] {
  const found: string[] = [];
  const walk = (value: unknown, isCredential: boolean): void => {
    if (typeof value === 'string') {
      if (isCredential) found.push(value, ...decoded(value));
    } else if (typeof value === 'object' && value !== null) {
      // An entry of a plugin's environment has its name beside its value.
      const named = 'name' in value && typeof value.name === 'string' && CREDENTIAL.test(value.name);
      for (const [key, inner] of Object.entries(value))
        walk(inner, !/file$/i.test(key) && (CREDENTIAL.test(key) || (named && key === 'value')));
    }
  };
  for (const file of files.filter((path) => existsSync(path))) {
    try {
      walk(loadYaml(readText(file, 'kubeconfig')), false);
    } catch {
      // What cannot be read has been told already, or is not this run's context.
    }
  }
  return found;
}

function decoded(value: string): readonly string[] {
  const text = Buffer.from(value, 'base64').toString('utf8');
  return text.startsWith('-----BEGIN') ? [text] : [];
}

/** The one context of the cluster inputs as a kubeconfig that is right wherever it lies. Holds credentials. */
export function flatKubeconfig(access: HeldAccess): string {
  const { cluster, user } = access.via === 'token' ? byToken(access) : picked(access);
  const name = 'cluster';
  return `${JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })}\n`;
}

interface Parts {
  readonly cluster: object;
  readonly user: object;
}

function byToken({ server, token, ca }: Extract<HeldAccess, { via: 'token' }>): Parts {
  const trust = ca ? { 'certificate-authority-data': Buffer.from(readMaterial(ca)).toString('base64') } : {};
  return { cluster: { server, ...trust }, user: { token: token.reveal() } };
}

function picked({ material, context }: Extract<HeldAccess, { via: 'kubeconfig' }>): Parts {
  const { cluster, user } = readKubeconfig(material, context);
  return { cluster: clusterPart(cluster), user: userPart(user) };
}

function clusterPart(cluster: KubeCluster): object {
  const { server, caData, caFile, skipTlsVerify, serverName, proxyUrl } = cluster;
  return {
    server,
    ...given({
      'certificate-authority-data': caData,
      'certificate-authority': caData === '' ? caFile : '',
      'tls-server-name': serverName,
      'proxy-url': proxyUrl,
    }),
    ...(skipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
  };
}

function userPart(user: KubeUser): object {
  return {
    ...given({
      token: user.token,
      tokenFile: user.token === '' ? user.tokenFile : '',
      'client-certificate-data': user.certData,
      'client-certificate': user.certData === '' ? user.certFile : '',
      'client-key-data': user.keyData,
      'client-key': user.keyData === '' ? user.keyFile : '',
    }),
    ...(user.exec === undefined ? {} : { exec: rooted(user.exec, user.folder) }),
  };
}

/** A relative command is found from the kubeconfig's folder, which is another one now. */
function rooted(exec: unknown, folder: string): unknown {
  const { command } = (exec ?? {}) as { command?: unknown };
  if (typeof command !== 'string' || !command.includes('/')) return exec;
  return { ...(exec as object), command: resolve(folder, command) };
}

function given(fields: Readonly<Record<string, string>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}
