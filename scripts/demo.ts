import { Client } from './demo/client.js';
import { playCompliance, verify } from './demo/compliance.js';
import { playBalance, playDispute, playFraud, playRefunds } from './demo/dialogues.js';
import { findInstance } from './demo/own-instance.js';

const usual = 'http://127.0.0.1:3000';

/**
 * `npm run demo [-- <url>]`: plays the dialogues against a running instance, or against one of its
 * own, and prints them, the ledger's entries and the verification.
 */
async function main(): Promise<void> {
  const instance = await findInstance(process.argv[2] ?? usual);
  const client = new Client(instance.url);
  try {
    await playBalance(client);
    await playFraud(client);
    const caseId = await playDispute(client);
    await playRefunds(client, caseId);
    await playCompliance(client);
    await verify(instance);
  } finally {
    await instance.stop();
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(
    `The demo stopped: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
