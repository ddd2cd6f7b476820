import type { Authorizer } from './authorizer.ts';
import type { Pages } from './list.ts';
import type { Resources } from './resources.ts';
import type { RequestInfo } from './route.ts';
import type { Store } from './store.ts';
import type { Tokens } from './token.ts';
import type { User } from './user.ts';
import type { View } from './view.ts';

/** Everything the handlers share. */
export interface World {
  readonly store: Store;
  readonly resources: Resources;
  readonly pages: Pages;
  readonly tokens: Tokens;
  readonly authorizer: Authorizer;
  readonly maxTokenExpirationSeconds: number | undefined;
  /** PEM that `kube-root-ca.crt` publishes. */
  readonly rootCaPem: string;
  readonly port: () => number;
  /** Unix ms. */
  now(): number;
}

/** One authenticated and authorised request. */
export interface Call {
  readonly info: RequestInfo;
  readonly user: User;
  readonly contentType: string;
  readonly body: string;
  readonly view: View;
  readonly isDryRun: boolean;
  /** `fieldManager`, else the product in the User-Agent. */
  readonly manager: string;
  /** Go out as `Warning` headers. */
  readonly warnings: string[];
  /** Name that a create settled on, for the audit log. */
  created?: string;
}

export interface Reply {
  readonly status: number;
  /** Text goes out as `text/plain`. */
  readonly body: unknown;
  readonly contentType?: string;
}
