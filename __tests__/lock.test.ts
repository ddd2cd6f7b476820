import { describe, expect, test } from '@jest/globals';
import { absent } from '../src/binding/observed.js';
import { Lock } from '../src/lock.js';
import type { LeaseFact, Ports } from '../src/ports.js';

/** A cluster with one Lease and a clock that is set by hand. */
function world() {
  const state = { now: 0, takes: 0, stolen: false };
  const ports = {
    clock: { now: () => state.now, sleep: async () => undefined },
    signal: new AbortController().signal,
    run: 'run',
    log: { info: () => undefined },
    cluster: {
      skewSeconds: () => 0,
      lease: async () => absent,
      async takeLease(_namespace: string, _name: string, holder: string, ttlSeconds: number) {
        state.takes += 1;
        if (state.stolen) return undefined;
        return { holder, expiresAt: state.now + ttlSeconds * 1000, resourceVersion: '1' } satisfies LeaseFact;
      },
    },
  } as unknown as Ports;
  return { state, ports };
}

describe('the Lease', () => {
  test.each([
    [14, 1],
    [16, 2],
  ])('after %d s was taken or renewed %d times: it outlasts the slowest write', async (seconds, takes) => {
    const { state, ports } = world();
    const lock = await Lock.take(ports, 'ns', 'lease');
    state.now = seconds * 1000;
    await lock.check();
    expect(state.takes).toBe(takes);
  });

  test('that another run took stops this one, now and ever after', async () => {
    const { state, ports } = world();
    const lock = await Lock.take(ports, 'ns', 'lease');
    state.now = 70_000;
    state.stolen = true;
    await expect(lock.check()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await expect(lock.check()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(state.takes).toBe(2);
  });
});
