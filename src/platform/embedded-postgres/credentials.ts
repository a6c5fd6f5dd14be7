import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { Secret } from '../secret.js';

const password = z.string().min(20);
const credentialsSchema = z.strictObject({
  superuser: password,
  owner: password,
  app: password,
  sealer: password,
  reader: password,
  bank: password,
});

export type CredentialName = keyof z.infer<typeof credentialsSchema>;
export type Credentials = Readonly<Record<CredentialName, Secret>>;

const fileName = 'postgres-credentials.json';

/** A password of 192 random bits in URL-safe characters. */
export function generatePassword(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * Reads the embedded server's passwords, kept under the data folder for the owner's eyes only;
 * makes them at the first start.
 *
 * @throws Error where the file is damaged: the cluster knows only the passwords that stood in it.
 */
export async function openCredentials(dataDirectory: string): Promise<Credentials> {
  const path = join(dataDirectory, fileName);
  const text = (await readIfPresent(path)) ?? (await createCredentials(path));
  const parsed = credentialsSchema.safeParse(safeJson(text));
  if (!parsed.success) {
    throw new Error(`${path} is damaged; restore it from a backup of the data folder.`);
  }
  const entries = Object.entries(parsed.data).map(([name, value]) => [name, new Secret(value)]);
  return Object.fromEntries(entries) as Credentials;
}

async function createCredentials(path: string): Promise<string> {
  const names = Object.keys(credentialsSchema.shape);
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, generatePassword()])));
  const unfinished = `${path}.${process.pid}`;
  const file = await open(unfinished, 'wx', 0o600);
  await file.writeFile(text);
  await file.sync();
  await file.close();
  // A link never replaces: of two first starts, the second reads what the first has written.
  await link(unfinished, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(unfinished);
  return readFile(path, 'utf8');
}

async function readIfPresent(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
