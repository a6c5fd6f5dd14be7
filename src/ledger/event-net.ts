import assert from 'node:assert/strict';

import { type DeepRedaction, redactDeep, secretMember } from '../redaction/index.js';

/**
 * What no card number, secret or national id looks like, but may look like one in part: UUIDs,
 * digests in hex or base64, instants, amounts, currencies. They are let past, so that chance refuses
 * no event and the search is for the few texts that are left.
 */
const harmless =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{64}|[A-Za-z0-9+/]{43}=|\d{4}-\d\d-\d\d(?:T[\d:.]+Z)?|[a-z_.-]{1,64}|-?\d{1,8}\.\d{2,3}|\*\*\d{2,4}|[A-Z]{3})$/;

/** Nothing deeper has a canonical form, or is looked at by redaction: it can be no event. */
const depthMax = 64;

/** As redaction names members that hold nothing by themselves. */
const memberName = /^[A-Za-z_]{1,32}$/;
/** The smallest number of twelve digits, the fewest that a card number has. */
const cardNumberMin = 100_000_000_000;

/**
 * What redaction would take out of an event, with its places. Ids, digests, commitments and instants
 * are not searched: among enough of them some look like a card number by chance.
 */
export function findSensitive(value: unknown): readonly DeepRedaction[] {
  return isHarmless(value) ? [] : redactDeep(withoutHarmless(value)).redactions;
}

/**
 * The net under every event: a value that redaction would take out of a message must never reach an
 * entry, which nobody can take it out of again.
 *
 * @throws AssertionError naming kinds and places, never the values.
 */
export function assertNothingSensitive(type: string, value: unknown): void {
  const redactions = findSensitive(value);
  assert(
    redactions.length === 0,
    `Event ${type} would have carried ${redactions.map((found) => `${found.kind} at ${found.pointer}`).join(', ')}`,
  );
}

/** Whether all of it is let past: nearly every event, and told without a search. */
function isHarmless(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return harmless.test(value);
  if (typeof value === 'number') return Math.abs(value) < cardNumberMin;
  if (typeof value !== 'object' || value === null) return typeof value !== 'bigint';
  if (depth > depthMax) return false;
  if (Array.isArray(value)) return value.every((item) => isHarmless(item, depth + 1));
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (
      !memberName.test(name) ||
      secretMember(name) !== undefined ||
      !isHarmless(member, depth + 1)
    )
      return false;
  }
  return true;
}

/** A copy that is small to search; place names stay, so that pointers are those of the value. */
function withoutHarmless(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return harmless.test(value) ? '' : value;
  if (typeof value !== 'object' || value === null || depth > depthMax) return value;
  if (Array.isArray(value)) return value.map((item) => withoutHarmless(item, depth + 1));
  // Not by assignment, which a member called __proto__ would be lost to.
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => [
      name,
      secretMember(name) === undefined ? withoutHarmless(member, depth + 1) : member,
    ]),
  );
}
