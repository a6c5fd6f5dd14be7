import { sha256 } from '../tree/index.js';

/** Names a folder for what belongs to a log: its origin may hold characters that no folder's name may. */
export function originFolder(origin: string): string {
  return sha256(origin).toString('hex').slice(0, 16);
}
