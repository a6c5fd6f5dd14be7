import { Secret } from '../../../src/platform/index.js';
import {
  openWitnessKey,
  parseVerifierKey,
  serveWitness,
  Witness,
  WitnessStore,
} from '../../../src/ledger/index.js';

/**
 * A witness in a process of its own that stops for ever before or after it persists, to be killed
 * there. Parameters: folder, name, the log's key, `before` or `after`.
 */
const [folder = '', name = '', log = '', halt = ''] = process.argv.slice(2);

class HaltingStore extends WitnessStore {
  override async advance(origin: string, from: number, note: string): Promise<boolean> {
    if (halt === 'after') await super.advance(origin, from, note);
    process.stdout.write('halted\n');
    return new Promise(() => setInterval(() => undefined, 1_000));
  }
}

const store = new HaltingStore(folder);
const verifier = parseVerifierKey(log);
await store.prepare([verifier.name]);
const signer = await openWitnessKey(folder, name, new Secret('correct horse'));
const witness = new Witness({ signer, logs: [verifier], store, now: () => 1_700_000_000 });
const server = await serveWitness(witness, { host: '127.0.0.1', port: 0 }, () => process.exit(1));
process.stdout.write(`witness at ${server.url}\n`);
