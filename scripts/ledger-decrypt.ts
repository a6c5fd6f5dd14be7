import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { newRecipientKeys, openBundle, recipientKeysOf } from '../src/audit/index.js';

const usage = `Usage: npm run ledger:decrypt -- --new-key <file>
       npm run ledger:decrypt -- <sealed bundle> --key <file> --out <bundle.tar>`;
const ownerOnly = 0o600;

/** `npm run ledger:decrypt`: makes a recipient's key pair, and opens bundles that were sealed to it. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    options: { 'new-key': { type: 'string' }, key: { type: 'string' }, out: { type: 'string' } },
    allowPositionals: true,
  });
  const { 'new-key': newKey, key, out } = values;
  const [sealed] = positionals;
  if (newKey !== undefined) await makeKey(newKey);
  else if (sealed !== undefined && key !== undefined && out !== undefined)
    await decrypt(sealed, key, out);
  else throw new Error(usage);
}

async function makeKey(path: string): Promise<void> {
  const { publicKey, privateKey } = await newRecipientKeys();
  const text = `${Buffer.from(privateKey).toString('base64')}\n`;
  await writeFile(path, text, { mode: ownerOnly, flag: 'wx' });
  console.log(
    'Give this as recipientKey when you ask for an export; the file itself stays with you:',
  );
  console.log(Buffer.from(publicKey).toString('base64'));
}

/** Under its name only once it is whole: a file that was cut off must not pass for one. */
async function decrypt(sealed: string, keyPath: string, out: string): Promise<void> {
  const recipient = await recipientKeysOf(Buffer.from(await readFile(keyPath, 'utf8'), 'base64'));
  const draft = `${out}.part`;
  const file = await open(draft, 'w', ownerOnly);
  try {
    for await (const chunk of openBundle(createReadStream(sealed), recipient))
      await file.write(chunk);
    await file.sync();
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(draft, out);
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
