import type { HttpResponse } from './http.js';

/** The answer to one request. */
export interface KubeAnswer {
  readonly status: number;
  /** The JSON object; undefined when it was something else. */
  readonly body: object | undefined;
  /** `reason` of a Status, e.g. `AlreadyExists`; empty when there is none. */
  readonly reason: string;
  /** Whether the API server knows no such path: how it answers for a kind that is not installed. */
  readonly unknownPath: boolean;
}

/** What an HTTP answer says. */
export function understood({ status, body: text }: HttpResponse): KubeAnswer {
  let body: object | undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    body = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    // A login page, a proxy's error page, or the plain text for an unknown path.
  }
  return { status, body, reason: reasonOf(body), unknownPath: text.trim() === '404 page not found' };
}

function reasonOf(body: object | undefined): string {
  const { kind, reason } = (body ?? {}) as { kind?: unknown; reason?: unknown };
  return kind === 'Status' && typeof reason === 'string' && /^[A-Za-z]{1,64}$/.test(reason) ? reason : '';
}
