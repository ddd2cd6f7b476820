import type { People } from '../binding/intent.js';
import type { Reader } from './reader.js';

/** What `github-token` is for; a token alone means both. */
export function readPeople(reader: Reader): { readonly people?: People } {
  const token = reader.secret('github-token');
  const comment = readWish(reader, 'comment', token !== undefined);
  const failureIssue = readWish(reader, 'failure-issue', token !== undefined);
  return token && (comment || failureIssue) ? { people: { token, comment, failureIssue } } : {};
}

function readWish(reader: Reader, id: string, hasToken: boolean): boolean {
  if (!reader.isGiven(id)) return hasToken;
  const wished = reader.boolean(id);
  if (wished && !hasToken) {
    reader.fail(
      'INPUT_MISSING',
      `${id} is true, and github-token is not set`,
      'Set github-token to github.token, and give the job the permissions that docs/people.md names.',
    );
  }
  return wished;
}
