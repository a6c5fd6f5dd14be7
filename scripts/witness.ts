import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import {
  formatVerifierKey,
  openWitnessKey,
  parseWitnessPolicy,
  serveWitness,
  Witness,
  WitnessStore,
} from '../src/ledger/index.js';
import { readEnvironment, Secret, SystemClock } from '../src/platform/index.js';

const usage =
  'Usage: npm run witness -- --name <name> --logs <policy file> [--folder .witness] [--host 127.0.0.1] [--port 8300]';

/** `npm run witness`: a witness of its own key and memory, for the logs that a policy file names. */
async function main(): Promise<void> {
  const { name, logs: policyPath, folder, host, port } = parametersOf(process.argv.slice(2));
  const { logs } = parseWitnessPolicy(await readFile(policyPath, 'utf8'));
  if (logs.length === 0) throw new Error(`${policyPath} names no log`);
  const passphrase = readEnvironment()['WITNESS_PASSPHRASE'];
  const signer = await openWitnessKey(folder, name, passphrase ? new Secret(passphrase) : null);
  const store = new WitnessStore(folder);
  await store.prepare(logs.map(({ verifier }) => verifier.name));
  const clock = new SystemClock();
  const witness = new Witness({
    signer,
    store,
    logs: logs.map(({ verifier }) => verifier),
    now: () => Math.floor(clock.now().getTime() / 1000),
  });
  const server = await serveWitness(witness, { host, port }, console.error);
  if (!passphrase)
    console.log('The key is not encrypted: set WITNESS_PASSPHRASE before the first start.');
  console.log(
    `The line of this witness in a policy file; the name after "witness" is yours to choose:`,
  );
  console.log(
    `witness ${name} ${formatVerifierKey(name, signer.publicKeyBytes, 'cosignature')} ${server.url}`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.close());
  }
}

function parametersOf(parameters: string[]): {
  name: string;
  logs: string;
  folder: string;
  host: string;
  port: number;
} {
  const { values } = parseArgs({
    args: parameters,
    options: {
      name: { type: 'string' },
      logs: { type: 'string' },
      folder: { type: 'string', default: '.witness' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '8300' },
    },
  });
  const port = Number(values.port);
  if (!values.name || !values.logs || !Number.isInteger(port)) throw new Error(usage);
  const { name, logs, host } = values;
  return { name, logs, host, port, folder: resolve(values.folder) };
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
