/** JSON that anybody may have written: whoever reads it asks for each member, and for what it is. */
export type ForeignRecord = Readonly<Record<string, unknown>>;

/** What a text says, where that has members; null where it is no JSON, or a bare value. */
export function parseRecord(text: string): ForeignRecord | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** An object, or a list: what can be asked for a member. */
export function isRecord(value: unknown): value is ForeignRecord {
  return typeof value === 'object' && value !== null;
}

/** A number of things. Not -0, which JSON can say: it equals 0, and is never written as what it is. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (Object.is(value, 0) || (value as number) > 0);
}
