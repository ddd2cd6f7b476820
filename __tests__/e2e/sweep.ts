import { readdirSync, readFileSync } from 'node:fs';
import type { Exchange, FaultProxy } from '../../sandbox/fault-proxy.ts';
import { openStage, type Stage, type StageRun } from '../leak/stage.js';
import { left } from './leftover.js';

export const MOUNT = 'kubernetes-prodtest';
export const HOME = 'openshift-gitops';

/** SIGKILL, SIGTERM, or what the runner does when a job is cancelled: SIGINT, SIGTERM after 7.5 s, SIGKILL 2.5 s later. */
export type Stop = 'SIGKILL' | 'SIGTERM' | 'cancel';

const STOPS: Readonly<Record<Stop, readonly (readonly [number, NodeJS.Signals])[]>> = {
  SIGKILL: [[0, 'SIGKILL']],
  SIGTERM: [[0, 'SIGTERM']],
  cancel: [
    [0, 'SIGINT'],
    [7500, 'SIGTERM'],
    [10_000, 'SIGKILL'],
  ],
};

/** One request of a run, in a way that finds it again in the next run. */
export interface Point {
  readonly side: 'cluster' | 'vault';
  readonly method?: string;
  readonly path?: RegExp;
  /** Of those that match. */
  readonly nth: number;
  readonly name: string;
}

const QUESTIONS = /subjectaccessreviews|tokenreviews|capabilities-self|dryRun=/;

function isWrite({ method, path }: Exchange): boolean {
  return method !== 'GET' && !QUESTIONS.test(path);
}

/** The slots of the anchors take turns. */
function pattern(path: string): RegExp {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/-[ab](?=\\\?|$)/, '-[ab]')}$`);
}

/** Every request that a run sent since the proxies held so many. */
export function allPoints(stage: Stage, since: Record<Point['side'], number>): readonly Point[] {
  return (['cluster', 'vault'] as const).flatMap((side) =>
    stage[side].exchanges
      .slice(since[side])
      .map(({ method, path }, index) => ({ side, nth: index + 1, name: `${side} ${index + 1} (${method} ${path})` })),
  );
}

/** The requests that change something, and the first read of each side. */
export function writePoints(stage: Stage, since: Record<Point['side'], number>): readonly Point[] {
  return (['cluster', 'vault'] as const).flatMap((side) => {
    const sent = stage[side].exchanges.slice(since[side]);
    const counts = new Map<string, number>();
    const writes = sent.filter(isWrite).map(({ method, path }) => {
      const key = `${method} ${pattern(path).source}`;
      const nth = (counts.get(key) ?? 0) + 1;
      counts.set(key, nth);
      return { side, method, path: pattern(path), nth, name: `${side} ${method} ${path} #${nth}` };
    });
    return [{ side, nth: 1, name: `${side} 1` }, ...writes];
  });
}

/** The action as it runs now: a child of this process. */
function actionPids(): readonly number[] {
  const tasks = readdirSync('/proc/self/task').map((task) => `/proc/self/task/${task}/children`);
  const children = tasks.flatMap((file) => readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number));
  return children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/dist/main/index.js');
    } catch {
      return false;
    }
  });
}

function send(signal: NodeJS.Signals): void {
  for (const pid of actionPids()) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself.
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Once a rule struck: for SIGKILL when the server has done what it was asked. */
async function struckAt(proxy: FaultProxy, since: number, stop: Stop, over: () => boolean): Promise<boolean> {
  for (;;) {
    const hit = proxy.exchanges.slice(since).find(({ faulted }) => faulted);
    if (hit && (stop !== 'SIGKILL' || hit.answer !== null)) return true;
    if (over()) return false;
    await pause(2);
  }
}

export interface Struck {
  readonly run: StageRun;
  /** Whether the run sent that request at all. */
  readonly hit: boolean;
  /** What was there when main had ended, before anything mended it. */
  readonly after: Awaited<ReturnType<typeof left>>;
}

/** Runs main, stops it after that request was sent, then runs post. */
export async function stopAt(stage: Stage, inputs: Record<string, string>, point: Point, stop: Stop): Promise<Struck> {
  const proxy = stage[point.side];
  const since = proxy.exchanges.length;
  const { method, path, nth } = point;
  const where = { ...(method ? { method } : {}), ...(path ? { path } : {}), nth };
  // What is killed never sees the answer; what is asked to stop is asked while the request is under way.
  if (stop === 'SIGKILL') proxy.inject({ ...where, forward: true, fault: { hang: true } });
  else proxy.inject({ ...where, fault: { delayMs: 60 } });
  let over = false;
  const run = stage
    .run(inputs, {
      between: () => {
        over = true;
        proxy.clear();
      },
    })
    .finally(() => {
      over = true;
    });
  const hit = await struckAt(proxy, since, stop, () => over);
  const began = Date.now();
  for (const [afterMs, signal] of hit ? STOPS[stop] : []) {
    while (!over && Date.now() - began < afterMs) await pause(10);
    if (!over) send(signal);
  }
  const ended = await run;
  return { run: ended, hit, after: await left(stage.scene, MOUNT) };
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

export { openStage, type Stage };
