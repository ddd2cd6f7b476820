import { BindError, type Problem, problem } from '../binding/errors.js';
import { cleanName } from '../binding/name.js';
import type { HttpFault } from './http.js';

/** What was asked of the API server, in RBAC's words; errors name this and never the server's own text. */
export interface Asked {
  readonly verb: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

export function describeAsked({ verb, resource, namespace, name }: Asked): string {
  return `${verb} ${resource}${name ? ` ${name}` : ''}${namespace ? ` in namespace ${namespace}` : ''}`;
}

/** An answer that is neither success nor absence. */
export function answerProblem(status: number, asked: Asked, server: string, reason: string): Problem {
  const what = describeAsked(asked);
  if (status === 401)
    return problem(
      'CLUSTER_UNAUTHORIZED',
      `${server} does not accept the cluster credentials (401)`,
      'Renew the token or client certificate of the kubeconfig: kubectl auth whoami',
    );
  if (status === 403) {
    if (asked.verb === 'create' && /Quota/i.test(reason))
      return problem(
        'CLUSTER_FORBIDDEN',
        `a quota of the namespace forbids: ${what}`,
        `Raise it: kubectl -n ${asked.namespace ?? ''} get resourcequota`,
      );
    return problem(
      'CLUSTER_FORBIDDEN',
      `the cluster credentials may not ${what} (403)`,
      `Grant verb ${asked.verb} on ${asked.resource}; mode: plan prints the RBAC.`,
    );
  }
  if (status === 409)
    return problem('PLAN_CHANGED', `${what}: someone else changed it at the same moment (409)`, 'Run this again.');
  const why = reason === '' ? '' : `, ${cleanName(reason)}`;
  return problem(
    'CLUSTER_ERROR',
    `${server} answered ${what} with HTTP ${status}${why}`,
    status >= 500 || status === 429
      ? 'The API server is in trouble or overloaded; run this again.'
      : 'Check that the server is a Kubernetes API server of a supported version.',
  );
}

/** No answer at all. */
export function faultProblem(fault: HttpFault, server: string): Problem {
  switch (fault.kind) {
    case 'tls':
      return problem(
        'CLUSTER_TLS',
        `the certificate of ${server} cannot be verified (${fault.tlsReason ?? 'other'})`,
        "Put the API server's CA into the kubeconfig (certificate-authority-data), or into kube-ca-certificate.",
      );
    case 'client-certificate':
      return problem(
        'CLUSTER_UNAUTHORIZED',
        `${server} refuses the client certificate of the kubeconfig`,
        'Make a new kubeconfig for this identity.',
      );
    case 'redirect':
      return problem(
        'CLUSTER_REDIRECT',
        `${server} redirects elsewhere, and credentials are not carried there`,
        'Address the API server itself, not a proxy or a console.',
      );
    case 'aborted':
      return problem(
        'CANCELLED',
        'the run was cancelled while the API server was asked',
        'Run it again: bind converges from wherever it stopped.',
      );
    case 'too-large':
      return problem(
        'CLUSTER_ERROR',
        `${server} sent more than can be taken in`,
        'Check that the server is a Kubernetes API server.',
      );
    case 'proxy':
      return problem(
        'CLUSTER_UNREACHABLE',
        `the proxy does not let this through to ${server}`,
        'Check HTTPS_PROXY and NO_PROXY.',
      );
    default:
      return problem(
        'CLUSTER_UNREACHABLE',
        `${server} does not answer (${fault.kind})`,
        'Check that the cluster runs and that this runner has a network path to it.',
      );
  }
}

export function stop(found: Problem): never {
  throw new BindError(found);
}
