import { createHmac, timingSafeEqual } from 'node:crypto';

import type { Secret } from '../platform/index.js';

/** What a carrier signs: the address it was told to call, and the form it sends there. */
export interface SignedReport {
  readonly url: string;
  readonly form: Readonly<Record<string, string>>;
}

/**
 * The signature of the common Messages API: HMAC-SHA-1 under the account's secret over the address,
 * followed by each name and value of the form, sorted by name, with nothing between; base64. HMAC
 * does not rest on SHA-1's resistance to collisions (RFC 6194 §3.3), and the API knows no other.
 */
export function signReport(authToken: Secret, { url, form }: SignedReport): string {
  const names = Object.keys(form).sort();
  const text = url + names.map((name) => name + (form[name] ?? '')).join('');
  return createHmac('sha1', authToken.reveal()).update(text, 'utf8').digest('base64');
}

/** Whether the carrier signed exactly this; compared in constant time. */
export function isSigned(
  authToken: Secret,
  report: SignedReport,
  signature: string | undefined,
): boolean {
  // As text: a lenient reading of base64 would take more than one spelling.
  const expected = Buffer.from(signReport(authToken, report));
  const given = Buffer.from(signature ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
