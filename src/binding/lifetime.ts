import { type Problem, problem } from './errors.js';
import type { TokenRecord } from './facts.js';
import type { Intent } from './intent.js';

const SLACK_SECONDS = 60;

/** What is wrong with the lifetime of a token that was just minted, with both figures each. */
export function lifetimeWarnings(intent: Intent, record: TokenRecord, isRotated: boolean): readonly Problem[] {
  const lives = Math.round((record.expiresAt - record.issuedAt) / 1000);
  const asked = intent.reviewerTokenTtlSeconds;
  const interval = intent.rotationIntervalSeconds;
  const found: Problem[] = [];
  if (lives < asked - SLACK_SECONDS) {
    found.push(
      problem(
        'TOKEN_LIFETIME',
        `${span(asked)} were asked for the reviewer token, and the API server gave ${span(lives)}`,
        'Raise --service-account-max-token-expiration of the API server, or ask for less in reviewer-token-ttl.',
      ),
    );
  }
  if (isRotated && lives < 2 * interval - SLACK_SECONDS) {
    found.push(
      problem(
        'TOKEN_LIFETIME',
        `the reviewer token lives ${span(lives)}, and rotations are ${span(interval)} apart: logins stop when one is missed`,
        `Set reviewer-token-ttl to ${span(3 * interval)}, or rotate more often and say so in rotation-interval.`,
      ),
    );
  }
  return found;
}

function span(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
