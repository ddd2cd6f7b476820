import { MODES } from '../modes.js';
import { parseBundle } from './certificate.js';
import { type Code, type Problem, problem } from './errors.js';
import { healthProblem } from './health.js';
import { isHttps, isLoopback, unreachableReason } from './host.js';
import { mountBlockers } from './mount-blocker.js';
import { servesNamed } from './named-certificate.js';
import { type Observed, valueOf } from './observed.js';
import { removalBlockers } from './removal-plan.js';
import { rotationBlockers } from './rotation-plan.js';
import type { Step } from './step.js';
import type { Survey } from './survey.js';

/** Vault leaves a token this much at either end of its life. */
const MOST_SKEW_SECONDS = 60;

/** Everything that forbids writing, all at once. */
export function planBlockers(survey: Survey, steps: readonly Step[]): readonly Problem[] {
  const unreadable = unreadables(survey);
  const { plan } = MODES[survey.intent.mode];
  if (plan === 'unbind') {
    const judged = unreadable.length === 0 ? removalBlockers(survey) : [];
    return distinct([...unreadable, ...vaultState(survey), ...insecureBlockers(survey), ...judged]);
  }
  const found = [...unreadable, ...vaultState(survey), ...hostBlockers(survey), ...caBlockers(survey)];
  // What could not be read makes ownership a guess; it is judged once everything is readable.
  const judge = plan === 'rotate' ? rotationBlockers : mountBlockers;
  const owned = unreadable.length === 0 ? judge(survey) : [];
  const others = [...clusterBlockers(survey), ...owned, ...pinBlockers(survey), ...lifetimeBlockers(survey, steps)];
  return distinct([...found, ...others]);
}

export function planWarnings(survey: Survey): readonly Problem[] {
  const { intent, kubernetesHost } = survey;
  const found: Problem[] = [];
  const unreachable = unreachableReason(kubernetesHost, intent.vault.url);
  if (unreachable && intent.kubernetesHost) {
    found.push(
      problem(
        'HOST_UNREACHABLE',
        `kubernetes-host ${kubernetesHost} is taken as given, although ${unreachable}`,
        'Make sure that Vault itself can reach this address; the login proof will tell.',
      ),
    );
  }
  if (survey.ownership.kind === 'rebind')
    found.push(
      problem('MOUNT_FOREIGN', survey.ownership.why, 'Remove allow-rebind from the workflow once this run is green.'),
    );
  found.push(...skewWarnings(survey));
  if (intent.proveOnCanary === 'never' && survey.config && (survey.hostChanges || survey.caChange !== 'none')) {
    found.push(
      problem(
        'CANARY_FAILED',
        'host or CA of a live mount changes without a canary, because prove-on-canary is never',
        'Set prove-on-canary to auto, so that a throw-away mount proves them first.',
      ),
    );
  }
  return found;
}

function skewWarnings({ facts }: Survey): readonly Problem[] {
  const clocks = [
    ["the API server's", facts.cluster.skewSeconds ?? 0],
    ["Vault's", valueOf(facts.vault.health)?.skewSeconds ?? 0],
  ] as const;
  return clocks
    .filter(([, skew]) => Math.abs(skew) > MOST_SKEW_SECONDS)
    .map(([whose, skew]) =>
      problem(
        'LOGIN_CLOCK',
        `${whose} clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} this runner's`,
        'Set the clocks by NTP: tokens are judged by time.',
      ),
    );
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter((entry) => {
    const key = `${entry.code} ${entry.message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/** What the plan is made from and could not be read. */
export function unreadables(survey: Survey): readonly Problem[] {
  const { cluster, vault } = survey.facts;
  const looks: readonly Observed<unknown>[] = [
    cluster.identity,
    cluster.namespace,
    survey.materials.kubernetesCaPem === undefined ? cluster.rootCa : cluster.identity,
    cluster.reviewer,
    cluster.probe,
    cluster.delegator,
    cluster.anchors.a,
    cluster.anchors.b,
    cluster.anchors.proof,
    vault.health,
    vault.login,
    vault.mounts,
    vault.config,
    vault.connectionRole,
    vault.probeRole,
    vault.basePolicy,
    vault.mountPolicy,
    vault.capabilities,
    survey.facts.dependants,
  ];
  return looks.flatMap((look) => (look.state === 'unreadable' ? [look.problem] : []));
}

function vaultState(survey: Survey): readonly Problem[] {
  const health = valueOf(survey.facts.vault.health);
  if (!health) return [];
  const shut = healthProblem(survey.intent.vault, health);
  return shut ? [shut] : [];
}

function hostBlockers(survey: Survey): readonly Problem[] {
  const { intent, kubernetesHost } = survey;
  const isHttp = kubernetesHost.startsWith('http://');
  if (!isHttps(kubernetesHost) && !(isHttp && isLoopback(kubernetesHost))) {
    const why = isHttp
      ? 'reviewer tokens would travel unencrypted'
      : 'it is no https URL, which Vault accepts and then fails on at every login';
    return [
      problem(
        'HOST_INSECURE',
        `kubernetes_host would be ${kubernetesHost}: ${why}`,
        'Set kubernetes-host to the https URL of the API server.',
      ),
    ];
  }
  const reason = unreachableReason(kubernetesHost, intent.vault.url);
  if (!reason || intent.kubernetesHost) return [];
  return [
    problem(
      'HOST_UNREACHABLE',
      `Vault at ${intent.vault.url} cannot reach ${kubernetesHost}: ${reason}`,
      'Set kubernetes-host to the URL under which Vault reaches the API server, e.g. https://api.<cluster>.<domain>:6443.',
    ),
  ];
}

function caBlockers(survey: Survey): readonly Problem[] {
  const { kubernetesHost, desiredCaPem, materials, facts } = survey;
  const source = materials.kubernetesCaPem === undefined ? 'ConfigMap kube-root-ca.crt' : 'kubernetes-ca-certificate';
  if (desiredCaPem === '') return [];
  if (!parseBundle(desiredCaPem))
    return [
      problem(
        'CA_INVALID',
        `${source} holds no usable PEM certificate`,
        `Give the API server's CA as PEM, base64 or path in kubernetes-ca-certificate.`,
      ),
    ];
  const dial = valueOf(facts.desiredDial);
  if (dial?.outcome !== 'untrusted') return [];
  if (MODES[survey.intent.mode].plan === 'rotate') {
    const seen = `the stored CA does not verify ${kubernetesHost} (${dial.reason})`;
    return [problem('CA_MISMATCH', seen, 'Run bind: it writes the CA the API server is signed by now.')];
  }
  const named = servesNamed(survey) ? ', where OpenShift serves a named certificate' : '';
  const presented = `${named}${dial.issuer ? `, which presents a chain issued by "${dial.issuer}"` : ''}`;
  return [
    problem(
      'CA_MISMATCH',
      `${source} does not verify ${kubernetesHost} (${dial.reason})${presented}`,
      "Give the CA that signed the certificate at kubernetes-host in kubernetes-ca-certificate, or point kubernetes-host at the API server's own name.",
    ),
  ];
}

function insecureBlockers({ intent, facts }: Survey): readonly Problem[] {
  if (!facts.cluster.skipsTlsVerify || !MODES[intent.mode].writes) return [];
  return [
    problem(
      'KUBECONFIG_INSECURE',
      'the cluster credentials skip TLS verification',
      'Put certificate-authority-data in place of insecure-skip-tls-verify in the kubeconfig; plan and verify still work with it.',
    ),
  ];
}

function clusterBlockers(survey: Survey): readonly Problem[] {
  const { intent, facts } = survey;
  const found: Problem[] = [];
  if (valueOf(facts.cluster.namespace)?.phase === 'Terminating') {
    found.push(
      problem(
        'NAMESPACE_TERMINATING',
        `namespace ${intent.reviewer.namespace} is being deleted`,
        `Wait until it is gone (\`kubectl get namespace ${intent.reviewer.namespace}\`), then run this again.`,
      ),
    );
  }
  found.push(...insecureBlockers(survey));
  if (
    facts.cluster.rootCa.state === 'absent' &&
    facts.cluster.namespace.state === 'present' &&
    survey.materials.kubernetesCaPem === undefined
  ) {
    found.push(
      problem(
        'ROOT_CA_MISSING',
        `namespace ${intent.reviewer.namespace} has no ConfigMap kube-root-ca.crt`,
        'Check that kube-controller-manager runs (it publishes it), or set kubernetes-ca-certificate.',
      ),
    );
  }
  return found;
}

/** Vault reads `*` at either end of an allowed parameter as a wildcard: such a pin would admit any longer text. */
function pinBlockers({ intent, materials }: Survey): readonly Problem[] {
  const text = materials.gitopsPolicyText ?? '';
  if (intent.connectionPolicyScope !== 'mount' || !(text.startsWith('*') || text.endsWith('*'))) return [];
  return [
    problem(
      'INPUT_INVALID',
      'the text in gitops-policy-file begins or ends with *, which Vault takes as a wildcard: it would pin nothing',
      'End the file with a line break, and see that the chart renders the same text.',
    ),
  ];
}

function lifetimeBlockers(survey: Survey, steps: readonly Step[]): readonly Problem[] {
  const { reviewerTokenTtlSeconds: ttl, rotationIntervalSeconds: interval } = survey.intent;
  const mints = steps.some((entry) => entry.action.do === 'mint-reviewer-token');
  if (!mints || ttl >= interval) return [];
  const code: Code = 'TOKEN_LIFETIME';
  return [
    problem(
      code,
      `reviewer-token-ttl (${ttl} s) is shorter than rotation-interval (${interval} s): logins would stop before the next rotation`,
      'Raise reviewer-token-ttl to at least twice the rotation-interval, or rotate more often.',
    ),
  ];
}
