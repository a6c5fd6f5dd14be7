/**
 * Headers of every answer. The API serves no page, so nothing may be loaded, framed or guessed; and
 * what it says of a person is kept by no cache (RFC 9111 §5.2.2.5).
 */
export function securityHeaders(isProduction: boolean): Readonly<Record<string, string>> {
  return {
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
    ...(isProduction && { 'strict-transport-security': 'max-age=63072000; includeSubDomains' }),
  };
}
