import { existsSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';
import { loadYaml } from '@kubernetes/client-node';
import { BindError, problem } from '../binding/errors.js';
import type { Material } from '../binding/intent.js';
import { cleanName, nearest } from '../binding/name.js';
import { expandHome, readMaterial, readText } from './files.js';

export interface KubeCluster {
  readonly name: string;
  readonly server: string;
  readonly caData: string;
  /** Absolute, as every path here; a field that is not set is empty. */
  readonly caFile: string;
  readonly skipTlsVerify: boolean;
  readonly serverName: string;
  readonly proxyUrl: string;
}

export interface KubeUser {
  readonly name: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly certData: string;
  readonly certFile: string;
  readonly keyData: string;
  readonly keyFile: string;
  readonly exec: unknown;
  /** What this identity needs and we do not do, by its name in the kubeconfig; empty for nothing. */
  readonly unsupported: '' | 'auth-provider' | 'username' | 'as';
  /** Relative commands are found from here: where the file that holds this user lies. */
  readonly folder: string;
}

interface KubeContext {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
}

interface Kubeconfig {
  readonly clusters: readonly KubeCluster[];
  readonly users: readonly KubeUser[];
  readonly contexts: readonly KubeContext[];
  readonly current: string;
}

/** One context of a kubeconfig. */
export interface Picked {
  readonly cluster: KubeCluster;
  readonly user: KubeUser;
  /** Files it came from; empty for text. */
  readonly files: readonly string[];
}

const MAKE_ONE = 'Make one with: kubectl config view --raw --flatten --minify | base64 -w0';

/** Reads a kubeconfig as kubectl does and picks a context. @throws BindError that names the source, never the content */
export function readKubeconfig(material: Material, context: string | undefined): Picked {
  const { source } = material;
  if (material.form !== 'path') {
    return {
      ...pick(checked(parse(readMaterial(material), process.cwd(), source), source), context, source),
      files: [],
    };
  }
  const listed = material.content.reveal().split(delimiter).filter(Boolean).map(expandHome);
  // Files of a list that do not exist are passed over, and the first to name something wins.
  const files = listed.length > 1 ? listed.filter((path) => existsSync(path)) : listed;
  if (files.length === 0) throw invalid(`${source} names no file that exists`, 'Check the paths.');
  const parts = files.map((path) => parse(readText(path, source), dirname(resolve(path)), source));
  return { ...pick(checked(parts.reduce(merge), source), context, source), files };
}

function invalid(message: string, hint: string): BindError {
  return new BindError(problem('KUBECONFIG_INVALID', message, hint));
}

function merge(first: Kubeconfig, other: Kubeconfig): Kubeconfig {
  const fresh = <T extends { readonly name: string }>(held: readonly T[], more: readonly T[]): T[] => [
    ...held,
    ...more.filter((entry) => !held.some(({ name }) => name === entry.name)),
  ];
  return {
    clusters: fresh(first.clusters, other.clusters),
    users: fresh(first.users, other.users),
    contexts: fresh(first.contexts, other.contexts),
    current: first.current || other.current,
  };
}

function checked(config: Kubeconfig, source: string): Kubeconfig {
  if (config.clusters.length === 0) throw invalid(`${source} is not a kubeconfig: it names no cluster`, MAKE_ONE);
  return config;
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function parse(text: string, folder: string, source: string): Kubeconfig {
  let root: Fields | undefined;
  try {
    root = fields(loadYaml(text));
  } catch {
    // What the parser says quotes the line it stumbled over.
  }
  if (!root)
    throw invalid(
      `${source} is not a kubeconfig: it cannot be parsed as YAML with clusters, users and contexts`,
      MAKE_ONE,
    );
  const word = (from: Fields, key: string): string => {
    const value = from[key] ?? '';
    if (typeof value === 'string') return value;
    throw invalid(`${source}: a value of ${key} is not text`, `Put the value of ${key} into quotes.`);
  };
  const path = (from: Fields, key: string): string => word(from, key) && resolve(folder, word(from, key));
  const entries = <T>(key: string, inner: string, make: (name: string, held: Fields) => T): T[] =>
    (Array.isArray(root[key]) ? root[key] : []).flatMap((entry: unknown) => {
      const name = fields(entry) ? word(entry as Fields, 'name') : '';
      return name === '' ? [] : [make(name, fields((entry as Fields)[inner]) ?? {})];
    });
  return {
    clusters: entries('clusters', 'cluster', (name, held) => ({
      name,
      server: word(held, 'server'),
      caData: word(held, 'certificate-authority-data'),
      caFile: path(held, 'certificate-authority'),
      skipTlsVerify: held['insecure-skip-tls-verify'] === true,
      serverName: word(held, 'tls-server-name'),
      proxyUrl: word(held, 'proxy-url'),
    })),
    users: entries('users', 'user', (name, held) => ({
      name,
      token: word(held, 'token').trim(),
      tokenFile: path(held, 'tokenFile'),
      certData: word(held, 'client-certificate-data'),
      certFile: path(held, 'client-certificate'),
      keyData: word(held, 'client-key-data'),
      keyFile: path(held, 'client-key'),
      exec: held['exec'] ?? undefined,
      unsupported: (['auth-provider', 'username', 'as'] as const).find((key) => held[key]) ?? '',
      folder,
    })),
    contexts: entries('contexts', 'context', (name, held) => ({
      name,
      cluster: word(held, 'cluster'),
      user: word(held, 'user'),
    })),
    current: word(root, 'current-context'),
  };
}

function pick(
  config: Kubeconfig,
  wanted: string | undefined,
  source: string,
): { cluster: KubeCluster; user: KubeUser } {
  const name = wanted ?? config.current;
  const context = config.contexts.find((entry) => entry.name === name);
  if (!context) throw noContext(config, name, source);
  const cluster = config.clusters.find((entry) => entry.name === context.cluster);
  const user = config.users.find((entry) => entry.name === context.user);
  if (cluster && user) return { cluster, user };
  throw new BindError(
    problem(
      'KUBECONFIG_CONTEXT',
      `context ${cleanName(name)} names a ${cluster ? 'user' : 'cluster'} that ${source} does not hold`,
      'Make one with: kubectl config view --raw --flatten --minify',
    ),
  );
}

function noContext(config: Kubeconfig, name: string, source: string): BindError {
  const names = config.contexts.map((entry) => entry.name);
  const near = nearest(name, names);
  const seen = name ? `${source} has no context ${cleanName(name)}` : `${source} has no current context`;
  const shown = names.slice(0, 10).map(cleanName).join(', ');
  const known = names.length === 0 ? 'It has no contexts.' : `It has: ${shown}.`;
  const hint = `${known} Set kube-context${near ? ` (did you mean ${cleanName(near)}?)` : ''}.`;
  return new BindError(problem('KUBECONFIG_CONTEXT', seen, hint));
}
