import { readFileSync } from 'node:fs';
import type { RunEvent } from '../github-port.js';
import { dig, integerOf } from './gitops-json.js';

/** What GitHub says about why this job runs; nothing it says is trusted beyond numbers. Never throws. */
export function readEvent(env: Readonly<Record<string, string | undefined>>): RunEvent {
  const payload = readPayload(env['GITHUB_EVENT_PATH']);
  const pull =
    dig(payload, 'pull_request') ?? (dig(payload, 'issue', 'pull_request') ? dig(payload, 'issue') : undefined);
  const number = integerOf(dig(pull, 'number'));
  const head = dig(pull, 'head', 'repo', 'full_name');
  const repository = env['GITHUB_REPOSITORY'] ?? '';
  return {
    name: env['GITHUB_EVENT_NAME'] ?? '',
    repository,
    ...(number !== undefined && number > 0 ? { pull: number } : {}),
    // A fork that was deleted is null.
    fork: dig(pull, 'head') !== undefined && head !== repository,
  };
}

function readPayload(path: string | undefined): unknown {
  if (!path) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
