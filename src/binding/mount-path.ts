const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const MOST_PATH = 128;

/** Whether `path` can be an auth mount, without `auth/`. */
export function isMountPath(path: string): boolean {
  return path.length <= MOST_PATH && !/^auth(\/|$)/.test(path) && path.split('/').every((part) => SEGMENT.test(part));
}
