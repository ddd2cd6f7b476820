import { describe, expect, test } from '@jest/globals';
import type { OpenshiftFact } from '../../src/binding/facts.js';
import { servesNamed } from '../../src/binding/named-certificate.js';
import { absent, present } from '../../src/binding/observed.js';
import { makePlan } from '../../src/binding/plan.js';
import { OPENSHIFT_ROWS } from '../../src/checks/openshift.js';
import { dial, UNREAD } from '../fixtures/facts.js';
import { HOST } from '../fixtures/intent.js';
import { type Case, judged, NO_HINT, type Scene, view } from './view.js';

const NAME = 'api.prod.example.com';
const INTERNAL = 'https://api-int.prod.example.com:6443';

function openshift(over: Partial<OpenshiftFact> = {}) {
  return present({
    infrastructure: present({ apiServerUrl: HOST, internalUrl: INTERNAL }),
    namedCertificates: present<readonly (readonly string[])[]>([]),
    ...over,
  });
}

const on = (over: Partial<OpenshiftFact>, rest: NonNullable<Scene['rest']> = {}): Scene => ({
  cluster: { openshift: openshift(over) },
  rest,
});
const named = (...names: string[]) => ({ namedCertificates: present([names]) });
const dialled = (stored: Parameters<typeof dial>[0], desired: Parameters<typeof dial>[0] = stored) => ({
  storedDial: present({ ...dial(stored, 'unknown-issuer'), issuer: "Let's Encrypt" }),
  desiredDial: present(dial(desired, 'unknown-issuer')),
});

const [URL_ROW, CERTIFICATE] = ['openshift.api-url', 'openshift.serving-certificate'] as const;
const CASES: readonly Case[] = [
  [URL_ROW, 'plain Kubernetes', { cluster: { openshift: absent } }, 'skipped', /no OpenShift/, NO_HINT],
  [URL_ROW, 'the same', on({}), 'green', /^https:\/\/api\.prod/, NO_HINT],
  [
    URL_ROW,
    'another one',
    on({ infrastructure: present({ apiServerUrl: 'https://api.b.example.com:6443', internalUrl: '' }) }),
    'red',
    /Vault is given https:\/\/api\.prod.*; the infrastructure says https:\/\/api\.b/,
    /^Set kubernetes-host to https:\/\/api\.b/,
  ],
  [
    URL_ROW,
    'the internal one',
    on({ infrastructure: present({ apiServerUrl: 'https://api.b.example.com:6443', internalUrl: HOST }) }),
    'red',
    /own network/,
    /^Set kubernetes-host/,
  ],
  [URL_ROW, 'forbidden', on({ infrastructure: UNREAD }), 'unknown', /403/, /^Grant/],
  [URL_ROW, 'wholly unread', { cluster: { openshift: UNREAD } }, 'unknown', /403/, /^Grant/],
  [CERTIFICATE, 'plain Kubernetes', { cluster: { openshift: absent } }, 'skipped', /no OpenShift/, NO_HINT],
  [CERTIFICATE, 'none', on({}), 'green', /^no named certificate at api\.prod/, NO_HINT],
  [CERTIFICATE, 'for another name', on(named('api.b.example.com')), 'green', /^no named/, NO_HINT],
  [CERTIFICATE, 'covered', on(named(NAME), dialled('verified')), 'green', /which is covered/, NO_HINT],
  [
    CERTIFICATE,
    'covered by what is stored alone',
    on(named(NAME), dialled('verified', 'untrusted')),
    'green',
    /which is covered/,
    NO_HINT,
  ],
  [
    CERTIFICATE,
    'not covered',
    on(named('*.prod.example.com'), dialled('untrusted')),
    'red',
    /named certificate at api\.prod\.example\.com, which kube-root-ca\.crt does not cover \(unknown-issuer\)/,
    /^Set kubernetes-ca-certificate to the certificate of its issuer "Let's Encrypt"/,
  ],
  [CERTIFICATE, 'not dialled', on(named(), dialled('unreachable')), 'unknown', /cannot be dialled/, /^Run where/],
  [CERTIFICATE, 'forbidden', on({ namedCertificates: UNREAD }), 'unknown', /403/, /^Grant/],
];

describe('what OpenShift says', () => {
  test.each(CASES)('%s: %s', (id, _why, scene, state, detail, hint) => {
    const found = judged(id, view(scene));
    expect(found).toMatchObject({ state, detail: expect.stringMatching(detail), hint: expect.stringMatching(hint) });
    if (state === 'unknown' && id === CERTIFICATE) expect(found.severity).toBe('warning');
  });

  test.each(OPENSHIFT_ROWS)('$id is seen green, red, unknown and skipped', ({ id }) => {
    const states = CASES.filter(([row]) => row === id).map(([, , , state]) => state);
    expect(new Set(states)).toEqual(new Set(['green', 'red', 'unknown', 'skipped']));
  });

  test('is the cause that mount.ca and the blocker name', () => {
    const { survey } = view(on(named(NAME), dialled('untrusted')));
    expect(judged('mount.ca', view(on(named(NAME), dialled('untrusted')))).hint).toContain('a named certificate');
    const mismatch = makePlan(survey).blockers.find(({ code }) => code === 'CA_MISMATCH');
    expect(mismatch?.message).toContain('where OpenShift serves a named certificate');
    expect(servesNamed(view(on(named('*.example.com'))).survey)).toBe(false);
  });
});
