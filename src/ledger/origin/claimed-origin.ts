import { parseCheckpoint, splitNote } from '../tree/index.js';

/** The origin that a note names, whoever signed it; null where it is no checkpoint. */
export function claimedOrigin(note: string | null): string | null {
  if (note === null) return null;
  try {
    return parseCheckpoint(splitNote(note).text).origin;
  } catch {
    return null;
  }
}
