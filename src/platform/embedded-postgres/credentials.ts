import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { z } from 'zod';

import { createOnce } from '../durable-file.js';
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
  const text = await createOnce(path, makeCredentials);
  const parsed = credentialsSchema.safeParse(safeJson(text.toString('utf8')));
  if (!parsed.success) {
    throw new Error(`${path} is damaged; restore it from a backup of the data folder.`);
  }
  const entries = Object.entries(parsed.data).map(([name, value]) => [name, new Secret(value)]);
  return Object.fromEntries(entries) as Credentials;
}

function makeCredentials(): Promise<Buffer> {
  const names = Object.keys(credentialsSchema.shape);
  const passwords = Object.fromEntries(names.map((name) => [name, generatePassword()]));
  return Promise.resolve(Buffer.from(JSON.stringify(passwords)));
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
