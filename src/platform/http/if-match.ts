/**
 * Whether an `If-Match` header lets a request act on the thing with this entity tag (RFC 9110
 * §13.1.1). The comparison is strong: a weak tag never matches.
 *
 * @param header as sent; null where none was, which asks for nothing.
 */
export function matchesEtag(header: string | null, etag: string): boolean {
  if (header === null || header.trim() === '*') return true;
  return header.split(',').some((candidate) => candidate.trim() === etag);
}
