import { BindError, problem } from './binding/errors.js';
import { valueOf } from './binding/observed.js';
import { clusterNow } from './cluster-clock.js';
import type { LeaseFact, Ports } from './ports.js';
import { until } from './retry.js';

/** How long a Lease is ours without renewal. */
const TTL_SECONDS = 60;
/** The slowest single write: 15 s of looking for Vault's next leader, and the last try's 30 s. Ours has to outlast it. */
const WRITE_SECONDS = 45;
/** How long another run is waited for. */
const WAIT_SECONDS = 120;

/** The one run that may write to a mount. */
export class Lock {
  readonly #ports: Ports;
  readonly #namespace: string;
  readonly #name: string;
  #held: LeaseFact | undefined;

  private constructor(ports: Ports, namespace: string, name: string) {
    this.#ports = ports;
    this.#namespace = namespace;
    this.#name = name;
  }

  /**
   * Takes the Lease, waiting for another holder to finish or to expire. Throws LEASE_HELD naming it. Without a name, on
   * a cluster that is gone, there is nobody to keep out.
   */
  static async take(ports: Ports, namespace: string, name: string | undefined): Promise<Lock> {
    const lock = new Lock(ports, namespace, name ?? '');
    if (name === undefined) return lock;
    let holder = 'another run';
    let told = false;
    const taken = await until(
      ports,
      WAIT_SECONDS,
      async () => {
        const seen = await ports.cluster.lease(namespace, name);
        if (seen.state === 'unreadable') throw new BindError(seen.problem);
        const current = valueOf(seen);
        const now = clusterNow(ports);
        if (current && current.holder !== '' && current.expiresAt > now) {
          holder = current.holder;
          if (!told) ports.log.info(`waiting for ${holder}, which holds Lease ${namespace}/${name}`);
          told = true;
          return undefined;
        }
        return ports.cluster.takeLease(namespace, name, ports.run, TTL_SECONDS, current);
      },
      (held) => held !== undefined,
    );
    if (!taken) {
      throw new BindError(
        problem(
          'LEASE_HELD',
          `${holder} holds Lease ${namespace}/${name} for longer than ${WAIT_SECONDS} s`,
          `Let that run finish; a dead run's Lease expires by itself within ${TTL_SECONDS} s.`,
        ),
      );
    }
    lock.#held = taken;
    return lock;
  }

  /** Removes what a dead run left when nothing has to be locked. Never throws: an expired Lease is in nobody's way. */
  static async clear(ports: Ports, namespace: string, name: string | undefined): Promise<void> {
    if (name === undefined) return;
    const dead = valueOf(await ports.cluster.lease(namespace, name));
    if (!dead || dead.expiresAt > clusterNow(ports)) return;
    await ports.cluster.releaseLease(namespace, name, dead).catch(() => undefined);
  }

  /** Called before each write: renews a Lease that might not outlast it. Throws LEASE_LOST when it is not ours. */
  async check(): Promise<void> {
    if (this.#name === '') return;
    const held = this.#held;
    if (!held) throw this.#lost();
    const now = clusterNow(this.#ports);
    if (held.expiresAt - now > WRITE_SECONDS * 1000) return;
    const renewed = await this.#ports.cluster.takeLease(
      this.#namespace,
      this.#name,
      this.#ports.run,
      TTL_SECONDS,
      held,
    );
    this.#held = renewed;
    if (!renewed) throw this.#lost();
  }

  /** Never throws: a Lease that could not be deleted expires by itself. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held) await this.#ports.cluster.releaseLease(this.#namespace, this.#name, held).catch(() => undefined);
  }

  #lost(): BindError {
    return new BindError(
      problem(
        'LEASE_LOST',
        `Lease ${this.#namespace}/${this.#name} was taken by another run`,
        'Run this again once the other run has finished.',
      ),
    );
  }
}
