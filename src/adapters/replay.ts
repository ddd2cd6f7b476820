import { isIP } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { HttpsProxyAgent } from 'hpagent';
import { parseBundle } from '../binding/certificate.js';
import type { DialFact, ReplayFact } from '../binding/facts.js';
import { cleanName } from '../binding/name.js';
import type { Secret } from '../binding/secret.js';
import type { ReplayPort } from '../ports.js';
import { HttpClient, HttpFault } from './http.js';
import { faultOf } from './http-fault.js';
import { proxyFor } from './proxy.js';

const DIAL_MS = 10_000;

/** Looks at an API server as Vault would: trusting one bundle only, over a connection of its own. */
export function createReplay(userAgent: string, env: NodeJS.ProcessEnv): ReplayPort {
  return {
    dial: (host, caPem) => dial(host, caPem, env),
    review: (host, caPem, reviewer, subject) => review({ host, caPem, reviewer, subject, userAgent, env }),
  };
}

function failed(reason: string): DialFact {
  return { outcome: 'unreachable', chain: [], issuer: '', reason };
}

function dial(host: string, caPem: string, env: NodeJS.ProcessEnv): Promise<DialFact> {
  if (!URL.canParse(host) || new URL(host).protocol !== 'https:') return Promise.resolve(failed('other'));
  if (!parseBundle(caPem))
    return Promise.resolve({ outcome: 'untrusted', chain: [], issuer: '', reason: 'unknown-issuer' });
  return new Promise((resolve) => {
    const target = new URL(host);
    const timer = setTimeout(() => finish(failed('timeout')), DIAL_MS);
    let socket: TLSSocket | undefined;
    const finish = (fact: DialFact): void => {
      clearTimeout(timer);
      socket?.destroy();
      resolve(fact);
    };
    open(target, caPem, env, (error, opened) => {
      if (error || !opened) return finish(failed(faultOf(error, host).kind));
      socket = opened;
      opened.once('error', (problem) => finish(failed(faultOf(problem, host).kind)));
      const settled = (): void => finish(judge(opened));
      if (opened.getPeerCertificate()?.raw) settled();
      else opened.once('secureConnect', settled);
    });
  });
}

type Opened = (error: Error | null, socket?: TLSSocket) => void;

/** The handshake goes through whatever the chain is; what it is worth is judged afterwards, so that the issuer can be named. */
function open(target: URL, caPem: string, env: NodeJS.ProcessEnv, done: Opened): void {
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const options = {
    host,
    port: Number(target.port || 443),
    ca: caPem,
    rejectUnauthorized: false,
    ...(isIP(host) ? {} : { servername: host }),
  };
  const proxyUrl = proxyFor(target.href, env);
  if (proxyUrl === undefined) {
    done(null, tlsConnect(options));
    return;
  }
  const agent = new HttpsProxyAgent({ proxy: proxyUrl });
  const tunnel = agent as unknown as { createConnection(options: object, callback: Opened): void };
  tunnel.createConnection({ ...options, rejectUnauthorized: false }, done);
}

function judge(socket: TLSSocket): DialFact {
  const chain: string[] = [];
  let certificate = socket.getPeerCertificate(true);
  let issuer = '';
  while (certificate?.fingerprint256) {
    const print = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    if (chain.includes(print)) break;
    chain.push(print);
    const said: unknown = certificate.issuer?.CN ?? certificate.issuer?.O;
    issuer = cleanName(typeof said === 'string' ? said : '');
    certificate = certificate.issuerCertificate;
  }
  if (socket.authorized) return { outcome: 'verified', chain, issuer, reason: '' };
  const code = String(
    socket.authorizationError instanceof Error
      ? (socket.authorizationError as { code?: string }).code
      : socket.authorizationError,
  );
  return { outcome: 'untrusted', chain, issuer, reason: faultOf({ code }, '').tlsReason ?? 'other' };
}

interface Review {
  readonly host: string;
  readonly caPem: string;
  readonly reviewer: Secret;
  readonly subject: Secret;
  readonly userAgent: string;
  readonly env: NodeJS.ProcessEnv;
}

async function review({ host, caPem, reviewer, subject, userAgent, env }: Review): Promise<ReplayFact> {
  const proxyUrl = proxyFor(host, env);
  const url = host.replace(/\/+$/, '');
  const client = new HttpClient({ url, caPem, userAgent, ...(proxyUrl === undefined ? {} : { proxyUrl }) });
  const body = JSON.stringify({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: subject.reveal() },
  });
  try {
    const { status, body: answer } = await client.request({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      headers: { authorization: `Bearer ${reviewer.reveal()}` },
      body,
      timeoutMs: DIAL_MS,
    });
    return answered(status, answer);
  } catch (thrown) {
    const fault = thrown instanceof HttpFault ? thrown : faultOf(thrown, host);
    if (fault.kind === 'tls') return { outcome: 'untrusted', reason: fault.tlsReason ?? 'other' };
    return { outcome: 'unreachable', reason: fault.kind };
  } finally {
    client.close();
  }
}

function answered(status: number, text: string): ReplayFact {
  if (status === 401) return { outcome: 'unauthorized' };
  if (status === 403) return { outcome: 'forbidden' };
  try {
    const answer = JSON.parse(text) as { status?: { authenticated?: unknown; user?: { username?: unknown } } };
    if ((status === 200 || status === 201) && answer.status) {
      const { authenticated, user } = answer.status;
      return authenticated === true
        ? { outcome: 'authenticated', username: cleanName(String(user?.username ?? '')) }
        : { outcome: 'rejected-subject' };
    }
  } catch {
    // A login page or a proxy's error page: told by its status.
  }
  return { outcome: 'unusable', status };
}
