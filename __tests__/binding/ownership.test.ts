import { describe, expect, test } from '@jest/globals';
import type { MountConfigFact } from '../../src/binding/facts.js';
import { type Mark, writeMark } from '../../src/binding/mark.js';
import { absent, present } from '../../src/binding/observed.js';
import { type Claim, judgeOwnership } from '../../src/binding/ownership.js';
import { config, dial, MARK, OTHER_UID, UID, UNREAD } from '../fixtures/facts.js';
import { HOST, VAULT } from '../fixtures/intent.js';

type Over = Partial<Omit<Claim, 'mount'>> & { mark?: Mark | null; mount?: Claim['mount'] };

function claim({ mark = null, ...over }: Over = {}): Claim {
  return {
    uid: UID,
    cluster: 'prodtest',
    kubernetesHost: HOST,
    vaultUrl: VAULT,
    allowRebind: false,
    mount: { type: 'kubernetes', accessor: 'x', description: mark ? writeMark('text of someone', mark) : 'text' },
    config: config(),
    markCopy: undefined,
    storedDial: present(dial('verified')),
    ...over,
  };
}

const EARLIER: Mark = { ...MARK, uid: OTHER_UID };
const NEIGHBOUR: Mark = { cluster: 'prod', uid: OTHER_UID, origin: 'created' };
const UNTRUSTED = present(dial('untrusted', 'unknown-issuer'));
const UNREACHABLE = present(dial('unreachable', 'timeout'));
const elsewhere = (host: string): MountConfigFact => config({ kubernetesHost: host });
const at = (host: string, vaultUrl = VAULT): Over => ({ kubernetesHost: host, vaultUrl, config: elsewhere(host) });

const ROWS: [string, Over, string][] = [
  ['no mount', { mount: undefined }, 'new'],
  ['no mount, a copy of the mark left over', { mount: undefined, markCopy: EARLIER }, 'new'],
  ['our mark', { mark: MARK }, 'ours'],
  ['our mark, another host', { mark: MARK, config: elsewhere('https://api.old.example.com:6443') }, 'ours'],
  ['our mark, another cluster name', { mark: { ...MARK, cluster: 'renamed' } }, 'ours'],
  ['our mark, the CA no longer verifies', { mark: MARK, storedDial: UNTRUSTED }, 'ours'],
  ['mark tuned away, copy on our reviewer', { markCopy: MARK }, 'ours'],
  ["a neighbour's mark beats our copy", { mark: NEIGHBOUR, markCopy: MARK }, 'foreign'],
  ['no mark, no config', { config: undefined, storedDial: absent }, 'adopt'],
  ['no mark, our host, its CA verifies it', {}, 'adopt'],
  ['no mark, our host spelt otherwise', { config: elsewhere('https://API.prod.example.com:6443/') }, 'adopt'],
  ['no mark, another host', { config: elsewhere('https://api.other.example.com:6443') }, 'foreign'],
  ['no mark, same host on another port', { config: elsewhere('https://api.prod.example.com:8443') }, 'foreign'],
  ['no mark, our host, its CA does not verify it', { storedDial: UNTRUSTED }, 'foreign'],
  ['no mark, our host, unreachable from here', { storedDial: UNREACHABLE }, 'unknown'],
  ['no mark, our host, the dial unread', { storedDial: UNREAD }, 'unknown'],
  ['no mark, our host, no CA stored', { storedDial: absent, config: config({ kubernetesCaCert: '' }) }, 'unknown'],
  ['recreated: other UID, same name and host, CA dead', { mark: EARLIER, storedDial: UNTRUSTED }, 'recreated'],
  ['recreated, but its CA still verifies the host', { mark: EARLIER }, 'foreign'],
  ['recreated, unreachable from here', { mark: EARLIER, storedDial: UNREACHABLE }, 'unknown'],
  ['recreated, another host', { mark: EARLIER, ...elsewhereRow(), storedDial: UNTRUSTED }, 'foreign'],
  ['recreated, another cluster name', { mark: NEIGHBOUR, storedDial: UNTRUSTED }, 'foreign'],
  ['recreated before its first config', { mark: EARLIER, config: undefined, storedDial: absent }, 'recreated'],
  ["another cluster's, before its first config", { mark: NEIGHBOUR, config: undefined, storedDial: absent }, 'foreign'],
  ['shared: CRC', { mark: EARLIER, ...at('https://api.crc.testing:6443'), storedDial: UNTRUSTED }, 'foreign'],
  ['shared: mDNS', { mark: EARLIER, ...at('https://node.local:6443'), storedDial: UNTRUSTED }, 'foreign'],
  [
    'shared: private API, public Vault',
    { mark: EARLIER, ...at('https://10.0.0.5:6443'), storedDial: UNTRUSTED },
    'foreign',
  ],
  [
    'not shared: private API, private Vault',
    { mark: EARLIER, ...at('https://10.0.0.5:6443', 'https://10.0.0.9:8200'), storedDial: UNTRUSTED },
    'recreated',
  ],
  [
    'shared: loopback API, Vault elsewhere',
    { mark: EARLIER, ...at('https://127.0.0.1:6443'), storedDial: UNTRUSTED },
    'foreign',
  ],
  [
    'shared: localhost, Vault elsewhere',
    { mark: EARLIER, ...at('https://localhost:6443'), storedDial: UNTRUSTED },
    'foreign',
  ],
  [
    'not shared: loopback API, loopback Vault',
    { mark: EARLIER, ...at('https://127.0.0.1:6443', 'http://127.0.0.1:8200'), storedDial: UNTRUSTED },
    'recreated',
  ],
  ['no UID of ours is no match', { uid: '', mark: EARLIER }, 'foreign'],
];

function elsewhereRow(): Over {
  return { config: elsewhere('https://api.other.example.com:6443') };
}

describe('whose mount it is', () => {
  test.each(ROWS)('%s', (_name, over, kind) => {
    const judged = judgeOwnership(claim(over));
    expect(judged.kind).toBe(kind);
    expect(judged.why).not.toBe('');
  });

  test.each(ROWS.filter(([, , kind]) => kind === 'foreign' || kind === 'unknown'))(
    'allow-rebind takes it: %s',
    (_name, over) => {
      expect(judgeOwnership(claim({ ...over, allowRebind: true }))).toMatchObject({
        kind: 'rebind',
        origin: 'adopted',
      });
    },
  );

  test.each(ROWS.filter(([, , kind]) => kind !== 'foreign' && kind !== 'unknown'))(
    'allow-rebind changes nothing: %s',
    (_name, over, kind) => {
      expect(judgeOwnership(claim({ ...over, allowRebind: true })).kind).toBe(kind);
    },
  );

  test('an adopted mount stays adopted and a made one made', () => {
    expect(judgeOwnership(claim())).toMatchObject({ origin: 'adopted' });
    expect(judgeOwnership(claim({ mark: { ...MARK, origin: 'adopted' } }))).toMatchObject({ origin: 'adopted' });
    expect(judgeOwnership(claim({ mark: EARLIER, storedDial: UNTRUSTED }))).toMatchObject({ origin: 'created' });
  });

  test('a foreign mount names both its owner and the reason', () => {
    expect(judgeOwnership(claim({ mark: NEIGHBOUR }))).toMatchObject({
      owner: `cluster prod (kube-system ${OTHER_UID})`,
      why: 'its mark names another cluster',
    });
  });
});
