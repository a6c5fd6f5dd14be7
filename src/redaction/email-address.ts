import type { Finding } from './redaction.js';
import type { Scan } from './scan.js';

/** RFC 5321, 4.5.3.1: octets of a local part, and of a domain. */
const LOCAL_PART_MAX = 64;
const DOMAIN_MAX = 255;
/** How an address is written when it should not look like one. */
const WRITTEN_AT = /\s?(?:@|[[({]\s?at\s?[\])}])\s?/g;
const LOCAL_BEFORE = /[\p{L}\d!#$%&'*+/=?^_`{|}~-][\p{L}\d.!#$%&'*+/=?^_`{|}~-]{0,63}$/u;
const DOMAIN_AFTER =
  /^(?:[\p{L}\d](?:[\p{L}\d-]{0,61}[\p{L}\d])?(?:\.|\s?[[({]\s?(?:dot|punkt|punto)\s?[\])}]\s?)){1,8}\p{L}{2,24}(?![\p{L}\d])/u;

/** Finds e-mail addresses: what stands around an "at" sign, or around one that is spelled out in brackets. */
export function findEmailAddresses(scan: Scan): Finding[] {
  const { lower } = scan.folded;
  const found: Finding[] = [];
  let from = 0;
  for (const { 0: at, index } of lower.matchAll(WRITTEN_AT)) {
    const after = index + at.length;
    const before = lower.slice(Math.max(from, index - LOCAL_PART_MAX), index);
    const following = lower.slice(after, after + DOMAIN_MAX);
    scan.steps += before.length + following.length;
    const local = LOCAL_BEFORE.exec(before)?.[0];
    const domain = DOMAIN_AFTER.exec(following)?.[0];
    if (local === undefined || domain === undefined) continue;
    from = after + domain.length;
    found.push({ kind: 'email-address', start: index - local.length, end: from });
  }
  return found;
}
