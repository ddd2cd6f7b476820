import type { GitopsFacts } from '../binding/facts.js';
import { age } from './age.js';

/** Names of the Leases that the two operators keep for the election of their leader. */
export const OPERATOR_LEASES = { vco: '3d7d3a62.redhat.io', vso: 'b0d477c0.hashicorp.com' } as const;

export const OPERATORS = { vco: 'vault-config-operator', vso: 'vault-secrets-operator' } as const;

// Renewed every two seconds or so; wide enough for clocks that disagree.
const SILENT_MS = 300_000;

/**
 * How long an operator has not renewed its Lease; undefined while it does, and where that cannot be told. What its
 * resources show is then from before, however healthy.
 */
export function silence(facts: GitopsFacts, operator: keyof typeof OPERATORS, now: number): string | undefined {
  const seen = facts.heartbeats?.[operator];
  if (seen?.state !== 'present') return undefined;
  const silentMs = now - seen.value.renewedAt;
  return silentMs > SILENT_MS ? age(silentMs) : undefined;
}

export function stopped(operator: keyof typeof OPERATORS, silent: string): { detail: string; hint: string } {
  const name = OPERATORS[operator];
  return {
    detail: `${name} does not run: it last renewed its Lease ${silent} ago`,
    hint: `Start ${name}: oc get deployments -A | grep ${name}.`,
  };
}
