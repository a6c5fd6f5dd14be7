import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');
/** Found from the place of a module: a link would lead back to where it points. */
const copied = ['src', 'migrations', 'policies'];

export interface PolicyChange {
  /** Name of the file under `policies/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Installs the service in a folder with one policy changed, as an institution does with an editor.
 *
 * @returns its program, as `startServiceProcess` takes it.
 */
export async function installWith(folder: string, change: PolicyChange): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(root)) {
    if (name.startsWith('.') && name !== '.swcrc') continue;
    if (copied.includes(name)) await cp(join(root, name), join(folder, name), { recursive: true });
    else await symlink(join(root, name), join(folder, name));
  }
  const path = join(folder, 'policies', change.file);
  const text = await readFile(path, 'utf8');
  const changed = text.replace(change.from, change.to);
  if (changed === text) throw new Error(`${change.file} has no such text`);
  await writeFile(path, changed);
  return relative(root, join(folder, 'src/main.ts'));
}
