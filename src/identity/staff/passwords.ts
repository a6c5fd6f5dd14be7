import { Algorithm, hash, verify } from '@node-rs/argon2';

/** Argon2id with the parameters of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. */
const parameters = {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- 2 is Argon2id; a declared `const enum` is out of reach of isolated modules.
  algorithm: 2 as Algorithm,
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
};

/** Compared where no account is found, so that the time does not tell whether there is one. */
const nobody = hash('nobody has this password', parameters);

export async function hashPassword(password: string): Promise<Buffer> {
  return Buffer.from(await hash(password, parameters), 'utf8');
}

/** Whether the password fits; null takes as long as a hash and never fits. */
export async function verifyPassword(stored: Buffer | null, password: string): Promise<boolean> {
  const encoded = stored?.toString('utf8') ?? (await nobody);
  const fits = await verify(encoded, password);
  return stored !== null && fits;
}
