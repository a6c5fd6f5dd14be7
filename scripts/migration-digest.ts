import { createHash } from 'node:crypto';

/** What `migrations/released.json` keeps of a migration: SHA-256 of its text, hex. */
export function migrationDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
