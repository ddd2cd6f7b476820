import { setTimeout as pause } from 'node:timers/promises';
import type { Exchange, FaultProxy } from '../../sandbox/fault-proxy.ts';
import type { Stage, StageRun } from '../leak/stage.js';
import { left } from './leftover.js';

export const MOUNT = 'kubernetes-prodtest';
export const HOME = 'openshift-gitops';

/** SIGKILL, SIGTERM, or what the runner does when a job is cancelled: SIGINT, SIGTERM after 7.5 s, SIGKILL 2.5 s later. */
export type Stop = 'SIGKILL' | 'SIGTERM' | 'cancel';

const SIGNALS: Readonly<Record<Stop, readonly (readonly [number, NodeJS.Signals])[]>> = {
  SIGKILL: [[0, 'SIGKILL']],
  SIGTERM: [[0, 'SIGTERM']],
  cancel: [
    [0, 'SIGINT'],
    [7500, 'SIGTERM'],
    [10_000, 'SIGKILL'],
  ],
};

/** The nth request of a run to one of the servers. */
export interface Point {
  readonly side: 'cluster' | 'vault';
  readonly nth: number;
}

const SIDES = ['cluster', 'vault'] as const;

/** How many requests the proxies have passed on so far. */
export function counts(stage: Stage): Record<Point['side'], number> {
  return { cluster: stage.cluster.exchanges.length, vault: stage.vault.exchanges.length };
}

/** Every request that was sent since then, or those alone that change something. */
export function pointsSince(stage: Stage, since: Record<Point['side'], number>, all: boolean): readonly Point[] {
  return SIDES.flatMap((side) =>
    stage[side].exchanges
      .slice(since[side])
      .flatMap((exchange, index) => (all || isWrite(exchange) ? [{ side, nth: index + 1 }] : [])),
  );
}

const QUESTIONS = /accessreviews|tokenreviews|capabilities-self|dryRun=/;

function isWrite({ method, path }: Exchange): boolean {
  return method !== 'GET' && !QUESTIONS.test(path);
}

/** The request a rule struck at, once it did; for SIGKILL once the server has done what it was asked. */
async function struck(proxy: FaultProxy, since: number, stop: Stop, over: AbortSignal): Promise<Exchange | undefined> {
  while (!over.aborted) {
    const hit = proxy.exchanges.slice(since).find(({ faulted }) => faulted);
    if (hit && (stop !== 'SIGKILL' || hit.answer !== null)) return hit;
    await pause(2);
  }
  return undefined;
}

export interface Stopped {
  readonly run: StageRun;
  /** What was sent when it was stopped; undefined when it never came that far. */
  readonly at: Exchange | undefined;
  /** What was there when post had ended, before anything mended it. */
  readonly after: Awaited<ReturnType<typeof left>>;
}

/** Runs main, stops it after that request was sent, then runs post. */
export async function stopAt(stage: Stage, inputs: Record<string, string>, point: Point, stop: Stop): Promise<Stopped> {
  const proxy = stage[point.side];
  const since = proxy.exchanges.length;
  const over = new AbortController();
  // What is killed never sees the answer; what is asked to stop is asked while the request is under way.
  if (stop === 'SIGKILL') proxy.inject({ nth: point.nth, forward: true, fault: { hang: true } });
  else proxy.inject({ nth: point.nth, fault: { delayMs: 60 } });
  const hit = struck(proxy, since, stop, over.signal);
  const interruptions = SIGNALS[stop].map(([afterMs, signal]) => ({
    signal,
    when: hit.then((at) => pause(at ? afterMs : 0, undefined, { ref: false })),
  }));
  const between = (): void => {
    over.abort();
    proxy.clear();
  };
  const run = await stage.run(inputs, { interruptions, between });
  return { run, at: await hit, after: await left(stage.scene, MOUNT) };
}

/** Somebody who keeps logging in through a role of their own. */
export interface Client {
  /** What was refused since the last time it was asked. */
  failures(): readonly string[];
  stop(): Promise<void>;
}

/** Makes the role on the mount and starts logging in. Its tokens are batch tokens, so that Vault lists none of them. */
export async function startClient(stage: Stage): Promise<Client> {
  const { cluster, vault } = stage.scene;
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await cluster.request('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'client' } });
  const wanted = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } };
  const { token } = (await cluster.request('POST', `${accounts}/client/token`, wanted)).body.status;
  const made = await vault.request('POST', `auth/${MOUNT}/role/client`, {
    bound_service_account_names: ['client'],
    bound_service_account_namespaces: ['default'],
    token_type: 'batch',
    token_ttl: 60,
  });
  if (made.status >= 300) throw new Error(`role client: HTTP ${made.status}`);
  let failed: string[] = [];
  let going = true;
  const loop = (async () => {
    while (going) {
      const { status } = await vault.request('POST', `auth/${MOUNT}/login`, { role: 'client', jwt: token }, '');
      if (status !== 200) failed.push(`login: ${status}`);
      await pause(30);
    }
  })();
  return {
    failures() {
      const seen = failed;
      failed = [];
      return seen;
    },
    async stop() {
      going = false;
      await loop;
    },
  };
}

/** Tokens that live and did not before, save those of a login whose answer nobody read: a token that was read was used. */
export async function strayTokens(stage: Stage, before: readonly string[], since: number): Promise<readonly string[]> {
  const sent = stage.vault.exchanges.slice(since);
  const used = new Set(sent.map(({ headers }) => headers['x-vault-token']));
  const given = new Map(sent.flatMap((exchange) => tokenOf(exchange)));
  const living = (await stage.accessors()).filter((accessor) => !before.includes(accessor));
  return living.filter((accessor) => !given.has(accessor) || used.has(given.get(accessor)));
}

function tokenOf({ answer }: Exchange): (readonly [string, string])[] {
  try {
    const { accessor, client_token: token } = JSON.parse(answer?.body ?? '').auth;
    return [[accessor, token]];
  } catch {
    return [];
  }
}

/** Why the token that Vault holds will not live on: the anchor it hangs on, by UID, is gone. Caches do not hide it. */
export async function lostAnchor(stage: Stage): Promise<readonly string[]> {
  const write = stage.vault.exchanges.findLast(
    ({ method, path, answer }) =>
      method === 'POST' && path === `/v1/auth/${MOUNT}/config` && answer !== null && answer.status < 300,
  );
  const [, claims = ''] = (JSON.parse(write?.body ?? '{}').token_reviewer_jwt ?? '').split('.');
  const { name, uid } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}')['kubernetes.io']?.secret ?? {};
  const { body } = await stage.scene.cluster.request('GET', `/api/v1/namespaces/${HOME}/secrets/${name}`);
  return body.metadata?.uid === uid ? [] : [`the token of Vault hangs on ${name} ${uid}, which is gone`];
}
