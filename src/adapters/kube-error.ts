import { type Code, type Problem, problem } from '../binding/errors.js';
import { ForeignText } from '../binding/foreign.js';
import { cleanName } from '../binding/name.js';
import type { HttpFault, TlsReason } from './http.js';

/** What was asked of the API server, in RBAC's words; errors name this and never the server's own text. */
export interface Asked {
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly body: object | undefined;
}

function describeAsked({ verb, resource, namespace, name }: Asked): string {
  return `${verb} ${resource}${name ? ` ${name}` : ''}${namespace ? ` in namespace ${namespace}` : ''}`;
}

/** An answer that is neither success nor absence. */
export function answerProblem({ status, reason, body }: Refusal, asked: Asked, server: string): Problem {
  const what = describeAsked(asked);
  if (status === 401)
    return problem(
      'CLUSTER_UNAUTHORIZED',
      `${server} does not accept the cluster credentials (401)`,
      'Renew the token or client certificate of the kubeconfig: kubectl auth whoami',
    );
  if (status === 403) {
    const text = new ForeignText((body as { message?: unknown } | undefined)?.message);
    return text.matches(/User "system:anonymous"/) ? unseen(asked, server) : forbidden(text, asked);
  }
  if (status === 409)
    return problem('PLAN_CHANGED', `${what}: someone else changed it at the same moment (409)`, 'Run this again.');
  if (status === 404 && reason === 'NotFound')
    return problem(
      'PLAN_CHANGED',
      `${what}: it, or what it belongs to, was deleted in the meantime (404)`,
      'Run this again.',
    );
  return problem(
    'CLUSTER_ERROR',
    `${server} answered ${what} with HTTP ${status}${reason === '' ? '' : `, ${cleanName(reason)}`}`,
    status >= 500 || status === 429
      ? 'The API server is in trouble or overloaded; run this again.'
      : 'Check that the server is a Kubernetes API server of a supported version.',
  );
}

function unseen(asked: Asked, server: string): Problem {
  return problem(
    'CLUSTER_UNAUTHORIZED',
    `${server} saw no credentials and forbids anybody to ${describeAsked(asked)} (403)`,
    'Check that no proxy before the API server drops the Authorization header or ends TLS: kubectl auth whoami',
  );
}

/** A 403 is RBAC's in most cases; admission says 403 too, and no grant helps there. */
function forbidden(text: ForeignText, asked: Asked): Problem {
  const what = describeAsked(asked);
  const quota = text.capture(/exceeded quota: ([a-z0-9.-]+)/);
  if (quota !== undefined)
    return problem(
      'CLUSTER_FORBIDDEN',
      `quota ${quota} forbids: ${what}`,
      `Raise it: kubectl -n ${asked.namespace ?? 'default'} get resourcequota ${quota}`,
    );
  if (text.matches(/because it is being terminated/))
    return problem(
      'NAMESPACE_TERMINATING',
      `namespace ${asked.namespace ?? ''} is being deleted, which forbids: ${what}`,
      `Wait until it is gone: kubectl get namespace ${asked.namespace ?? ''}`,
    );
  const admission =
    text.capture(/admission webhook "([A-Za-z0-9./-]+)" denied/) ??
    text.capture(/ValidatingAdmissionPolicy '([A-Za-z0-9./-]+)'/);
  if (admission !== undefined)
    return problem(
      'CLUSTER_FORBIDDEN',
      `admission control (${admission}) forbids: ${what}`,
      `Ask who keeps ${admission} to allow it: kubectl get validatingwebhookconfigurations,validatingadmissionpolicies`,
    );
  return problem(
    'CLUSTER_FORBIDDEN',
    `the cluster credentials may not ${what} (403)`,
    `Grant verb ${asked.verb} on ${asked.resource}; mode: plan prints the RBAC.`,
  );
}

/** A success that is not what was asked for. */
export function strangeProblem(asked: Asked, server: string): Problem {
  return problem(
    'CLUSTER_ERROR',
    `${server} answered ${describeAsked(asked)} with something that is not a Kubernetes object`,
    'Check that the server is a Kubernetes API server and not a proxy or a login page.',
  );
}

/** A list that took longer than the API server keeps old versions, twice. */
export function expiredProblem(asked: Asked, server: string): Problem {
  return problem(
    'CLUSTER_ERROR',
    `${server} forgot the list while it was read: ${describeAsked(asked)}`,
    'The API server is in trouble or overloaded; run this again.',
  );
}

const TLS_HINTS: Readonly<Partial<Record<TlsReason, string>>> = {
  expired: "Renew the API server's certificate, or set this machine's clock.",
  'not-yet-valid': "Set this machine's clock, or the one that issued the API server's certificate.",
  'wrong-name': 'Use a `server:` or `tls-server-name:` that the certificate of the API server carries.',
};

/** Code, what was seen of the server, and what to do, by kind of fault. */
const FAULTS: Readonly<Partial<Record<HttpFault['kind'], readonly [Code, string, string]>>> = {
  'client-certificate': [
    'CLUSTER_UNAUTHORIZED',
    'refuses the client certificate of the kubeconfig',
    'Make a new kubeconfig for this identity.',
  ],
  redirect: [
    'CLUSTER_REDIRECT',
    'redirects elsewhere, and credentials are not carried there',
    'Address the API server itself, not a proxy or a console.',
  ],
  aborted: [
    'CANCELLED',
    'was being asked when the run was cancelled',
    'Run it again: bind converges from wherever it stopped.',
  ],
  'too-large': ['CLUSTER_ERROR', 'sent more than can be taken in', 'Check that the server is a Kubernetes API server.'],
  proxy: ['CLUSTER_UNREACHABLE', 'is behind a proxy that does not let this through', 'Check HTTPS_PROXY and NO_PROXY.'],
};

const SILENCE: Readonly<Partial<Record<HttpFault['kind'], string>>> = {
  refused: 'the connection is refused',
  dns: 'its name does not resolve',
  timeout: 'it took too long',
  reset: 'the connection broke',
};

/** No answer at all. */
export function faultProblem(fault: HttpFault, server: string): Problem {
  const known = FAULTS[fault.kind];
  if (known) return problem(known[0], `${server} ${known[1]}`, known[2]);
  if (fault.kind === 'tls') {
    const reason = fault.tlsReason ?? 'other';
    const hint =
      "Put the API server's CA into the kubeconfig (certificate-authority-data), or into kube-ca-certificate.";
    return problem(
      'CLUSTER_TLS',
      `the certificate of ${server} cannot be verified (${reason})`,
      TLS_HINTS[reason] ?? hint,
    );
  }
  return problem(
    'CLUSTER_UNREACHABLE',
    `${server} does not answer: ${SILENCE[fault.kind] ?? fault.kind}`,
    'Check that the cluster runs and that this runner has a network path to it.',
  );
}
