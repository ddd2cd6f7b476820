/** Whether `pattern` (Vault's `*` glob, anywhere) admits `name`. */
export function globAdmits(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/** Whether any pattern admits `name`. */
export function anyAdmits(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => globAdmits(pattern, name));
}
