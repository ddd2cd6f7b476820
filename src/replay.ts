import { BindError, type Problem, problem } from './binding/errors.js';
import type { ReplayFact } from './binding/facts.js';
import { valueOf } from './binding/observed.js';
import type { Secret } from './binding/secret.js';
import type { Survey } from './binding/survey.js';
import type { Context } from './context.js';
import { configWrite } from './payload.js';
import { until } from './retry.js';

/** Authorizer and token caches of the API server lag by milliseconds behind a binding that was just made. */
const SETTLE_SECONDS = 5;

/**
 * Sends the TokenReview that Vault will send, before Vault is told anything. Throws when it cannot work; an API
 * server that is unreachable from here proves nothing either way and is left to canary and proof.
 */
export async function replay(
  { ports, intent }: Context,
  survey: Survey,
  reviewer: Secret,
  subject: Secret,
): Promise<void> {
  const { kubernetesHost, kubernetesCaCert } = configWrite(survey, reviewer);
  const who = `${intent.reviewer.namespace}/${intent.reviewer.name}`;
  const review = (host: string, caPem: string): Promise<ReplayFact> =>
    until(
      ports,
      SETTLE_SECONDS,
      () => ports.replay.review(host, caPem, reviewer, subject),
      (seen) => seen.outcome === 'authenticated' || seen.outcome === 'untrusted' || seen.outcome === 'unreachable',
    );
  const fact = await review(kubernetesHost, kubernetesCaCert);
  const found = replayProblem(fact, kubernetesHost, who);
  if (found) throw new BindError(found);
  // The address is Vault's own; that the token itself is good can still be told where we reach the API server.
  const server = survey.facts.cluster.server;
  if (fact.outcome !== 'unreachable' || server === kubernetesHost) return;
  const nearby = await review(server, valueOf(survey.facts.cluster.rootCa) ?? '');
  if (nearby.outcome === 'untrusted' || nearby.outcome === 'unreachable') return;
  const wrong = replayProblem(nearby, server, who);
  if (wrong) throw new BindError(wrong);
}

function replayProblem(fact: ReplayFact, host: string, reviewer: string): Problem | undefined {
  switch (fact.outcome) {
    case 'authenticated':
    case 'unreachable':
      return undefined;
    case 'untrusted':
      return problem(
        'CA_MISMATCH',
        `the CA bundle to be written does not verify ${host} (${fact.reason})`,
        'Set kubernetes-ca-certificate to the CA that signed the certificate at that host.',
      );
    case 'unauthorized':
      return problem(
        'REVIEWER_UNAUTHORIZED',
        `${host} does not accept the new token of ${reviewer} (401)`,
        "Check that kubernetes-host is this cluster's own API server, and that no proxy before it strips tokens.",
      );
    case 'forbidden':
      return problem(
        'REVIEWER_FORBIDDEN',
        `${reviewer} may not create TokenReviews (403)`,
        `Check ClusterRoleBinding and ClusterRole: kubectl auth can-i create tokenreviews.authentication.k8s.io --as=system:serviceaccount:${reviewer.replace('/', ':')}`,
      );
    case 'rejected-subject':
      return problem(
        'REPLAY_FAILED',
        `${host} reviews a fresh token of this cluster as not authenticated`,
        'Check that kubernetes-host leads to the same cluster as the cluster credentials.',
      );
    case 'unusable':
      return problem(
        'REPLAY_FAILED',
        `${host} answered the TokenReview with HTTP ${fact.status}`,
        'Check that kubernetes-host is an API server and not a proxy or a login page.',
      );
  }
}
