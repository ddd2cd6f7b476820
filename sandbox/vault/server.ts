import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Daemon, startDaemon, waitUntil } from '../process.ts';
import { send } from '../request.ts';
import type { Answer, VaultServer } from '../types.ts';
import { readVaultAudit } from './audit.ts';
import type { VaultBinary } from './binary.ts';
import type { VaultFiles } from './config.ts';

/** One process of OpenBao or Vault: a dev server, a server of its own, or a node of a raft cluster. */
export class Vault implements VaultServer {
  readonly address: string;
  readonly caPem: string | null;
  readonly caFile?: string;
  readonly client?: { readonly certPem: string; readonly keyPem: string };
  rootToken = '';
  readonly #binary: VaultBinary;
  readonly #files: VaultFiles;
  readonly #dev: boolean;
  readonly #port: number;
  #unsealKey = '';
  #member = false;
  #daemon: Daemon;

  constructor(binary: VaultBinary, files: VaultFiles, dev: boolean, port: number) {
    this.#binary = binary;
    this.#files = files;
    this.#dev = dev;
    this.#port = port;
    this.caPem = files.caPem;
    if (files.caFile !== null) this.caFile = files.caFile;
    if (files.client !== null) this.client = files.client;
    this.address = `${files.caPem === null ? 'http' : 'https'}://127.0.0.1:${port}`;
    if (dev) this.rootToken = `sandbox-root-${randomBytes(12).toString('hex')}`;
    this.#daemon = this.#launch();
  }

  get kind(): 'openbao' | 'vault' {
    return this.#binary.kind;
  }

  #launch(): Daemon {
    const devMode = [
      '-dev',
      '-dev-no-store-token',
      `-dev-root-token-id=${this.rootToken}`,
      `-dev-listen-address=127.0.0.1:${this.#port}`,
    ];
    const args = ['server', `-config=${this.#files.config}`, ...(this.#dev ? devMode : [])];
    return startDaemon(this.kind, this.#binary.path, args, {
      logFile: join(this.#files.dir, 'server.log'),
      cwd: this.#files.dir,
    });
  }

  request(method: string, path: string, body?: unknown, token = this.rootToken, namespace = ''): Promise<Answer> {
    const headers = {
      'x-vault-request': 'true',
      ...(token === '' ? {} : { 'x-vault-token': token }),
      ...(namespace === '' ? {} : { 'x-vault-namespace': namespace }),
    };
    return send({ method, url: `${this.address}/v1/${path}`, headers, body, caPem: this.caPem, ...this.client });
  }

  async audit(): ReturnType<VaultServer['audit']> {
    return readVaultAudit(this.#files.auditLog);
  }

  async #must(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body?.errors)}`);
    return answer;
  }

  /** Resolves once `sys/health` gives `status`: 200 active, 501 uninitialised, 503 sealed. */
  health(...status: number[]): Promise<void> {
    return waitUntil(`${this.kind} (${status.join(' or ')})`, [this.#daemon], async () =>
      status.includes((await this.request('GET', 'sys/health', undefined, '')).status),
    );
  }

  async initialise(): Promise<void> {
    const made = await this.#must('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 });
    this.rootToken = made.body.root_token;
    this.#unsealKey = made.body.keys[0];
    await this.unseal();
    await this.#must('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } });
    await this.settle();
  }

  /** Makes the audit log complete (a device where the configuration could not name one; who asked) and waits for `secret/`. */
  async settle(): Promise<void> {
    if (this.kind === 'vault') {
      await this.#must('PUT', 'sys/audit/file', { type: 'file', options: { file_path: this.#files.auditLog } });
    }
    await this.#must('POST', 'sys/config/auditing/request-headers/user-agent', { hmac: false });
    // A KV mount refuses requests for a moment while it becomes version 2.
    await waitUntil('secret/', [this.#daemon], async () => (await this.request('GET', 'secret/config')).status === 200);
  }

  async seal(): Promise<void> {
    await this.#must('PUT', 'sys/seal');
    await this.health(503);
  }

  /** From now on it may be a standby once it is unsealed. */
  becomeMember(): void {
    this.#member = true;
  }

  /** Joins the cluster of the active node `leader`, instead of being initialised. */
  async join(leader: Vault): Promise<void> {
    this.rootToken = leader.rootToken;
    this.#unsealKey = leader.#unsealKey;
    this.becomeMember();
    const body = { leader_api_addr: leader.address, ...(this.caPem === null ? {} : { leader_ca_cert: this.caPem }) };
    await this.#must('POST', 'sys/storage/raft/join', body);
    await this.unseal();
  }

  /** Resolves once its raft cluster has `count` nodes that vote. */
  voters(count: number): Promise<void> {
    return waitUntil(`${count} voters`, [this.#daemon], async () => {
      const { body } = await this.request('GET', 'sys/storage/raft/configuration');
      return (body.data.config.servers as { voter: boolean }[]).filter(({ voter }) => voter).length === count;
    });
  }

  async unseal(): Promise<void> {
    if (this.#unsealKey === '' && this.#dev) {
      this.#unsealKey = /Unseal Key: (\S+)/.exec(readFileSync(this.#daemon.logFile, 'utf8'))?.[1] ?? '';
    }
    await this.#must('PUT', 'sys/unseal', { key: this.#unsealKey });
    await this.health(...(this.#member ? [200, 429] : [200]));
  }

  async restart(): Promise<void> {
    await this.halt(true);
    await this.resume();
  }

  /** Ends the process and keeps its data, by SIGKILL unless `gracefully`. */
  async halt(gracefully = false): Promise<void> {
    if (this.#dev) throw new Error('a dev server keeps its data in memory: start it with dev: false');
    await this.#daemon.stop(gracefully);
  }

  /** Starts the process that `halt` ended, and unseals it unless it is to stay `sealed`. */
  async resume({ sealed = false } = {}): Promise<void> {
    this.#daemon = this.#launch();
    if (this.#unsealKey === '') return this.health(501);
    await this.health(503);
    if (!sealed) await this.unseal();
  }

  async stop(): Promise<void> {
    await this.#daemon.stop();
    rmSync(this.#files.dir, { recursive: true, force: true });
  }
}
