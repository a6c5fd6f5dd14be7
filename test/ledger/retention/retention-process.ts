import { Pool } from 'pg';

import {
  CheckpointSigner,
  LedgerRetention,
  NoLegalHolds,
  PublishedCheckpoints,
} from '../../../src/ledger/index.js';
import { SystemIdSource } from '../../../src/platform/index.js';
import { connectLedger, origin } from '../ledger-fixture.js';

/**
 * One run of the retention in a process of its own, to be killed. Parameters: URL of the application's
 * role, URL of the reader's, folder of the keys, folder of the archives.
 */
const [appUrl = '', readerUrl = '', keysDirectory = '', directory = ''] = process.argv.slice(2);
const { app, audited, clock, keys } = await connectLedger(appUrl, keysDirectory);
const reader = new Pool({ connectionString: readerUrl, max: 2 });
const signer = new CheckpointSigner(keys, origin, { path: `${keysDirectory}/unused` });

const retention = new LedgerRetention({
  ...{ app, reader, audited, clock, directory },
  ids: new SystemIdSource(),
  holds: new NoLegalHolds(),
  checkpoints: new PublishedCheckpoints(reader, false),
  trust: () => ({ origin, keys, verifiers: signer.verifiers() }),
});
process.stdout.write('begins\n');
const { dropped } = await retention.run();
process.stdout.write(`dropped ${dropped.length}\n`);
await reader.end();
await app.destroy();
