import { isIP } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { HttpsProxyAgent } from 'hpagent';
import { parseBundle } from '../binding/certificate.js';
import type { DialFact, ReplayFact } from '../binding/facts.js';
import { isHttps } from '../binding/host.js';
import { cleanName } from '../binding/name.js';
import type { Secret } from '../binding/secret.js';
import type { ReplayPort } from '../ports.js';
import { HttpClient, HttpFault } from './http.js';
import { faultOf } from './http-fault.js';
import { proxyFor } from './proxy.js';

const TIMEOUT_MS = 10_000;

/** Looks at an API server as Vault would: trusting one bundle only, over a connection of its own. `timeoutMs` is for each look. */
export function createReplay(userAgent: string, env: NodeJS.ProcessEnv, timeoutMs = TIMEOUT_MS): ReplayPort {
  return {
    async dial(host, caPem) {
      if (!isHttps(host)) return failed('other');
      if (!parseBundle(caPem)) return { outcome: 'untrusted', chain: [], issuer: '', reason: 'unknown-issuer' };
      try {
        return await dial(new URL(host), caPem, proxyFor(host, env), timeoutMs);
      } catch {
        // A proxy that is not one, by its variable.
        return failed('proxy');
      }
    },
    async review(host, caPem, reviewer, subject) {
      if (!isHttps(host)) return { outcome: 'unreachable', reason: 'other' };
      if (!parseBundle(caPem)) return { outcome: 'untrusted', reason: 'unknown-issuer' };
      try {
        const proxyUrl = proxyFor(host, env);
        const proxied = proxyUrl === undefined ? {} : { proxyUrl };
        const client = new HttpClient({ url: host.replace(/\/+$/, ''), caPem, userAgent, ...proxied });
        return await review(client, reviewer, subject, timeoutMs).finally(() => client.close());
      } catch (thrown) {
        const fault = thrown instanceof HttpFault ? thrown : new HttpFault('proxy', '');
        if (fault.kind === 'tls') return { outcome: 'untrusted', reason: fault.tlsReason ?? 'other' };
        return { outcome: 'unreachable', reason: fault.kind };
      }
    },
  };
}

function failed(reason: string): DialFact {
  return { outcome: 'unreachable', chain: [], issuer: '', reason };
}

function dial(target: URL, caPem: string, proxyUrl: string | undefined, timeoutMs: number): Promise<DialFact> {
  return new Promise((resolve) => {
    let socket: TLSSocket | undefined;
    let done = false;
    const finish = (fact: DialFact): void => {
      done = true;
      clearTimeout(timer);
      socket?.destroy();
      resolve(fact);
    };
    const timer = setTimeout(() => finish(failed('timeout')), timeoutMs);
    open(target, caPem, { proxyUrl, timeoutMs }, (error, opened) => {
      // A tunnel that opens too late is nobody's.
      if (done) return void opened?.on('error', () => undefined).destroy();
      if (error || !opened) return finish(failed(faultOf(error, target.host).kind));
      socket = opened;
      opened.on('error', (problem) => finish(failed(faultOf(problem, target.host).kind)));
      const settled = (): void => finish(judge(opened));
      if (opened.getPeerCertificate()?.raw) settled();
      else opened.once('secureConnect', settled);
    });
  });
}

/** How a server is reached. */
interface Way {
  readonly proxyUrl: string | undefined;
  readonly timeoutMs: number;
}

type Opened = (error: Error | null, socket?: TLSSocket) => void;

/** The handshake goes through whatever the chain is; what it is worth is judged afterwards, so that the issuer can be named. */
function open(target: URL, caPem: string, { proxyUrl, timeoutMs }: Way, done: Opened): void {
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const options = {
    host,
    port: Number(target.port || 443),
    ca: caPem,
    rejectUnauthorized: false,
    ...(isIP(host) ? {} : { servername: host }),
  };
  if (proxyUrl === undefined) {
    done(null, tlsConnect(options));
    return;
  }
  const agent = new HttpsProxyAgent({ proxy: proxyUrl });
  const tunnel = agent as unknown as { createConnection(options: object, callback: Opened): void };
  // A silent proxy must not keep the process alive after it was given up.
  tunnel.createConnection({ ...options, timeout: timeoutMs }, done);
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

async function review(client: HttpClient, reviewer: Secret, subject: Secret, timeoutMs: number): Promise<ReplayFact> {
  const { status, body } = await client.request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    headers: { authorization: `Bearer ${reviewer.reveal()}` },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: subject.reveal() },
    }),
    timeoutMs,
  });
  return answered(status, body);
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
