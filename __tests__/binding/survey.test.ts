import { describe, expect, test } from '@jest/globals';
import type { Facts } from '../../src/binding/facts.js';
import { absent, present } from '../../src/binding/observed.js';
import type { Materials } from '../../src/binding/survey.js';
import { canaryReason } from '../../src/binding/vault-plan.js';
import { configWrite } from '../../src/payload.js';
import { CA, NEXT_CA, OTHER_CA } from '../fixtures/certificates.js';
import {
  config,
  dial,
  emptyFacts,
  healthyFacts,
  NOW,
  type Over,
  record,
  refused,
  reviewer,
  survey,
} from '../fixtures/facts.js';
import { HOST, intent, secret } from '../fixtures/intent.js';

function seen(stored: string, published: string, rest: Over['rest'] = {}): Facts {
  return healthyFacts({
    cluster: { rootCa: present(published) },
    vault: { config: present(config({ kubernetesCaCert: stored })) },
    rest,
  });
}

const UNTRUSTED = present(dial('untrusted', 'unknown-issuer'));
const EXPLICIT: Materials = { kubernetesCaPem: CA };

const CHANGES: [string, Facts, Materials, string][] = [
  ['never written', emptyFacts(), {}, 'first'],
  ['the same', seen(CA, CA), {}, 'none'],
  ['another order', seen(CA + NEXT_CA, NEXT_CA + CA), {}, 'none'],
  ['repeated', seen(CA + CA, CA), {}, 'none'],
  ['with comments and blank lines', seen(`# old\n\n${CA}\n`, CA), {}, 'none'],
  ['one published besides, not needed yet', seen(CA, CA + NEXT_CA), {}, 'none'],
  ['one published besides, and needed', seen(CA, CA + NEXT_CA, { storedDial: UNTRUSTED }), {}, 'broken'],
  ['untrusted with either bundle', seen(CA, CA, { storedDial: UNTRUSTED, desiredDial: UNTRUSTED }), {}, 'none'],
  ['cannot be dialled from here', seen(CA, CA, { storedDial: present(dial('unreachable', 'refused')) }), {}, 'none'],
  ['one withdrawn', seen(CA + OTHER_CA, CA), {}, 'withdrawn'],
  ['another one altogether', seen(OTHER_CA, CA), {}, 'withdrawn'],
  ['none stored', seen('', CA, { storedDial: absent }), {}, 'broken'],
  ['what is stored is no certificate', seen('garbage', CA), {}, 'broken'],
  ['explicit and the same', seen(CA, OTHER_CA), EXPLICIT, 'none'],
  ['explicit and fewer', seen(CA + OTHER_CA, CA + OTHER_CA), EXPLICIT, 'explicit'],
  ['explicit and more', seen(CA, CA), { kubernetesCaPem: CA + NEXT_CA }, 'explicit'],
  ['explicit and no certificate', seen(CA, CA), { kubernetesCaPem: 'garbage' }, 'none'],
  ['nothing published is readable', healthyFacts({ cluster: { rootCa: absent } }), {}, 'none'],
];

describe('the CA bundle', () => {
  test.each(CHANGES)('%s', (_name, facts, materials, expected) => {
    expect(survey(facts, intent(), materials).caChange).toBe(expected);
  });

  test('goes with a new host when it is not the one that was tried there', () => {
    const moved = { ...healthyFacts({ cluster: { rootCa: present(CA + NEXT_CA) } }) };
    const view = survey(moved, intent({ kubernetesHost: 'https://api.new.example.com:6443' }));
    expect(view.caChange).toBe('host');
    expect(configWrite(view, secret()).kubernetesCaCert).toBe(CA + NEXT_CA);
  });
});

describe('what is written to the mount config', () => {
  test('keeps what is not ours to decide', () => {
    const odd = {
      issuer: 'https://issuer',
      pemKeys: ['key'],
      disableIssValidation: false,
      useAnnotationsAsAliasMetadata: true,
    };
    const stored = config({ ...odd, kubernetesHost: `${HOST}/`, kubernetesCaCert: `# ours\n${CA}` });
    const written = configWrite(survey(healthyFacts({ vault: { config: present(stored) } })), secret());
    expect(written).toMatchObject({ ...odd, kubernetesHost: `${HOST}/`, kubernetesCaCert: `# ours\n${CA}` });
  });

  test('names no field that the server does not know', () => {
    expect(configWrite(survey(emptyFacts()), secret())).not.toHaveProperty('useAnnotationsAsAliasMetadata');
  });
});

describe('a refused login', () => {
  test.each([
    [403, 'permission denied', 'renew'],
    [403, 'service account name not authorized', 'keep'],
    [403, 'namespace not authorized', 'keep'],
    [403, 'invalid audience (aud) claim: audience claim does not match any expected audience', 'keep'],
    [403, 'invalid expiration time (exp) claim: token is expired', 'keep'],
    [400, 'invalid role name "x"', 'keep'],
    [500, 'could not load backend configuration', 'keep'],
  ])('%d %s: %s', (status, text, need) => {
    const facts = healthyFacts({ rest: { liveLogin: present(refused(status, text)) } });
    expect(survey(facts).token.need).toBe(need);
  });
});

describe('when the canary goes first', () => {
  const moved = intent({ kubernetesHost: 'https://api.new.example.com:6443' });
  const unreachable = present(dial('unreachable', 'timeout'));
  const due = reviewer(record({ issuedAt: NOW - 100, expiresAt: NOW + 10 }));
  test.each([
    ['nothing changes', survey(), false],
    ['first bind', survey(emptyFacts()), false],
    ['the host changes', survey(healthyFacts(), moved), true],
    ['the CA changes', survey(seen(OTHER_CA, CA)), true],
    ['only the token changes', survey(healthyFacts({ cluster: { reviewer: due } })), false],
    [
      'only the token, host unreachable',
      survey(healthyFacts({ cluster: { reviewer: due }, rest: { desiredDial: unreachable } })),
      true,
    ],
    ['never', survey(healthyFacts(), { ...moved, proveOnCanary: 'never' }), false],
    ['always, and a first bind', survey(emptyFacts(), intent({ proveOnCanary: 'always' })), true],
    ['always, and nothing to write', survey(healthyFacts(), intent({ proveOnCanary: 'always' })), false],
  ])('%s', (_name, view, expected) => {
    expect(canaryReason(view) !== null).toBe(expected);
  });
});
