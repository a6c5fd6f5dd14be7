/**
 * The code of a system or database error, such as `ENOENT` or `23505`. It asks for the member and
 * not for the class: errors of Node's own may come from another realm.
 */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
