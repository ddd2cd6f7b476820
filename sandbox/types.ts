/** What every sandbox server answers to a request made by a test or by the demo. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Parsed JSON, the text when it is not JSON, `null` when empty. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server holds
  readonly body: any;
}

/** One finished request of the API server's audit log, at level Metadata. */
export interface AuditEvent {
  readonly verb: string;
  /** Plural, without group: `serviceaccounts`; empty for a path that is no resource (`/version`). */
  readonly resource: string;
  /** `token`, `status`, ...; empty when there is none. */
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
  readonly userAgent: string;
  readonly dryRun: boolean;
  readonly status: number;
}

/** A Kubernetes API server on loopback, emulated or real, that answers the same to the same requests. */
export interface Cluster {
  readonly kind: 'emulated' | 'real';
  /** `https://127.0.0.1:PORT`; `https://localhost:PORT` with `foreignServingCa`. */
  readonly server: string;
  /** PEM of the CA that verifies `server`; ConfigMap `kube-root-ca.crt` holds the same, save with `foreignServingCa`. */
  readonly caPem: string;
  /** YAML with an inline client certificate of `system:masters`. */
  readonly adminKubeconfig: string;
  /** A kubeconfig (YAML) with an inline client certificate: CN is the user, each O a group. */
  kubeconfigFor(identity: { user: string; groups?: string[] }): Promise<string>;
  /** Sends one request as admin; `body` goes as JSON unless `headers` say otherwise. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Every finished request since the start, in order; survives `restart`. */
  audit(): Promise<AuditEvent[]>;
  /** Same port, same data, every live connection dropped. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** Default: a free port. */
  port?: number;
  /** Longest life of a TokenRequest token, in seconds; longer requests are shortened. Default: no limit. */
  maxTokenExpirationSeconds?: number;
  /** Extra DNS names or IPs in the serving certificate. */
  servingHosts?: string[];
  /**
   * `localhost` and `servingHosts` are served by a named certificate of another CA, as OpenShift does with a bought one:
   * `server` and `caPem` are then theirs, while `kube-root-ca.crt` verifies `https://127.0.0.1:PORT` alone. Default: false.
   */
  foreignServingCa?: boolean;
  /** An empty directory for data, certificates and logs, kept after `stop`. Default: a temporary one, removed then. */
  dir?: string;
}

/** One entry of Vault's audit log. */
export interface VaultAuditEvent {
  readonly type: 'request' | 'response';
  /** `read`, `create`, `update`, `delete`, `list`, `patch`, ... */
  readonly operation: string;
  /** Without `/v1/`, without namespace. */
  readonly path: string;
  readonly namespace: string;
  readonly userAgent: string;
  /** `auth.display_name` of the caller; empty when not logged in. */
  readonly displayName: string;
  readonly policies: readonly string[];
  /** Vault's error for this request; empty when it went well. */
  readonly error: string;
}

/** A real OpenBao or HashiCorp Vault on loopback. */
export interface VaultServer {
  readonly kind: 'openbao' | 'vault';
  /** `http://127.0.0.1:PORT`, or `https://` with `tls`. */
  readonly address: string;
  readonly caPem: string | null;
  /** `caPem` as a file; absent without TLS. */
  readonly caFile?: string;
  /** With `mtls`: a client certificate and key (PEM) that the server accepts. */
  readonly client?: { readonly certPem: string; readonly keyPem: string };
  /** Empty until initialised. */
  readonly rootToken: string;
  /** As the root token unless `token` is given (empty string: none); `path` without `/v1/`. */
  request(method: string, path: string, body?: unknown, token?: string, namespace?: string): Promise<Answer>;
  /** Every entry since the start, in order. */
  audit(): Promise<VaultAuditEvent[]>;
  seal(): Promise<void>;
  unseal(): Promise<void>;
  /** Initialises and unseals a server that was started `uninitialised`. */
  initialise(): Promise<void>;
  /** Same port, same data; unsealed again. Every live connection is dropped. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}
