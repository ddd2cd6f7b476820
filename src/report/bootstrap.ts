import type { BootstrapFact, BootstrapTrace } from '../binding/bootstrap.js';
import { formatAge } from './age.js';
import type { Report } from './model.js';

/** What became of the bootstrap command, and what it wrote down about itself; none when there was no command. */
export function bootstrapLines({ bootstrap }: Report): readonly string[] {
  if (!bootstrap) return [];
  const { command, fact } = bootstrap;
  if (!fact) return [`not reached: ${command}`];
  return [`${endOf(fact)} after ${formatAge(fact.durationMs)}: ${command}`, traceLine(fact.trace)];
}

function endOf({ ended, exitCode, signal }: BootstrapFact): string {
  switch (ended) {
    case 'exited':
      return exitCode === 0 ? 'succeeded' : `failed with exit code ${exitCode}`;
    case 'killed':
      return `killed by ${signal}`;
    case 'timed-out':
      return 'did not end in time and was ended';
    case 'cancelled':
      return 'was cancelled';
    case 'not-started':
      return 'could not be started';
  }
}

function traceLine(trace: BootstrapTrace): string {
  switch (trace.state) {
    case 'absent':
      return 'it left no gitops-bootstrap.json';
    case 'stale':
      return 'gitops-bootstrap.json is from an earlier run';
    case 'unreadable':
      return 'gitops-bootstrap.json cannot be read';
    case 'read': {
      const { cluster, env, baseDomain, repoUrl, repoRef, gitSha, timestamp } = trace;
      const from = [repoUrl, repoRef && `at ${repoRef}`, gitSha && `(${gitSha.slice(0, 12)})`]
        .filter(Boolean)
        .join(' ');
      const told = { cluster, env, 'base domain': baseDomain, from, written: timestamp };
      const parts = Object.entries(told).filter(([, value]) => value !== '');
      return `gitops-bootstrap.json: ${parts.map(([name, value]) => `${name} ${value}`).join(', ') || 'says nothing'}`;
    }
  }
}
