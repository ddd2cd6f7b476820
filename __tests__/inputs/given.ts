import { readYaml } from '../../src/adapters/yaml.js';
import { BindError, type Problem } from '../../src/binding/errors.js';
import type { Intent, Sources } from '../../src/binding/intent.js';
import { absent, present } from '../../src/binding/observed.js';
import { secretFactory } from '../../src/binding/secret.js';
import type { CheckoutPort } from '../../src/contract/checkout.js';
import type { Given } from '../../src/inputs/reader.js';
import { parseInputs } from '../../src/inputs.js';
import { HOST, VAULT } from '../fixtures/intent.js';

export type Words = Readonly<Record<string, string>>;

export interface Around {
  readonly env?: Words;
  /** Whether the job can mint an OIDC token. */
  readonly oidc?: boolean;
  /** Default: any folder is a clusters repository with the one cluster prodtest. */
  readonly checkout?: (folder: string) => CheckoutPort | undefined;
}

/** What a run on a laptop needs at least. */
export const LEAST: Words = {
  env: 'prodtest',
  'kube-server': HOST,
  'kube-token': 'planted-kube-token',
  'vault-url': VAULT,
  'vault-token': 'planted-vault-token',
};

const CLUSTER = readYaml('name: prodtest\ngitops: {env: prodtest}\n');

function oneCluster(): CheckoutPort {
  return {
    text: () => absent,
    yaml: (path) => (path === 'clusters/prodtest/cluster.yaml' ? present(CLUSTER) : absent),
    parse: readYaml,
    list: (folder) => (folder === 'clusters' ? ['prodtest'] : []),
    isTracked: () => false,
    conforms: () => absent,
  };
}

/** Inputs as the runner hands them over, and every value that was masked on the way. */
export function given(
  inputs: Words,
  { env = {}, oidc = false, checkout = oneCluster }: Around = {},
): Given & { readonly masked: string[] } {
  const masked: string[] = [];
  return {
    names: Object.keys(inputs),
    input: (name) => inputs[name],
    env: (name) => env[name],
    secret: secretFactory((value) => masked.push(value)),
    canMintOidcToken: oidc,
    checkout,
    masked,
  };
}

/** The least a run needs with these in addition; an empty value takes one away. */
export function parsed(
  inputs: Words = {},
  around: Around = {},
): { readonly intent: Intent; readonly sources: Sources } {
  return parseInputs(given({ ...LEAST, ...inputs }, around));
}

export function intentOf(inputs: Words = {}, around: Around = {}): Intent {
  return parsed(inputs, around).intent;
}

/** What parsing refuses, none when it accepts all. */
export function refusals(inputs: Words = {}, around: Around = {}): readonly Problem[] {
  try {
    parsed(inputs, around);
    return [];
  } catch (thrown) {
    if (thrown instanceof BindError) return thrown.problems;
    throw thrown;
  }
}

/** Its one refusal; fails when there is none or another. */
export function refusal(inputs: Words, around: Around = {}): Problem {
  const [first, ...rest] = refusals(inputs, around);
  if (!first || rest.length > 0) throw new Error(`${rest.length + (first ? 1 : 0)} problems: ${JSON.stringify(rest)}`);
  return first;
}
