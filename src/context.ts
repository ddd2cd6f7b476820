import type { Intent } from './binding/intent.js';
import type { Materials } from './binding/survey.js';
import type { Ports } from './ports.js';

/** What every stage of a run is given. */
export interface Context {
  readonly intent: Intent;
  readonly materials: Materials;
  readonly ports: Ports;
}
