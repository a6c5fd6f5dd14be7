import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new temporary folder that another account can pass through, as the embedded server needs when
 * the specs run as root; root's own temporary folder may be shut to everybody.
 */
export async function makeOpenFolder(prefix: string): Promise<string> {
  const parent = process.getuid?.() === 0 ? '/tmp' : tmpdir();
  const folder = await mkdtemp(join(parent, prefix));
  await chmod(folder, 0o711);
  return folder;
}
